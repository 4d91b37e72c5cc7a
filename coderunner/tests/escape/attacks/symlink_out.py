"""Puts a symbolic link among the results, for the service to follow.

Stopped by: results leave as open files, and links are refused.
"""

EXPECT = ["bad_result"]


def main(world):
    import os

    os.symlink(world["secret"], "/job/out/report.txt")
    os.symlink("/etc/shadow", "/job/out/shadow")
    return None
