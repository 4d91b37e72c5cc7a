"""Takes away the alarm by which it is told that its time is over, and goes on.

Stopped by: the service watches the time, too, and kills the whole tree.
"""

EXPECT = ["time_limit"]
SECONDS = 1


def main(world):
    import signal

    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
