"""Moves itself out of its control group, or raises the limits of that.

Stopped by: there is no /sys, and nothing can be mounted.
"""

EXPECT = ["ok"]


def main(world):
    import glob
    import os

    moved = []
    for root in ("/sys/fs/cgroup", "/sys", "/run", "/dev/cgroup", "/cgroup"):
        for path in glob.glob(root + "/**/cgroup.procs", recursive=True):
            try:
                with open(path, "w") as file:
                    file.write(str(os.getpid()))
                moved.append(path)
            except OSError:
                pass
    return "escaped: " + repr(moved) if moved else "stopped"
