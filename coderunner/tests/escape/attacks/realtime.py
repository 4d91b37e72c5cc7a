"""Asks for a real-time priority, so that nothing else runs.

Stopped by: no capability, and a limit of 0; refused by the filter before.
"""

EXPECT = ["ok"]


def main(world):
    import os

    got = []
    for attempt in (
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)),
        lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
        lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
        lambda: os.nice(-20),
    ):
        try:
            attempt()
            got.append(attempt)
        except OSError:
            pass
    return "escaped: " + repr(got) if got else "stopped"
