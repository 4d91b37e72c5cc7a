"""Gives a regular expression that backtracks for years, in C, where no signal is looked at.

Stopped by: the limit of time, held from outside.
"""

EXPECT = ["time_limit"]
SECONDS = 1


def main(world):
    import re

    re.match(r"(a+)+$", "a" * 60 + "!")
    return "escaped"
