"""Leaves a daemon behind: forks twice, in a session of its own, and returns.

Stopped by: the pid namespace, all of which dies with its first process.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import time

    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for fd in range(256):
                try:
                    os.close(fd)
                except OSError:
                    pass
            while True:
                time.sleep(1)
        os._exit(0)
    os.wait()
    return "stopped"
