"""Loads a kernel module.

Stopped by: seccomp, no capabilities.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(175, b"", 0, b"")
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
