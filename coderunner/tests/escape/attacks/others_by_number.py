"""Looks for other executions: their processes by number, their files by owner, their groups by signal.

Stopped by: namespaces of its own: it is the only process, and the only owner.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import signal

    seen = []
    for pid in range(2, 2000):
        for ask in (
            lambda: os.kill(pid, 0),
            lambda: os.killpg(pid, signal.SIGKILL),
            lambda: os.getsid(pid),
            lambda: os.getpgid(pid),
        ):
            try:
                ask()
                seen.append(pid)
            except OSError:
                pass
    if os.getppid() != 0:
        seen.append("parent")
    strangers = [entry.path for entry in os.scandir("/job") if entry.stat().st_uid != os.getuid()]
    return "escaped: " + repr(seen + strangers) if seen + strangers else "stopped"
