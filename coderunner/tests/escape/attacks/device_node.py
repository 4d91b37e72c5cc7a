"""Makes a device node for the machine's disk.

Stopped by: seccomp (no mknod), no capabilities, nodev.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import os

    os.mknod("/tmp/disk", 0o60666, os.makedev(254, 0))
    return "escaped: " + repr(open("/tmp/disk", "rb").read(16))
