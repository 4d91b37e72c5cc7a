"""Takes memory in many processes, each below its own limit.

Stopped by: the memory cgroup, which counts them all.
"""

EXPECT = ["memory_limit", "time_limit", "process_limit", "ok"]
SECONDS = 3


def main(world):
    import os
    import time

    told, tell = os.pipe()
    os.set_blocking(told, False)
    for _ in range(12):
        if os.fork() == 0:
            hold = bytearray(100 << 20)
            os.write(tell, b"x")
            time.sleep(30)
            os._exit(len(hold) & 1)
    holding = 0
    while holding < 12:
        if os.waitpid(-1, os.WNOHANG)[0]:
            return "stopped"
        try:
            holding += len(os.read(told, 12))
        except BlockingIOError:
            time.sleep(0.01)
    return "escaped: 1.2 GB"
