"""Writes a program into memory and executes it without a file.

Stopped by: seccomp (no execveat, no execve).
"""

EXPECT = ["denied_syscall", "python_error", "ok"]


def main(world):
    import os

    fd = os.memfd_create("program")
    os.write(fd, b"#!/bin/sh\necho owned\n")
    try:
        os.execve(fd, ["program"], {})
    except OSError:
        return "stopped"
    return "escaped"
