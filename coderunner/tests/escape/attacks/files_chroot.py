"""Leaves a chroot in the classic way: another chroot below, then up.

Stopped by: seccomp (no chroot), no capabilities, pivot_root.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import os

    os.mkdir("x")
    os.chroot("x")
    os.chdir("../" * 50)
    return "escaped: " + repr(os.listdir("."))
