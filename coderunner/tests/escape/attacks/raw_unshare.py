"""Makes a user namespace in which it has all capabilities.

Stopped by: seccomp (no unshare, no clone of namespaces).
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.unshare(0x10000000)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
