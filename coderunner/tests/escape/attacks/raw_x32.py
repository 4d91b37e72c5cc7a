"""Makes a system call by its x32 number, which is the usual one with one bit set.

Stopped by: seccomp kills it.
"""

EXPECT = ["denied_syscall", "python_error"]


def main(world):
    import ctypes

    return f"escaped: {ctypes.CDLL(None).syscall(0x40000000 | 41, 2, 1, 0)}"
