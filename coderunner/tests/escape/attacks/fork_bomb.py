"""Forks for ever.

Stopped by: the limit of processes (rlimit in an own user namespace, cgroup).
"""

EXPECT = ["process_limit", "memory_limit"]


def main(world):
    import os

    while True:
        os.fork()
