"""One jailed process, seen from outside: it waits for work, does one piece of it, and dies with all that it started."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from coderunner.sandbox import wire
from coderunner.sandbox.cgroup import Group
from coderunner.sandbox.limits import Limits
from coderunner.server.denials import Denials
from coderunner.server.zygote import Zygote

_CHUNK = 64 << 10
# What a pipe holds; after so much, only what was written later is left.
_PIPE = 64 << 10
_INLINE = 48 << 10


@dataclass(frozen=True)
class Seat:
    """What no two living cells share: a user and a control group."""

    owner: int
    group: Group


@dataclass(frozen=True)
class Input:
    """A file of the machine that the code may read: a table stays open, a file is copied into the jail."""

    argument: str
    kind: str
    name: str
    fd: int


class Occupant(Protocol):
    """Who uses a cell."""

    def told(self, message: dict[str, Any], fds: list[int]) -> None:
        """A message from the jail; the descriptors belong to the occupant."""

    def garbled(self, detail: str) -> None:
        """Something came that is no message."""

    def raw(self, level: str, data: bytes) -> None:
        """Bytes that were written past Python."""

    def opened(self, door: socket.socket) -> None:
        """There is a way out; the socket belongs to the occupant."""

    def refused(self, layer: str, reason: str) -> None:
        """The wall could not be put up."""

    def stopped(self, name: str) -> None:
        """A call that ends the execution was stopped."""


class Cell:
    """Starts a jailed process at once and keeps what it says until an occupant comes."""

    def __init__(
        self,
        zygote: Zygote,
        seat: Seat,
        job: str,
        temporary: str,
        limits: Limits,
        waiting_mib: int,
        overhead_mib: int,
        warm: bool,
    ) -> None:
        self.seat = seat
        self.job = job
        self.pid = 0
        self.ready = False
        self.failure: tuple[str, str] | None = None
        self.denied: dict[str, int] = {}
        self._denials: Denials | None = None
        self._door: socket.socket | None = None
        self._temporary = temporary
        self._zygote = zygote
        self._overhead_mib = overhead_mib
        self._loop = asyncio.get_running_loop()
        self._occupant: Occupant | None = None
        self._channel, theirs = wire.pair()
        self._channel.setblocking(False)
        out, out_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        err, err_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._pipes = {"info": out, "warn": err}
        given = [theirs.detach(), out_end, err_end]
        for end in given[1:]:
            os.set_blocking(end, True)
        try:
            doors = seat.group.prepare(waiting_mib + overhead_mib, limits.processes)
            message = {"limits": vars(limits), "owner": seat.owner, "job": job, "warm": warm}
            self._number, self.ended = zygote.spawn(message, [*given, *doors])
        except BaseException:
            self._close_ends()
            raise
        finally:
            wire.close(given)
        self._loop.add_reader(self._channel, self._receive)
        for level, fd in self._pipes.items():
            self._loop.add_reader(fd, self._read_raw, level)

    def occupy(self, occupant: Occupant) -> None:
        """Tell the occupant all that happens from here on, and what happened before that matters."""
        self._occupant = occupant
        if self.failure:
            occupant.refused(*self.failure)
        self._open_door()

    def leave(self) -> None:
        """Tell nobody any more."""
        self._occupant = None

    def give(self, limits: Limits, inputs: Sequence[Input], request: dict[str, Any]) -> None:
        """Send the work. The descriptors of the inputs stay the caller's."""
        self.seat.group.begin(limits.memory_mib + self._overhead_mib)
        for start in range(0, len(inputs), wire.MAX_FDS):
            some = inputs[start : start + wire.MAX_FDS]
            described = [{"argument": i.argument, "kind": i.kind, "name": i.name} for i in some]
            message = {"op": "inputs", "inputs": described, "disk_mib": limits.disk_mib}
            self._send(message, [i.fd for i in some])
        go: dict[str, Any] = {"op": "go", "limits": vars(limits)}
        text = json.dumps(request, separators=(",", ":"))
        if len(text) <= _INLINE:
            self._send(go | {"request": request})
            return
        fd = os.memfd_create("request", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(fd), "wb") as file:
                file.write(text.encode("utf-8", "surrogatepass"))
            os.lseek(fd, 0, os.SEEK_SET)
            self._send(go, [fd])
        finally:
            os.close(fd)

    def _send(self, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
        try:
            wire.send(self._channel, message, fds)
        except OSError:
            # The process is dead, or so slow that nothing can be sent; how it ended says why.
            self.kill()

    def cpu_ms(self) -> float | None:
        """The CPU time of the process until now; None when it is gone."""
        try:
            return time.clock_gettime_ns(~self.pid << 3 | 2) / 1e6 if self.pid else None
        except OSError:
            return None

    def kill(self) -> None:
        """End it with all that it started; ended then tells."""
        self._zygote.kill(self._number)

    def drain(self, everything: bool) -> None:
        """Take what has been written already; everything, once nobody is left to write."""
        while self._receive():
            pass
        for level in self._pipes:
            taken = 0
            while (more := self._read_raw(level)) and (everything or taken <= _PIPE):
                taken += more

    def close(self) -> None:
        """Let go of everything. The process must have ended."""
        self._occupant = None
        self._loop.remove_reader(self._channel)
        for fd in self._pipes.values():
            self._loop.remove_reader(fd)
        self._close_denials()
        self._close_ends()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _open_door(self) -> None:
        if self._door and self._occupant:
            door, self._door = self._door, None
            self._occupant.opened(door)

    def _close_ends(self) -> None:
        self._channel.close()
        if self._door:
            self._door.close()
        for fd in self._pipes.values():
            os.close(fd)

    def _receive(self) -> bool:
        """Take one message; False when there is none."""
        try:
            received = wire.receive(self._channel)
        except BlockingIOError:
            return False
        except wire.ProtocolError as error:
            if self._occupant:
                self._occupant.garbled(str(error))
            return True
        except OSError:
            received = None
        if received is None:
            self._loop.remove_reader(self._channel)
            return False
        self._handle(*received)
        return True

    def _handle(self, message: dict[str, Any], fds: list[int]) -> None:
        """The first messages come before any user code; only the first of each kind counts."""
        event = message.get("event")
        if event == "jailed" and not self.pid:
            self.pid = int(message["pid"])
            if message.get("filter") and fds:
                self._denials = Denials(fds.pop(0))
                self.denied = self._denials.names
                self._loop.add_reader(self._denials.fd, self._deny)
            if message.get("door") and fds:
                self._door = socket.socket(fileno=fds.pop(0))
                self._open_door()
        elif event == "ready" and not self.ready:
            self.ready = True
        elif event == "refused" and not self.pid:
            self.failure = (str(message.get("layer")), str(message.get("reason")))
            if self._occupant:
                self._occupant.refused(*self.failure)
        elif self._occupant:
            self._occupant.told(message, fds)
            return
        wire.close(fds)

    def _read_raw(self, level: str) -> int:
        """Take what was written to the descriptor itself, past Python; 0 when there is nothing."""
        fd = self._pipes[level]
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return 0
        if not data:
            self._loop.remove_reader(fd)
        elif self._occupant:
            self._occupant.raw(level, data)
        return len(data)

    def _deny(self) -> None:
        if self._denials is None:
            return
        if self._denials.over():
            self._close_denials()
            return
        fatal = self._denials.take()
        if fatal and self._occupant:
            self._occupant.stopped(fatal)
        if fatal:
            self.kill()

    def _close_denials(self) -> None:
        if self._denials is not None:
            self._loop.remove_reader(self._denials.fd)
            self._denials.close()
            self._denials = None
