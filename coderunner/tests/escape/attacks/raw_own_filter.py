"""Puts a filter with a listener of its own over the service's.

Stopped by: seccomp.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(317, 1, 8, 0)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
