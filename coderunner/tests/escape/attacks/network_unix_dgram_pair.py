"""Uses one end of a datagram pair, which is allowed, to reach an abstract socket of the machine.

Stopped by: seccomp (no connect), the network namespace.
"""

EXPECT = ["denied_syscall", "python_error"]


def main(world):
    import socket

    mine, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    mine.sendto(b"x", "\0" + world["datagrams"])
    return "escaped: sent"
