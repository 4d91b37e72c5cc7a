"""Connects to an abstract Unix socket, which no file tree guards.

Stopped by: seccomp (no socket), the network namespace, Landlock's scope.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import socket

    end = socket.socket(socket.AF_UNIX)
    end.connect("\0" + world["abstract"])
    return "escaped: connected"
