"""Fills the disk.

Stopped by: the private disk's size.
"""

EXPECT = ["output_limit", "memory_limit"]


def main(world):
    with open("/tmp/big", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
