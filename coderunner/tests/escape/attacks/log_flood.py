"""Prints a gigabyte.

Stopped by: the limit of the log.
"""

EXPECT = ["log_limit"]


def main(world):
    for _ in range(1 << 14):
        print("x" * 1023)
    return "escaped: printed"
