"""The one way out of an execution's network namespace. The namespace has nothing but its own loopback; the listening
socket there is made before any user code and handed to the service, whose filtering proxy takes what comes in. So
jailed code can reach the proxy and nothing else, whatever it does with its sockets."""

from __future__ import annotations

import fcntl
import socket
import struct

HOST = "127.0.0.1"
PORT = 3128

_BACKLOG = 64
_GET_FLAGS = 0x8913
_SET_FLAGS = 0x8914
_UP = 1


def open_door() -> socket.socket:
    """Bring the loopback of this network namespace up and listen on it. Needs CAP_NET_ADMIN there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh22x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(control, _GET_FLAGS, request), 16)
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh22x", b"lo", flags | _UP))
    return socket.create_server((HOST, PORT), backlog=_BACKLOG)
