"""Opens a performance event.

Stopped by: seccomp.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(298, 0, 0, -1, -1, 0)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
