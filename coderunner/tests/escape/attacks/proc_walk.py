"""Reads other processes' environments and memory through /proc.

Stopped by: there is no /proc, and it cannot be mounted.
"""

EXPECT = ["ok"]


def main(world):
    import glob

    found = glob.glob("/proc/*") + glob.glob("/proc/self/*") + glob.glob("/sys/*")
    return "escaped: " + repr(found[:5]) if found else "stopped"
