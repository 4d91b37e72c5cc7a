"""Messages between the service, the zygote and a jail: one JSON object to a packet, descriptors beside it."""

from __future__ import annotations

import array
import json
import os
import socket
from collections.abc import Sequence
from typing import Any

# The longest packet; what is longer travels as a file whose descriptor is sent.
MAX_PACKET = 96 << 10
MAX_FDS = 16


class ProtocolError(Exception):
    """The other side sent something that is not a message."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends that keep message boundaries."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MAX_PACKET)
    return ends


def send(end: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
    """Send one message."""
    data = json.dumps(message, separators=(",", ":")).encode("utf-8", "surrogatepass")
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    end.sendmsg([data], control)


def receive(end: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Receive one message with its descriptors, or None when the other side is gone. The sender may be hostile: the
    descriptors of a bad message are closed before ProtocolError is raised."""
    data, control, flags, _ = end.recvmsg(MAX_PACKET, socket.CMSG_SPACE(MAX_FDS * 4), socket.MSG_CMSG_CLOEXEC)
    fds: list[int] = []
    for level, kind, content in control:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            got = array.array("i")
            got.frombytes(content[: len(content) - len(content) % got.itemsize])
            fds.extend(got)
    try:
        if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise ProtocolError("message too long")
        if not data:
            if fds:
                raise ProtocolError("empty message")
            return None
        message = json.loads(data)
        if not isinstance(message, dict):
            raise ProtocolError("not an object")
    except (ProtocolError, ValueError, RecursionError) as error:
        close(fds)
        raise ProtocolError(str(error)) from None
    return message, fds


def close(fds: Sequence[int]) -> None:
    """Close all of fds."""
    for fd in fds:
        os.close(fd)
