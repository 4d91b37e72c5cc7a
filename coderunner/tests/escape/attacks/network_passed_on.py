"""Sends itself descriptors over the one kind of socket that it may have, to reach another process by it.

Stopped by: a pair has two ends, and both are in this process; nobody else can be named.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import socket

    left, right = socket.socketpair()
    socket.send_fds(left, [b"x"], [0])
    _, fds, _, _ = socket.recv_fds(right, 1, 4)
    reached = []
    for name in (b"\0" + world["abstract"].encode(), world["socket"].encode()):
        try:
            left.connect(name)
            reached.append(name)
        except OSError:
            pass
    return "escaped: " + repr(reached) if reached else "stopped"
