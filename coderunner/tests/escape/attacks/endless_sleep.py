"""Sleeps for ever.

Stopped by: the limit of time.
"""

EXPECT = ["time_limit"]
SECONDS = 1


def main(world):
    import time

    time.sleep(10**6)
