"""Looks for what an earlier execution left in any place that can be written.

Stopped by: a disk of its own for each execution, gone with it.
"""

EXPECT = ["ok"]


def main(world):
    import os

    found = []
    for top in ("/job", "/tmp", "/dev/shm"):
        for base, _, names in os.walk(top):
            found += [os.path.join(base, name) for name in names]
    for folder in ("/job", "/job/out", "/tmp"):
        with open(os.path.join(folder, "for-the-next"), "w") as file:
            file.write("hello")
    os.remove("/job/out/for-the-next")
    return "escaped: " + repr(found) if found else "stopped"
