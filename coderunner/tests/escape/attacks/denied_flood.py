"""Makes denied calls without end, to keep the service busy with answering them.

Stopped by: after a thousand the execution is ended.
"""

EXPECT = ["denied_syscall"]


def main(world):
    import socket

    while True:
        try:
            socket.socket()
        except OSError:
            pass
