"""Asks the address at which clouds keep credentials.

Stopped by: seccomp (no socket), and an empty network namespace behind it.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import socket

    socket.create_connection(("169.254.169.254", 80), 1)
    return "escaped: connected"
