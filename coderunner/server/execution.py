"""One execution from outside: what goes into the jail, what comes out while it lives, and what is made of its end."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from coderunner.sandbox import wire
from coderunner.sandbox.cgroup import Group
from coderunner.sandbox.limits import Limits
from coderunner.server import errors
from coderunner.server.denials import Denials
from coderunner.server.memory import tree_bytes
from coderunner.server.outputs import BadOutput, Outputs, TooLarge
from coderunner.server.zygote import Ended, Zygote

# How much longer than its own clock the code may take, so that it can say where it was.
_GRACE_SECONDS = 0.3
_WATCH_SECONDS = 0.1
_LINE_OVERHEAD = 32
_LEVELS = frozenset({"debug", "info", "warn", "error"})
_CHUNK = 64 << 10
_LONGEST_LINE = 8 << 10

Emit = Callable[[dict[str, Any]], None]


@dataclasses.dataclass
class Work:
    """What to run and with what."""

    request: dict[str, Any]
    inputs: list[dict[str, Any]]
    limits: Limits
    output: str = ""


class Execution:
    """Runs one piece of work in a jail of its own."""

    def __init__(self, zygote: Zygote, group: Group, owner: int, job: str, work: Work, emit: Emit) -> None:
        self._zygote = zygote
        self._group = group
        self._owner = owner
        self._job = job
        self._work = work
        self._emit = emit
        self._loop = asyncio.get_running_loop()
        self._number = 0
        self._canceled = False
        self._verdict: errors.Error | None = None
        self._told: dict[str, Any] | None = None
        self._jailed = False
        self._done = False
        self._peak = 0
        self._watch: asyncio.TimerHandle | None = None
        self._log_bytes = 0
        self._denials: Denials | None = None
        self._denied: dict[str, int] = {}
        self._outputs = Outputs(work.limits.output_bytes, work.limits.value_bytes)
        self._rests = {"info": b"", "warn": b""}

    @property
    def denied(self) -> dict[str, int]:
        """The calls that were stopped, by name."""
        return self._denied

    def cancel(self) -> None:
        """End it; run() then ends with the error canceled."""
        self._canceled = True
        self._end(errors.canceled())

    async def run(self) -> tuple[dict[str, Any], errors.Error | None, dict[str, Any]]:
        """Give the outputs by port, the error if there was one, and the usage. Nothing is left when this returns."""
        started = time.monotonic()
        channel, theirs = wire.pair()
        channel.setblocking(False)
        out, out_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        err, err_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        for end in (out_end, err_end):
            os.set_blocking(end, True)
        given: list[int] = [theirs.detach(), out_end, err_end]
        timer: asyncio.TimerHandle | None = None
        try:
            ended = self._spawn(given)
            self._loop.add_reader(channel, self._receive, channel)
            self._loop.add_reader(out, self._read_raw, out, "info")
            self._loop.add_reader(err, self._read_raw, err, "warn")
            timer = self._loop.call_later(self._work.limits.wall_seconds + _GRACE_SECONDS, self._late)
            result = await ended
            while self._receive(channel):
                pass
            for fd, level in ((out, "info"), (err, "warn")):
                while self._read_raw(fd, level):
                    pass
                self._flush_raw(level)
            error = self._judge(result)
            outputs: dict[str, Any] = {}
            if error is None:
                outputs, error = await self._store()
        except ConnectionError:
            result, outputs, error = Ended(0, 0.0, 0), {}, self._verdict or errors.interrupted()
        finally:
            for handle in (timer, self._watch):
                if handle:
                    handle.cancel()
            wire.close(given)
            for source in (channel, out, err):
                self._loop.remove_reader(source)
            channel.close()
            os.close(out)
            os.close(err)
            self._close_denials()
            self._outputs.close()
        return outputs, error, self._usage(result, started)

    def _spawn(self, given: list[int]) -> asyncio.Future[Ended]:
        limits = self._work.limits
        request = os.memfd_create("request", os.MFD_CLOEXEC)
        given.append(request)
        with os.fdopen(os.dup(request), "wb") as file:
            file.write(json.dumps(self._work.request, separators=(",", ":")).encode("utf-8", "surrogatepass"))
        os.lseek(request, 0, os.SEEK_SET)
        given.extend(self._group.prepare(limits.memory_mib, limits.processes))
        message = {
            "limits": dataclasses.asdict(limits),
            "owner": self._owner,
            "inputs": self._work.inputs,
            "job": self._job,
        }
        self._number, ended = self._zygote.spawn(message, given)
        wire.close(given)
        given.clear()
        if self._verdict is not None:
            self._zygote.kill(self._number)
        return ended

    def _receive(self, channel: socket.socket) -> bool:
        """Take one message; False when there is none."""
        try:
            received = wire.receive(channel)
        except BlockingIOError:
            return False
        except wire.ProtocolError as error:
            self._end(errors.bad_protocol(str(error)))
            return True
        except OSError:
            received = None
        if received is None:
            self._loop.remove_reader(channel)
            return False
        self._handle(*received)
        return True

    def _handle(self, message: dict[str, Any], fds: list[int]) -> None:
        event = message.get("event")
        if event == "output" and self._verdict is None:
            try:
                self._outputs.add(message, fds)
            except BadOutput as error:
                self._end(errors.bad_protocol(str(error)))
            return
        if event == "jailed" and not self._jailed:
            self._begin(message, fds)
        wire.close(fds)
        if event == "log":
            level, text = message.get("level"), message.get("text")
            if isinstance(text, str):
                self._log(level if level in _LEVELS else "info", text)
        elif event == "error" and self._told is None:
            self._told = message
        elif event == "refused" and not self._jailed:
            self._end(errors.refused(str(message.get("layer")), str(message.get("reason"))))
        elif event == "done":
            self._done = True

    def _begin(self, message: dict[str, Any], fds: list[int]) -> None:
        """The wall stands; this message was sent before any user code, and only the first of its kind counts."""
        self._jailed = True
        if fds:
            self._denials = Denials(fds.pop(0))
            self._loop.add_reader(self._denials.fd, self._deny)
        if not self._group.counts_memory:
            self._watch_memory(int(message["pid"]))

    def _watch_memory(self, pid: int) -> None:
        used = tree_bytes(pid, self._zygote.own_bytes)
        self._peak = max(self._peak, used)
        if used > self._work.limits.memory_mib << 20:
            self._end(errors.memory_limit(self._work.limits))
        else:
            self._watch = self._loop.call_later(_WATCH_SECONDS, self._watch_memory, pid)

    def _log(self, level: str, text: str) -> None:
        if self._verdict is not None:
            return
        self._log_bytes += len(text.encode("utf-8", "replace")) + _LINE_OVERHEAD
        if self._log_bytes > self._work.limits.log_bytes:
            self._end(errors.log_limit(self._work.limits))
            return
        self._emit({"event": "log", "level": level, "text": text.replace("\x00", "")})

    def _read_raw(self, fd: int, level: str) -> bool:
        """Take what was written to the descriptor itself, past Python; False when there is nothing."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._loop.remove_reader(fd)
            return False
        *lines, rest = (self._rests[level] + data).split(b"\n")
        while len(rest) > _LONGEST_LINE:
            lines.append(rest[:_LONGEST_LINE])
            rest = rest[_LONGEST_LINE:]
        self._rests[level] = rest
        for line in lines:
            self._log(level, line.decode("utf-8", "replace"))
        return True

    def _flush_raw(self, level: str) -> None:
        if self._rests[level]:
            self._log(level, self._rests[level].decode("utf-8", "replace"))
            self._rests[level] = b""

    def _deny(self) -> None:
        if self._denials is None:
            return
        if self._denials.over():
            self._close_denials()
            return
        fatal = self._denials.take()
        self._denied = self._denials.names
        if fatal:
            self._end(errors.denied(fatal))
        if self._verdict is not None:
            self._close_denials()

    def _close_denials(self) -> None:
        if self._denials is not None:
            self._loop.remove_reader(self._denials.fd)
            self._denials.close()
            self._denials = None

    def _late(self) -> None:
        self._end(errors.time_limit(self._work.limits))

    def _end(self, verdict: errors.Error) -> None:
        """End the execution for a reason that is seen from outside; the first one stands."""
        if self._verdict is None:
            self._verdict = verdict
        if self._number:
            self._zygote.kill(self._number)

    def _judge(self, ended: Ended) -> errors.Error | None:
        if self._canceled:
            return errors.canceled()
        if self._told is not None and (self._verdict is None or self._verdict["code"] == self._told.get("code")):
            return errors.from_inside(self._told, self._denied)
        if self._verdict is not None:
            # Starved of memory, code becomes slow before it is killed.
            starved = self._verdict["code"] == "time_limit" and self._group.out_of_memory()
            return errors.memory_limit(self._work.limits) if starved else self._verdict
        if self._done and ended.code == 0:
            return None
        return errors.ended(ended.code, self._work.limits, self._group.out_of_memory())

    async def _store(self) -> tuple[dict[str, Any], errors.Error | None]:
        try:
            return await self._loop.run_in_executor(None, self._outputs.store, self._work.output), None
        except TooLarge:
            return {}, errors.output_limit(self._work.limits)
        except BadOutput as error:
            return {}, errors.bad_protocol(str(error))

    def _usage(self, ended: Ended, started: float) -> dict[str, Any]:
        peak = self._group.peak_bytes() or self._peak or max(0, (ended.peak_kib << 10) - self._zygote.own_bytes)
        return {
            "wall_ms": round((time.monotonic() - started) * 1000, 2),
            "cpu_ms": round(ended.cpu_ms, 2),
            "peak_mib": round(peak / (1 << 20), 1),
            "log_bytes": self._log_bytes,
            "output_bytes": self._outputs.stored_bytes,
        }
