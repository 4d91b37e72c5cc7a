"""Writes a gigabyte to descriptor 1, past Python, without a line's end.

Stopped by: the limit of the log, which counts descriptors, too.
"""

EXPECT = ["log_limit"]


def main(world):
    import os

    block = b"x" * (1 << 16)
    for _ in range(1 << 14):
        os.write(1, block)
    return "escaped: printed"
