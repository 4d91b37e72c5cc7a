"""Computes a number of billions of digits, in C, where no signal is looked at.

Stopped by: the limits of time and memory, held from outside.
"""

EXPECT = ["time_limit", "memory_limit"]
SECONDS = 1


def main(world):
    n = 7 ** (7**9)
    return "escaped"
