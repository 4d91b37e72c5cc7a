"""Starts threads for ever.

Stopped by: the limit of processes, which counts threads.
"""

EXPECT = ["process_limit", "memory_limit"]


def main(world):
    import threading

    hold = threading.Event()
    while True:
        threading.Thread(target=hold.wait, daemon=True).start()
