"""Opens a message queue of System V.

Stopped by: seccomp, and an IPC namespace of its own behind it.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(68, 4242, 0o1666)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
