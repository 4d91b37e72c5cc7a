"""Makes hundreds of zombies and never asks after them.

Stopped by: the limit of processes; then the pid namespace, all of which dies with its first process.
"""

EXPECT = ["process_limit"]


def main(world):
    import os

    for _ in range(10_000):
        if os.fork() == 0:
            os._exit(0)
    return "escaped"
