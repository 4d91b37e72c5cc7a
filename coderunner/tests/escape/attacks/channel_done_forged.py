"""Says itself that it is done, gives a result, and goes on computing.

Stopped by: what was said is its own result; the process is killed at once.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import socket

    for fd in range(3, 256):
        try:
            end = socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
        end.send(b'{"event":"output","kind":"value","port":"result","json":"1"}')
        end.send(b'{"event":"done"}')
    while True:
        pass
