"""Finds the descriptor of the results and writes to it itself: another's port, a pickle, nonsense, a giant.

Stopped by: the service checks each message and unpickles nothing.
"""

EXPECT = ["bad_result"]


def main(world):
    import os
    import pickle
    import socket

    class Evil:
        def __reduce__(self):
            return (os.system, ("touch /tmp/owned",))

    for fd in range(3, 256):
        try:
            end = socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
        end.send(b'{"event":"output","kind":"value","port":"../../x","json":"1"}')
        end.send(pickle.dumps(Evil()))
        end.send(b"[" * 50_000)
    return "forged"
