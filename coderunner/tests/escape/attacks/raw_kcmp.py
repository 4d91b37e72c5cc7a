"""Compares its kernel objects with those of another process.

Stopped by: seccomp (the call ends the execution and is named).
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(312, 1, world["service"], 0, 0, 0)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
