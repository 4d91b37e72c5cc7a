"""Never ends and ignores every signal and exception that says so.

Stopped by: SIGKILL from outside.
"""

EXPECT = ["time_limit"]
SECONDS = 1


def main(world):
    import signal

    for number in signal.valid_signals() - {9, 19}:
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
