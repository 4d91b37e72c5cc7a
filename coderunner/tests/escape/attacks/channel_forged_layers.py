"""Tells the service that the wall fell, and that it is jailed anew with a listener of its own.

Stopped by: only the first such message counts, and it was sent before any user code.
"""

EXPECT = ["ok", "bad_result"]


def main(world):
    import os
    import socket

    for fd in range(3, 256):
        try:
            end = socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
        end.send(b'{"event":"refused","layer":"seccomp","reason":"x"}')
        end.send(b'{"event":"jailed"}')
        end.send(b'{"event":"log","level":5,"text":{"a":1}}')
        end.send(b'{"event":"output","kind":"table","port":"t","table":{"rows":-1}}')
    return "stopped"
