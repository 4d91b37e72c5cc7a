"""Returns a JSON value of a hundred megabytes.

Stopped by: the limit of results.
"""

EXPECT = ["output_limit", "memory_limit"]


def main(world):
    return "x" * (100 << 20)
