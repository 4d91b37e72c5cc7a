"""Keeps its process alive after main() has returned, in its threads and its children, deaf to all signals.

Stopped by: the service answers with what was returned and kills the whole tree.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import signal
    import threading
    import time

    def stay(*_):
        while True:
            time.sleep(1)

    os._exit = stay
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    threading.Thread(target=stay).start()
    if os.fork() == 0:
        os.setsid()
        stay()
    return "stopped"
