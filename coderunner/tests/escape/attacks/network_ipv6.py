"""Connects to a server on the machine by IPv6.

Stopped by: seccomp (no socket), and an empty network namespace behind it.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import socket

    socket.create_connection(("::1", world["port"]), 1)
    return "escaped: connected"
