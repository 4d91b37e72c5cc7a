"""Leaves a file that claims to be enormous and holds nothing.

Stopped by: the limit of a file's size; the service looks at the size before it copies.
"""

EXPECT = ["output_limit"]


def main(world):
    import os

    fd = os.open("/job/out/huge", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 1 << 40)
    return None
