"""Reads keys that the kernel holds for others.

Stopped by: seccomp.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(250, 0, -3, 0)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
