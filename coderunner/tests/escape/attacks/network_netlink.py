"""Opens a netlink socket to change the network.

Stopped by: seccomp (no socket).
"""

EXPECT = ["denied_syscall"]


def main(world):
    import socket

    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    return "escaped: opened"
