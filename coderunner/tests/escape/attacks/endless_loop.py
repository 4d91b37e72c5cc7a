"""Never ends.

Stopped by: the limit of time.
"""

EXPECT = ["time_limit"]
SECONDS = 1


def main(world):
    while True:
        pass
