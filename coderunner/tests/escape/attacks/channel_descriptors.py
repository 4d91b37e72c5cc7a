"""Floods the channel with descriptors, so that the service runs out of its own.

Stopped by: the service closes what it did not ask for, and ends who sends too many outputs.
"""

EXPECT = ["bad_result", "python_error"]


def main(world):
    import array
    import os
    import socket

    null = os.open("/dev/null", os.O_RDONLY)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [null] * 16))]
    for fd in range(3, 256):
        try:
            end = socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
        for number in range(200):
            end.sendmsg([b'{"event":"nothing"}'], rights)
            end.sendmsg(
                [b'{"event":"output","kind":"file","port":"p%d","name":"x","media_type":"a/b"}' % number], rights
            )
    return "stopped"
