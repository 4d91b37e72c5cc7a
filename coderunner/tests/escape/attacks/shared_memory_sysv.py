"""Opens shared memory of System V, which outlives processes.

Stopped by: seccomp, and an IPC namespace of its own behind it.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(29, 4242, 4096, 0o1666)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
