"""Becomes root.

Stopped by: seccomp, no capabilities, an id map with one id.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.setuid(0)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
