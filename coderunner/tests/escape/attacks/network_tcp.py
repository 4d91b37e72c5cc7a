"""Connects to a server on the machine's loopback address.

Stopped by: seccomp (no socket), and an empty network namespace behind it.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import socket

    socket.create_connection(("127.0.0.1", world["port"]), timeout=1)
    return "escaped: connected"
