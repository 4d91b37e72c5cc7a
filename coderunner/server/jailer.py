"""Who may run when: a fixed number of slots, a queue before them, and the state of the wall."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coderunner.sandbox.cgroup import Group, Groups
from coderunner.sandbox.layers import REQUIRED
from coderunner.server import errors, scratch
from coderunner.server.execution import Emit, Execution, Work
from coderunner.server.metrics import Metrics
from coderunner.server.settings import Settings
from coderunner.server.zygote import Zygote

# The first of the ids of jailed processes when the service runs as root; each slot has its own.
_FIRST_OWNER = 600_100_000
_READY_SECONDS = 30.0


class Busy(Exception):
    """Too many executions wait already."""


class Refused(Exception):
    """User code is not run here; the message says why."""


@dataclass(frozen=True)
class _Slot:
    number: int
    group: Group


class Jailer:
    """Runs executions in their turn."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._groups = Groups()
        self._zygote = Zygote(settings, self._groups.counts_memory)
        self._zygote.on_change(self._state_changed)
        self._changed = asyncio.Event()
        self._slots: asyncio.LifoQueue[_Slot] = asyncio.LifoQueue()
        self._waiting = 0
        self._executions: set[Execution] = set()
        for number in range(settings.concurrency):
            self._slots.put_nowait(_Slot(number, self._groups.make(number)))

    def start(self) -> None:
        """Begin to get ready."""
        scratch.sweep()
        self._zygote.start()

    async def stop(self) -> None:
        """End all executions and leave nothing behind."""
        for execution in list(self._executions):
            execution.cancel()
        await self._zygote.stop()
        self._groups.remove()

    async def run(
        self, work: Work, emit: Emit, begun: Callable[[Execution], None]
    ) -> tuple[dict[str, Any], errors.Error | None, dict[str, Any]]:
        """Run the work when its turn comes. Begun gets the execution before it starts."""
        await self._until_ready()
        if self._waiting >= self._settings.queue:
            raise Busy
        self._waiting += 1
        self._metrics.waiting = self._waiting
        try:
            slot = await self._slots.get()
        finally:
            self._waiting -= 1
            self._metrics.waiting = self._waiting
        job, temporary = "/job", None
        if "mount_namespace" in self._settings.without:
            job = temporary = _bare_job()
        execution = Execution(self._zygote, slot.group, _FIRST_OWNER + slot.number, job, work, emit)
        self._executions.add(execution)
        self._metrics.running = len(self._executions)
        try:
            begun(execution)
            outputs, error, usage = await execution.run()
        finally:
            self._executions.discard(execution)
            self._metrics.running = len(self._executions)
            self._slots.put_nowait(slot)
            if temporary:
                shutil.rmtree(temporary, ignore_errors=True)
        self._metrics.ended(error["code"] if error else "ok", usage["wall_ms"], execution.denied)
        return outputs, error, usage

    async def _until_ready(self) -> None:
        deadline = asyncio.get_running_loop().time() + _READY_SECONDS
        while self._zygote.state != "ready":
            if self._zygote.state == "refused":
                raise Refused(self._zygote.detail)
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
        ready = self._zygote.state == "ready"
        state = {"ready": "ok", "starting": "starting"}.get(self._zygote.state, "degraded")
        without = self._settings.without
        layers = dict.fromkeys(REQUIRED, "on" if ready else "not known yet")
        layers |= {name: f"MISSING: {reason}" for name, reason in self._zygote.missing.items()}
        layers |= dict.fromkeys(without, "OFF by --unsafe-without")
        abi = self._zygote.landlock_abi
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
            "concurrency": self._settings.concurrency,
            "running": len(self._executions),
            "waiting": self._waiting,
        }

    def _detail(self) -> str:
        if self._zygote.state == "refused":
            return f"User code is not run here, because a layer of the wall is missing. {self._zygote.detail}"
        if self._settings.without:
            return f"UNSAFE: user code runs without {', '.join(sorted(self._settings.without))}."
        return self._zygote.detail


def _bare_job() -> str:
    folder = scratch.make()
    os.chmod(folder, 0o700)
    for name in ("in", "out", "tmp"):
        os.mkdir(os.path.join(folder, name))
    return folder
