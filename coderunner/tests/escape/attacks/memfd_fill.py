"""Fills memory by files that have no name and belong to no disk.

Stopped by: the limit of a file's size, the memory cgroup.
"""

EXPECT = ["memory_limit", "output_limit"]


def main(world):
    import os

    hold = []
    while True:
        fd = os.memfd_create("x")
        for _ in range(32):
            os.write(fd, bytes(1 << 20))
        hold.append(fd)
