"""Never leaves one call into C, in which Python looks at no signal.

Stopped by: SIGKILL from outside.
"""

EXPECT = ["time_limit"]
SECONDS = 1


def main(world):
    return sum(iter(int, 1))
