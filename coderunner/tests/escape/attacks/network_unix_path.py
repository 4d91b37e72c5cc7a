"""Asks the service itself, by its Unix socket.

Stopped by: seccomp (no socket) and the mount namespace.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import socket

    end = socket.socket(socket.AF_UNIX)
    end.connect(world["socket"])
    return "escaped: connected"
