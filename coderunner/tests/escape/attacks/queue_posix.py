"""Opens a POSIX message queue.

Stopped by: seccomp, and an IPC namespace of its own behind it.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(240, b"queue", 0o102, 0o666, 0)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
