"""Closes the channel of the results and every other descriptor, then goes on.

Stopped by: the service sees the end of the process and its time, not what it says.
"""

EXPECT = ["time_limit", "python_error"]
SECONDS = 1


def main(world):
    import os

    os.closerange(0, 1024)
    while True:
        pass
