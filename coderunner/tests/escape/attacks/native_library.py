"""Loads machine code that it has written to a file.

Stopped by: the private disk is mounted noexec.
"""

EXPECT = ["ok"]


def main(world):
    import ctypes
    import glob
    import shutil

    shutil.copy(glob.glob("/lib/x86_64-linux-gnu/libm.so*")[0], "/tmp/own.so")
    try:
        ctypes.CDLL("/tmp/own.so")
    except OSError:
        return "stopped"
    return "escaped: loaded"
