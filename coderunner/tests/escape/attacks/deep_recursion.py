"""Raises the limit of recursion and recurses until the stack overflows.

Stopped by: it crashes its own process, no more.
"""

EXPECT = ["python_error", "memory_limit", "time_limit"]
SECONDS = 2


def main(world):
    import sys

    sys.setrecursionlimit(10**9)

    def deeper(n):
        return [deeper(n + 1)]

    deeper(0)
    return "escaped"
