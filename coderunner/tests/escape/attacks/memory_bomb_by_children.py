"""Takes memory in many processes, each below its own limit.

Stopped by: the memory cgroup, which counts them all.
"""

EXPECT = ["memory_limit", "time_limit", "process_limit", "ok"]
SECONDS = 3


def main(world):
    import os
    import time

    children = []
    for _ in range(12):
        pid = os.fork()
        if pid == 0:
            hold = bytearray(100 << 20)
            time.sleep(30)
            os._exit(len(hold) & 1)
        children.append(pid)
    time.sleep(1)
    return "stopped" if any(os.waitpid(pid, os.WNOHANG)[0] for pid in children) else "escaped: 1.2 GB"
