"""Who may run when: a fixed number of slots, a queue before them, and the state of the wall."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from coderunner.sandbox.cgroup import Groups
from coderunner.sandbox.layers import REQUIRED
from coderunner.sandbox.limits import Limits
from coderunner.sandbox.outfit import BARE, Outfit
from coderunner.server import errors, scratch
from coderunner.server.execution import Emit, Execution, Work
from coderunner.server.metrics import Metrics
from coderunner.server.pool import Pool, Seats
from coderunner.server.settings import Settings
from coderunner.server.zygote import Zygote

_READY_SECONDS = 30.0

Outcome = tuple[dict[str, Any], errors.Error | None, dict[str, Any]]


class Busy(Exception):
    """Too many executions wait already."""


class Refused(Exception):
    """User code is not run here; the message says why."""


class Jailer:
    """Runs executions in their turn."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._groups = Groups()
        self._seats = Seats(self._groups)
        self._changed = asyncio.Event()
        self._pool = self._make_pool(BARE)
        # Pools of other kinds, the one that was used last at the end.
        self._others: dict[Outfit, Pool] = {}
        self._building: set[Pool] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(settings.concurrency)
        # A long build must not keep executions waiting, nor they it.
        self._builds = asyncio.Semaphore(1)
        self._waiting = 0
        self._executions: set[Execution] = set()

    def start(self) -> None:
        """Begin to get ready."""
        scratch.sweep()
        self._pool.zygote.start()

    async def stop(self) -> None:
        """End all executions and leave nothing behind."""
        for execution in list(self._executions):
            execution.cancel()
        pools = [self._pool, *self._others.values(), *self._building]
        await asyncio.gather(*(pool.stop() for pool in pools), *self._closing)
        self._groups.remove()

    async def run(self, work: Work, emit: Emit, begun: Callable[[Execution], None]) -> Outcome:
        """Run the work when its turn comes. Begun gets the execution before it starts."""
        if work.outfit.workspace:
            return await self._build(work, emit, begun)
        async with self._turn(self._slots):
            # Chosen only now: while the work waited, its kind may have had to make room for others.
            with self._pool_of(work.outfit).use() as pool:
                return await self._in(pool, work, emit, begun)

    async def _build(self, work: Work, emit: Emit, begun: Callable[[Execution], None]) -> Outcome:
        """Build in a zygote of its own, which has the workspace."""
        async with self._turn(self._builds):
            pool = self._make_pool(work.outfit, work.limits)
            self._building.add(pool)
            try:
                pool.zygote.start()
                return await self._in(pool, work, emit, begun)
            finally:
                self._building.discard(pool)
                await pool.stop()

    @asynccontextmanager
    async def _turn(self, slots: asyncio.Semaphore) -> AsyncIterator[None]:
        """One of the slots, when there is one. Busy tells that too many wait already."""
        if self._waiting >= self._settings.queue:
            raise Busy
        self._waiting += 1
        self._metrics.waiting = self._waiting
        try:
            await slots.acquire()
        finally:
            self._waiting -= 1
            self._metrics.waiting = self._waiting
        try:
            yield
        finally:
            slots.release()

    async def _in(self, pool: Pool, work: Work, emit: Emit, begun: Callable[[Execution], None]) -> Outcome:
        await self._until_ready(pool.zygote)
        execution = Execution(work, emit)
        self._executions.add(execution)
        self._metrics.running = len(self._executions)
        try:
            begun(execution)
            outputs, error, usage = await self._run(execution, pool)
        finally:
            self._executions.discard(execution)
            self._metrics.running = len(self._executions)
        self._metrics.ended(error["code"] if error else "ok", usage["wall_ms"], execution.denied)
        return outputs, error, usage

    async def _run(self, execution: Execution, pool: Pool) -> Outcome:
        try:
            cell = pool.take()
        except OSError as error:
            raise Refused("the sandbox is being restarted") from error
        try:
            if execution.work.outfit.workspace and os.geteuid() == 0:
                os.chown(execution.work.outfit.workspace, cell.seat.owner, cell.seat.owner)
            return await execution.run(cell, pool.zygote.own_bytes)
        finally:
            pool.clear(cell, execution.done)
            pool.pressed = self._waiting > 0
            pool.refill_soon()

    def _make_pool(self, outfit: Outfit, limits: Limits | None = None) -> Pool:
        zygote = Zygote(self._settings, self._groups.counts_memory, outfit)
        zygote.on_change(self._state_changed)
        return Pool(self._settings, self._seats, zygote, limits)

    def _pool_of(self, outfit: Outfit) -> Pool:
        """The pool for work of a kind. Only so many are kept; the one that was not used for longest goes first, once
        nobody uses it any more."""
        if outfit.late:
            outfit = dataclasses.replace(outfit, charts=False)
        if outfit == BARE:
            return self._pool
        pool = self._others.pop(outfit, None)
        if pool is None:
            pool = self._make_pool(outfit)
            pool.zygote.start()
        self._others[outfit] = pool
        while len(self._others) > self._settings.environments:
            self._retire(next(iter(self._others)))
        return pool

    def forget(self, packages: str) -> None:
        """Let go of the cells that have a folder of packages, which is removed."""
        for outfit in [each for each in self._others if each.packages == packages]:
            self._retire(outfit)

    def _retire(self, outfit: Outfit) -> None:
        task = asyncio.ensure_future(self._others.pop(outfit).retire())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _until_ready(self, zygote: Zygote) -> None:
        deadline = asyncio.get_running_loop().time() + _READY_SECONDS
        while zygote.state != "ready":
            if zygote.state == "refused":
                raise Refused(zygote.detail)
            self._changed.clear()
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except asyncio.TimeoutError:
                raise Refused("the sandbox did not become ready") from None

    def _state_changed(self) -> None:
        self._changed.set()

    def status(self) -> dict[str, Any]:
        """How ready this is, with the layers in force."""
        zygote = self._pool.zygote
        ready = zygote.state == "ready"
        state = {"ready": "ok", "starting": "starting"}.get(zygote.state, "degraded")
        without = self._settings.without
        layers = dict.fromkeys(REQUIRED, "on" if ready else "not known yet")
        layers |= {name: f"MISSING: {reason}" for name, reason in zygote.missing.items()}
        layers |= dict.fromkeys(without, "OFF by --unsafe-without")
        abi = zygote.landlock_abi
        if not ready:
            layers["landlock"] = "not known yet"
        elif "mount_namespace" in without:
            layers["landlock"] = "off: needs the mount namespace"
        else:
            layers["landlock"] = f"on (version {abi})" if abi else "off: this kernel has none"
        layers["cgroup_namespace"] = layers["user_namespace"]
        layers |= self._groups.layers()
        return {
            "status": "degraded" if ready and without else state,
            "detail": self._detail(),
            "layers": layers,
            "policy": self._settings.policy,
            "concurrency": self._settings.concurrency,
            "pool": self._pool.waiting,
            "running": len(self._executions),
            "waiting": self._waiting,
        }

    def _detail(self) -> str:
        zygote = self._pool.zygote
        if zygote.state == "refused":
            return f"User code is not run here, because a layer of the wall is missing. {zygote.detail}"
        if self._settings.without:
            return f"UNSAFE: user code runs without {', '.join(sorted(self._settings.without))}."
        return zygote.detail
