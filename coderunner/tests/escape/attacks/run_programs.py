"""Starts a shell, the interpreter, and a program of its own.

Stopped by: seccomp (no execve); the private disk is mounted noexec.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import sys

    with open("/tmp/tool", "w") as file:
        file.write("#!/bin/sh\necho owned\n")
    os.chmod("/tmp/tool", 0o755)
    for path in ["/bin/sh", sys.executable, "/tmp/tool", "/usr/bin/sudo", "/lib64/ld-linux-x86-64.so.2"]:
        try:
            os.execv(path, [path])
        except OSError:
            pass
    return "stopped"
