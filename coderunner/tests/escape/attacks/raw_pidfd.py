"""Gets a descriptor of another process to signal it and take its files.

Stopped by: seccomp, and the pid namespace behind it.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(434, world["service"], 0)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
