"""Sends a descriptor that is no file as a result.

Stopped by: the service takes regular files only.
"""

EXPECT = ["bad_result"]


def main(world):
    import array
    import os
    import socket

    random = os.open("/dev/zero", os.O_RDONLY)
    for fd in range(3, 256):
        try:
            end = socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [random]))]
        end.sendmsg([b'{"event":"output","kind":"file","port":"x","name":"../../x","media_type":"text/plain"}'], rights)
    return None
