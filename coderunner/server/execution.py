"""One execution from outside: what goes into the jail, what comes out while it lives, and what is made of its end."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import time
from collections.abc import Callable
from typing import Any

from coderunner.egress.proxy import Proxy
from coderunner.sandbox import wire
from coderunner.sandbox.limits import Limits
from coderunner.sandbox.outfit import BARE, Outfit
from coderunner.sandbox.redaction import Redactor
from coderunner.server import errors
from coderunner.server.cell import Cell, Input
from coderunner.server.memory import tree_bytes
from coderunner.server.outputs import BadOutput, Outputs, TooLarge
from coderunner.server.zygote import Ended

# How much longer than its own clock the code may take, so that it can say where it was.
_GRACE_SECONDS = 0.3
_WATCH_SECONDS = 0.1
_LINE_OVERHEAD = 32
_LEVELS = frozenset({"debug", "info", "warn", "error"})
_LONGEST_LINE = 8 << 10

Emit = Callable[[dict[str, Any]], None]


@dataclasses.dataclass
class Work:
    """What to run and with what. Secrets are texts that no log and no error may show."""

    request: dict[str, Any]
    inputs: list[Input]
    limits: Limits
    output: str = ""
    secrets: tuple[str, ...] = ()
    outfit: Outfit = BARE
    proxy: Proxy | None = None  # what comes in through the door, when the outfit has egress


class Execution:
    """Runs one piece of work in a cell."""

    def __init__(self, work: Work, emit: Emit) -> None:
        self.work = work
        self._emit = emit
        self._loop = asyncio.get_running_loop()
        self._cell: Cell | None = None
        self._canceled = False
        self._verdict: errors.Error | None = None
        self._told: dict[str, Any] | None = None
        self._done = False
        self._finished = asyncio.Event()
        self._inherited = 0
        self._peak = 0
        self._watch: asyncio.TimerHandle | None = None
        self._log_bytes = 0
        self._redactor = Redactor(work.secrets)
        self._outputs = Outputs(work.limits.output_bytes, work.limits.value_bytes)
        self._rests = {"info": b"", "warn": b""}

    @property
    def done(self) -> bool:
        """Whether the code said that it has come to its end, so that its process is about to end, too."""
        return self._done and self._verdict is None

    @property
    def denied(self) -> dict[str, int]:
        """The calls that were stopped, by name."""
        return self._cell.denied if self._cell else {}

    def cancel(self) -> None:
        """End it; run() then ends with the error canceled."""
        self._canceled = True
        self._end(errors.canceled())

    async def run(self, cell: Cell, inherited: int) -> tuple[dict[str, Any], errors.Error | None, dict[str, Any]]:
        """Give the outputs by port, the error if there was one, and the usage. Values are given as soon as the code is
        done; anything else, and every failure, when nothing of the process is left. Inherited is what a process shares
        with the zygote, in bytes. The cell is not to be used again."""
        started = time.monotonic()
        self._cell, self._inherited = cell, inherited
        before = cell.cpu_ms() or 0.0
        timer: asyncio.TimerHandle | None = None
        try:
            cell.ended.add_done_callback(lambda _: self._finished.set())
            cell.occupy(self)
            if self._verdict is None:
                cell.give(self.work.limits, self.work.inputs, self.work.request)
            else:
                cell.kill()
            if not cell.seat.group.counts_memory:
                self._watch_memory()
            timer = self._loop.call_later(self.work.limits.wall_seconds + _GRACE_SECONDS, self._late)
            cpu = await self._outcome(cell)
            result = cell.ended.result() if cell.ended.done() else Ended(0, cpu, 0)
            for level in self._rests:
                self._flush_raw(level)
            error = self._judge(result)
            outputs: dict[str, Any] = {}
            if error is None:
                outputs, error = await self._store()
        except ConnectionError:
            result, outputs, error = Ended(0, before, 0), {}, self._verdict or errors.interrupted()
        finally:
            for handle in (timer, self._watch):
                if handle:
                    handle.cancel()
            self._outputs.close()
            if self.work.proxy:
                await self.work.proxy.stop()
        if error and self.work.proxy:
            error = errors.with_refused(error, self.work.proxy.reasons())
        return outputs, self._without_secrets(error), self._usage(result, before, started)

    async def _outcome(self, cell: Cell) -> float:
        """Wait until the outcome stands; gives the CPU time if the process may still be there. What has been said it
        cannot change any more, but files it could."""
        await self._finished.wait()
        stands = self._told is not None or (self._done and self._outputs.inline)
        if stands and self._verdict is None and not cell.ended.done():
            cpu = cell.cpu_ms()
            if cpu is not None:
                cell.drain(everything=False)
                return cpu
        await asyncio.shield(cell.ended)
        cell.drain(everything=True)
        return 0.0

    def told(self, message: dict[str, Any], fds: list[int]) -> None:
        """Take what the jail says."""
        event = message.get("event")
        if event == "output" and self._verdict is None and not self._done:
            try:
                self._outputs.add(message, fds)
            except BadOutput as error:
                self._end(errors.bad_protocol(str(error)))
            return
        wire.close(fds)
        if event == "log":
            level, text = message.get("level"), message.get("text")
            if isinstance(text, str):
                self._log(level if level in _LEVELS else "info", text)
        elif event == "error" and self._told is None:
            self._told = message
            self._finished.set()
        elif event == "done":
            self._done = True
            self._finished.set()

    def opened(self, door: socket.socket) -> None:
        """The code has a way out, as far as the proxy lets it."""
        if self.work.proxy:
            self.work.proxy.start(door)
        else:
            door.close()

    def garbled(self, detail: str) -> None:
        """The jail sent what is no message."""
        self._end(errors.bad_protocol(detail))

    def refused(self, layer: str, reason: str) -> None:
        """A layer of the wall could not be put up."""
        self._end(errors.refused(layer, reason))

    def stopped(self, name: str) -> None:
        """The code made a call that ends it."""
        self._end(errors.denied(name))

    def _watch_memory(self) -> None:
        if self._cell is None:
            return
        if self._cell.pid:
            used = tree_bytes(self._cell.pid, self._inherited)
            self._peak = max(self._peak, used)
            if used > self.work.limits.memory_mib << 20:
                self._end(errors.memory_limit(self.work.limits))
                return
        self._watch = self._loop.call_later(_WATCH_SECONDS, self._watch_memory)

    def _log(self, level: str, text: str) -> None:
        if self._verdict is not None:
            return
        self._log_bytes += len(text.encode("utf-8", "replace")) + _LINE_OVERHEAD
        if self._log_bytes > self.work.limits.log_bytes:
            self._end(errors.log_limit(self.work.limits))
            return
        self._emit({"event": "log", "level": level, "text": self._redactor.text(text).replace("\x00", "")})

    def raw(self, level: str, data: bytes) -> None:
        """Take what was written past Python."""
        *lines, rest = (self._rests[level] + data).split(b"\n")
        # A secret may lie across the cut, so as much is kept back as the longest one has.
        while len(rest) > _LONGEST_LINE + 4 * self._redactor.longest:
            if self._redactor.longest:
                rest = self._redactor.text(rest.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            lines.append(rest[:_LONGEST_LINE])
            rest = rest[_LONGEST_LINE:]
        self._rests[level] = rest
        for line in lines:
            self._log(level, line.decode("utf-8", "replace"))

    def _flush_raw(self, level: str) -> None:
        if self._rests[level]:
            self._log(level, self._rests[level].decode("utf-8", "replace"))
            self._rests[level] = b""

    def _late(self) -> None:
        self._end(errors.time_limit(self.work.limits))

    def _end(self, verdict: errors.Error) -> None:
        """End the execution for a reason that is seen from outside; the first one stands."""
        if self._verdict is None:
            self._verdict = verdict
        self._finished.set()
        if self._cell:
            self._cell.kill()

    def _judge(self, ended: Ended) -> errors.Error | None:
        if self._canceled:
            return errors.canceled()
        if self._told is not None and (self._verdict is None or self._verdict["code"] == self._told.get("code")):
            return errors.from_inside(self._told, self.denied)
        starved = self._cell is not None and self._cell.seat.group.out_of_memory()
        if self._verdict is not None:
            # Starved of memory, code becomes slow before it is killed.
            late = self._verdict["code"] == "time_limit"
            return errors.memory_limit(self.work.limits) if late and starved else self._verdict
        if self._done and ended.code == 0:
            return None
        return errors.ended(ended.code, self.work.limits, starved)

    async def _store(self) -> tuple[dict[str, Any], errors.Error | None]:
        if self._outputs.inline:
            return self._outputs.values(), None
        try:
            return await self._loop.run_in_executor(None, self._outputs.store, self.work.output), None
        except TooLarge:
            return {}, errors.output_limit(self.work.limits)
        except BadOutput as error:
            return {}, errors.bad_protocol(str(error))

    def _without_secrets(self, error: errors.Error | None) -> errors.Error | None:
        if error is None:
            return None
        return {key: self._redactor.text(text) if isinstance(text, str) else text for key, text in error.items()}

    def _usage(self, ended: Ended, before: float, started: float) -> dict[str, Any]:
        counted = self._cell.seat.group.peak_bytes() if self._cell else 0
        peak = counted or self._peak or max(0, (ended.peak_kib << 10) - self._inherited)
        return {
            "wall_ms": round((time.monotonic() - started) * 1000, 2),
            "cpu_ms": round(max(0.0, ended.cpu_ms - before), 2),
            "peak_mib": round(peak / (1 << 20), 1),
            "log_bytes": self._log_bytes,
            "output_bytes": self._outputs.stored_bytes,
            **({"network": self.work.proxy.used()} if self.work.proxy else {}),
        }
