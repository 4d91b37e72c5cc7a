"""Calls that the filter stopped: the kernel hands each to the service, which answers it and remembers its name."""

from __future__ import annotations

import fcntl
import os
import select
import struct

from coderunner.sandbox.seccomp import FATAL
from coderunner.sandbox.syscalls import NAMES

_RECEIVE = 0xC0502100
_ANSWER = 0xC0182101
_EPERM = 1
_MOST = 1000

_NETWORK = "The only way out is the proxy to the hosts that the environment allows, which requests and its like use."
_PROGRAMS = "The sandbox has no other programs to start."
_MEANING = {
    "socket": _NETWORK,
    "connect": _NETWORK,
    "bind": _NETWORK,
    "execve": _PROGRAMS,
    "execveat": _PROGRAMS,
}


class Denials:
    """The listener of one execution's filter."""

    def __init__(self, listener: int) -> None:
        self.fd = listener
        self.names: dict[str, int] = {}
        self._poll = select.poll()
        self._poll.register(listener, select.POLLIN)

    def over(self) -> bool:
        """Whether every process under the filter is dead: the listener would then report for ever that it hung up."""
        return any(events & select.POLLHUP for _, events in self._poll.poll(0))

    def take(self) -> str | None:
        """Answer one call with EPERM; gives its name if the execution should end for it."""
        notice = bytearray(80)
        try:
            fcntl.ioctl(self.fd, _RECEIVE, notice)
        except OSError:
            return None  # the caller died meanwhile
        number = struct.unpack_from("=i", notice, 16)[0]
        name = NAMES.get(number, f"number {number}")
        self.names[name] = self.names.get(name, 0) + 1
        answer = bytearray(struct.pack("=QqiI", struct.unpack_from("=Q", notice)[0], 0, -_EPERM, 0))
        fatal = name in FATAL or sum(self.names.values()) > _MOST
        try:
            if not fatal:
                fcntl.ioctl(self.fd, _ANSWER, answer)
        except OSError:
            return None
        return name if fatal else None

    def close(self) -> None:
        """Let go of the listener."""
        os.close(self.fd)


def explain(name: str) -> str:
    """What a denied call means, in words."""
    return _MEANING.get(name, "The sandbox allows only what computing needs.")
