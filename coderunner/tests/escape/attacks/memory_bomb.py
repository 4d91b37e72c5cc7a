"""Takes memory without end.

Stopped by: the limit of data, and the memory cgroup behind it.
"""

EXPECT = ["memory_limit"]


def main(world):
    hold = []
    while True:
        hold.append(bytearray(8 << 20))
