"""Puts a named pipe among the results, at which a reader would wait for ever.

Stopped by: seccomp (no mknod); results must be regular files.
"""

EXPECT = ["bad_result", "denied_syscall"]


def main(world):
    import os

    os.mkfifo("/job/out/pipe")
    return None
