"""Sends a datagram to a name server.

Stopped by: seccomp (no socket), and an empty network namespace behind it.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import socket

    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.53", 53))
    return "escaped: sent"
