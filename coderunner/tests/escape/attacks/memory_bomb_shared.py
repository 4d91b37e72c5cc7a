"""Takes shared memory, which the limit of data does not count.

Stopped by: the memory cgroup, or the size of the private disk.
"""

EXPECT = ["memory_limit", "output_limit", "python_error"]


def main(world):
    import mmap

    hold = []
    for _ in range(1000):
        block = mmap.mmap(-1, 16 << 20)
        for page in range(0, len(block), 4096):
            block[page] = 1
        hold.append(block)
    return "escaped: 16 GB"
