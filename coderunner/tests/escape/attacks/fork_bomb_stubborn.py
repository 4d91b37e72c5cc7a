"""Forks for ever and goes on when refused, each copy, too.

Stopped by: the limit of processes; then the limit of time, which ends the whole tree.
"""

EXPECT = ["time_limit", "process_limit"]
SECONDS = 2


def main(world):
    import os

    while True:
        try:
            os.fork()
        except OSError:
            pass
