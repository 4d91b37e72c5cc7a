"""The cells of one environment: a few that wait for work, those that work, and those that are being cleared away."""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from coderunner.sandbox.cgroup import Groups
from coderunner.sandbox.limits import Limits
from coderunner.server import scratch
from coderunner.server.cell import Cell, Seat
from coderunner.server.settings import Settings
from coderunner.server.zygote import Ended, Zygote

# The first of the ids of jailed processes when the service runs as root; each seat has its own.
_FIRST_OWNER = 600_100_000
_SPARE_SEATS = 16
# Who is done ends by itself; who does not is killed after so long.
_ENDING_SECONDS = 0.02
_SOON_SECONDS = 0.001
# What the machinery itself touches of the memory that it shares with the zygote, and what the libraries of an
# environment take, which are loaded in each cell.
_OVERHEAD_MIB = 128
_LIBRARIES_MIB = 384


class Seats:
    """Gives every living cell a user and a control group of its own, and uses them again afterwards."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._free: deque[Seat] = deque()
        self._made = 0

    def take(self) -> Seat:
        """A seat that no living process has."""
        if self._free:
            return self._free.popleft()
        self._made += 1
        return Seat(_FIRST_OWNER + self._made, self._groups.make(self._made))

    def give_back(self, seat: Seat) -> None:
        """Its processes are dead."""
        if len(self._free) < _SPARE_SEATS:
            self._free.append(seat)
        else:
            self._groups.forget(seat.group)


class Pool:
    """Has cells ready."""

    def __init__(self, settings: Settings, seats: Seats, zygote: Zygote, limits: Limits | None = None) -> None:
        """Limits, when given, are those of work for which no cell waits."""
        self._settings = settings
        self._seats = seats
        self.zygote = zygote
        self._waiting: deque[Cell] = deque()
        self._clearing: set[asyncio.Task[None]] = set()
        self._users = 0
        self._idle = asyncio.Event()
        self._idle.set()
        # While more work waits than can be done, warming cells for it would only take the time from it.
        self.pressed = False
        self._failed = False
        self._stopped = False
        self._refill_is_due = False
        self._size = 0 if limits else settings.pool
        self._limits = limits or Limits(
            wall_seconds=settings.max_wall_seconds,
            memory_mib=max(settings.max_memory_mib, settings.limits.memory_mib),
            disk_mib=settings.limits.disk_mib,
            cpus=settings.limits.cpus,
        )
        self._overhead_mib = _OVERHEAD_MIB + (_LIBRARIES_MIB if zygote.outfit.late else 0)
        zygote.on_change(self._zygote_changed)

    @property
    def waiting(self) -> int:
        """How many cells are ready for work."""
        return sum(cell.ready for cell in self._waiting)

    def take(self) -> Cell:
        """A cell: the one that has waited longest, or a new one. ConnectionError tells that there is no zygote."""
        while self._waiting:
            cell = self._waiting.popleft()
            if not cell.ended.done():
                return cell
            self.clear(cell)
        self._failed = False
        return self._make()

    @contextmanager
    def use(self) -> Iterator[Pool]:
        """Keep the pool from being stopped by retire."""
        self._users += 1
        self._idle.clear()
        try:
            yield self
        finally:
            self._users -= 1
            if not self._users:
                self._idle.set()

    def clear(self, cell: Cell, done: bool = False) -> None:
        """End a cell and let go of it once nothing of it is left. One that is done is about to end by itself."""
        cell.leave()
        task = asyncio.ensure_future(self._clear(cell, done))
        self._clearing.add(task)
        task.add_done_callback(self._clearing.discard)

    async def _clear(self, cell: Cell, done: bool) -> None:
        if done:
            await asyncio.wait((cell.ended,), timeout=_ENDING_SECONDS)
        if not cell.ended.done():
            cell.kill()
        try:
            await cell.ended
        except ConnectionError:
            pass  # the zygote is gone, and everything with it
        cell.close()
        self._seats.give_back(cell.seat)

    def refill_soon(self) -> None:
        """Start cells once the answer that is being made is on its way."""
        if not self._refill_is_due:
            self._refill_is_due = True
            asyncio.get_running_loop().call_later(_SOON_SECONDS, self.refill)

    def refill(self) -> None:
        """Start cells until enough wait."""
        self._refill_is_due = False
        while len(self._waiting) < self._size and not self._failed and not self._stopped:
            if self.zygote.state != "ready":
                return
            try:
                cell = self._make()
            except OSError:
                return  # the zygote is being replaced; refill comes again with it
            self._waiting.append(cell)
            cell.ended.add_done_callback(functools.partial(self._lost, cell))

    async def retire(self) -> None:
        """Stop once nobody uses it any more."""
        self._stopped = True
        await self._idle.wait()
        await self.stop()

    async def stop(self) -> None:
        """End every cell and the zygote."""
        self._stopped = True
        while self._waiting:
            self.clear(self._waiting.popleft())
        await self.zygote.stop()
        await asyncio.gather(*self._clearing, return_exceptions=True)

    def _make(self) -> Cell:
        seat = self._seats.take()
        job, temporary = "/job", ""
        if "mount_namespace" in self._settings.without:
            job = temporary = _bare_job(seat.owner)
        try:
            # While it waits it has what most work is given: to set another limit takes the kernel a while.
            waiting_mib = self._settings.limits.memory_mib
            return Cell(
                self.zygote, seat, job, temporary, self._limits, waiting_mib, self._overhead_mib, not self.pressed
            )
        except BaseException:
            self._seats.give_back(seat)
            shutil.rmtree(temporary, ignore_errors=True)
            raise

    def _lost(self, cell: Cell, _: asyncio.Future[Ended]) -> None:
        """A cell that ended while it waited is not replaced before somebody wants one: the next may end, too."""
        if cell in self._waiting:
            self._waiting.remove(cell)
            self._failed = True
            self.clear(cell)

    def _zygote_changed(self) -> None:
        self._failed = False
        self.refill()


def _bare_job(owner: int) -> str:
    folder = scratch.make()
    for path in (folder, *(os.path.join(folder, name) for name in ("in", "out", "tmp"))):
        os.makedirs(path, 0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(path, owner, owner)
    return folder
