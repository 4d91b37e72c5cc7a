"""Mounts a file system.

Stopped by: seccomp, no capabilities.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.mount(b"proc", b"/tmp", b"proc", 0, None)
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
