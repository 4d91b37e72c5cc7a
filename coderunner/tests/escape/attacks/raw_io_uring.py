"""Sets up io_uring, whose calls no filter sees.

Stopped by: seccomp.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(425, 8, ctypes.create_string_buffer(120))
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")
    return f"escaped: {result}"
