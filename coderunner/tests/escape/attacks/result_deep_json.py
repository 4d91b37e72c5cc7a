"""Returns JSON that is nested deep enough to break a parser.

Stopped by: the limit of depth, before any text is made.
"""

EXPECT = ["bad_result"]


def main(world):
    value = []
    for _ in range(100_000):
        value = [value]
    return value
