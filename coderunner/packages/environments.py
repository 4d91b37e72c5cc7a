"""Building environments, and giving executions what they name."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakValueDictionary

from coderunner.egress.policy import Policy
from coderunner.egress.proxy import Proxy
from coderunner.packages import base, index, lock
from coderunner.packages.index import Index, Unreadable
from coderunner.packages.lock import Lock
from coderunner.packages.store import BadTree, Store, Tree, replaces, seal, used_bytes
from coderunner.sandbox.limits import Limits
from coderunner.sandbox.outfit import Outfit
from coderunner.sandbox.root import WHEELS
from coderunner.server import errors
from coderunner.server.execution import Emit, Execution, Work
from coderunner.server.settings import Settings

_WATCH_SECONDS = 1.0
_TRIAL = "def main():\n    return 1\n"

Begun = Callable[[Execution], None]
Outcome = tuple[dict[str, Any], errors.Error | None, dict[str, Any]]


class Runner(Protocol):
    """Runs work in the jail."""

    async def run(self, work: Work, emit: Emit, begun: Begun) -> Outcome:
        """Run the work when its turn comes."""

    def forget(self, packages: str) -> None:
        """Let go of processes that have a folder of packages."""


class Failed(Exception):
    """There is no environment; error is what to tell."""

    def __init__(self, error: errors.Error) -> None:
        super().__init__(error["message"])
        self.error = error


@dataclass(frozen=True)
class Wanted:
    """What to build: requirements to be resolved, or a lock to be installed as it is."""

    tenant: str
    requirements: list[str]
    lock: Lock | None
    wheels: list[tuple[str, str]]  # name and path
    source: bool


@dataclass(frozen=True)
class _Room:
    """The folders of one build."""

    workspace: str  # the builder's own; only what is in it counts for its size
    wheels: str  # what it is shown of the tenant's own packages
    outside: str  # for results


@dataclass(frozen=True)
class Built:
    """A tree with the lock that it was built from."""

    tree: Tree
    lock: Lock


class Environments:
    """The environments of this service."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.store = Store(settings.environment_dir)
        self._index: Index | None = None
        self._building: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def enabled(self) -> bool:
        """Whether there is a folder for trees."""
        return self._settings.environment_dir != ""

    def start(self) -> None:
        """Make the store ready."""
        if self.enabled:
            self.store.start()

    async def _configuration(self) -> Index:
        if self._index is None:
            self._index = await index.load(self._settings.package_hosts)
        return self._index

    async def build(self, runner: Runner, wanted: Wanted, emit: Emit, begun: Begun) -> Built:
        """Build a tree, or find that it is here already. Failed says why there is none."""
        if wanted.lock is not None:
            key = f"{wanted.tenant}/{lock.digest(wanted.lock)}"
            async with self._building.setdefault(key, asyncio.Lock()):
                tree = self.store.find(wanted.tenant, wanted.lock)
                return Built(tree, wanted.lock) if tree else await self._build(runner, wanted, emit, begun)
        return await self._build(runner, wanted, emit, begun)

    async def _build(self, runner: Runner, wanted: Wanted, emit: Emit, begun: Begun) -> Built:
        if not self.enabled:
            raise Failed(
                _failed("environments_off", "This service keeps no environments.", "Start it with a folder for them.")
            )
        if wanted.source and not self._settings.allow_source_builds:
            text = "This service does not build packages from source."
            raise Failed(_failed("source_builds_off", text, "An operator can allow it, or take wheels only."))
        room = _Room(self.store.workspace(), self.store.workspace(), self.store.workspace())
        loop = asyncio.get_running_loop()
        try:
            found = await self._in_jail(runner, wanted, room, emit, begun)
            if await loop.run_in_executor(None, used_bytes, room.workspace) > self._settings.max_environment_mib << 20:
                raise Failed(_too_large(self._settings.max_environment_mib))
            packages = os.path.join(room.workspace, "env")
            try:
                size = await loop.run_in_executor(None, seal, packages)
                if replaces(found, packages):
                    await self._try(runner, packages, room.outside, emit, begun)
                tree = await loop.run_in_executor(None, self.store.adopt, wanted.tenant, found, packages, size)
            except (BadTree, OSError) as error:
                raise Failed(_failed("build_failed", f"What was built is no environment: {error}.", "")) from error
        finally:
            for folder in dataclasses.astuple(room):
                await loop.run_in_executor(None, self.store.discard, folder)
        return Built(tree, found)

    async def _in_jail(self, runner: Runner, wanted: Wanted, room: _Room, emit: Emit, begun: Begun) -> Lock:
        loop = asyncio.get_running_loop()
        try:
            configuration = await self._configuration()
            configuration.prepare(room.workspace)
            await loop.run_in_executor(None, _give, wanted.wheels, room.wheels)
        except (Unreadable, OSError) as bad:
            raise Failed(_failed("build_failed", f"The build cannot be prepared: {bad}.", "")) from bad
        request = {
            "op": "build",
            "requirements": wanted.requirements,
            "lock": None if wanted.lock is None else lock.plain(wanted.lock),
            "environment": configuration.environment,
            "source": wanted.source,
        }
        policy = Policy(hosts=(), trusted=configuration.hosts)
        proxy = Proxy(policy, lambda level, text: emit({"event": "log", "level": level, "text": text}))
        work = Work(
            request=request,
            inputs=[],
            limits=self._limits(),
            output=room.outside,
            outfit=self._outfit(configuration, room, wanted),
            proxy=proxy,
        )
        watch = _Watch(room.workspace, self._settings.max_environment_mib << 20)

        def started(execution: Execution) -> None:
            begun(execution)
            watch.start(execution)

        try:
            outputs, error, _ = await runner.run(work, emit, started)
        finally:
            watch.stop()
        if watch.over:
            raise Failed(_too_large(self._settings.max_environment_mib))
        if error:
            raise Failed(_unreached(error, proxy.reasons()))
        try:
            return lock.parse(_value(outputs["result"]))
        except (lock.BadLock, KeyError, OSError, ValueError) as bad:
            raise Failed(_failed("build_failed", f"The build gave no lock: {bad}.", "")) from bad

    def _outfit(self, configuration: Index, room: _Room, wanted: Wanted) -> Outfit:
        show = dict(configuration.folders) | (_programs() if wanted.source else {})
        if wanted.wheels:
            show[WHEELS] = room.wheels
        return Outfit(workspace=room.workspace, egress=True, programs=wanted.source, show=tuple(show.items()))

    def _limits(self) -> Limits:
        return dataclasses.replace(
            self._settings.limits,
            wall_seconds=self._settings.build_seconds,
            memory_mib=self._settings.build_memory_mib,
            # The watch on the workspace is what bounds; this bounds each file.
            disk_mib=self._settings.max_environment_mib + 64,
            open_files=1024,
        )

    async def _try(self, runner: Runner, packages: str, outside: str, emit: Emit, begun: Begun) -> None:
        """An environment with other versions of the libraries that main() stands on must let them be imported."""
        emit({"event": "log", "level": "info", "text": "Trying to import the libraries that main() stands on"})
        work = Work(
            request={"op": "call", "code": _TRIAL, "args": {}, "policy": "isolated", "env": {}, "secrets": {}},
            inputs=[],
            limits=dataclasses.replace(self._settings.limits, wall_seconds=120.0),
            output=outside,
            outfit=Outfit(packages=packages),
        )
        try:
            _, error, _ = await runner.run(work, emit, begun)
        finally:
            runner.forget(packages)
        if error:
            raise Failed(error)

    @asynccontextmanager
    async def use(self, runner: Runner, wanted: Wanted, emit: Emit, begun: Begun) -> AsyncIterator[Tree | None]:
        """The tree for an execution, built from its lock when it is not here yet; None for the default environment."""
        if not wanted.lock:
            yield None
            return
        tree = self.store.find(wanted.tenant, wanted.lock) if self.enabled else None
        if tree is None:
            emit({"event": "log", "level": "info", "text": "Preparing the environment on this machine"})
            tree = (await self.build(runner, wanted, emit, begun)).tree
        with self.store.hold(tree):
            yield tree


class _Watch:
    """Ends a build whose workspace grows too large."""

    def __init__(self, workspace: str, most: int) -> None:
        self._workspace = workspace
        self._most = most
        self._task: asyncio.Task[None] | None = None
        self.over = False

    def start(self, execution: Execution) -> None:
        self._task = asyncio.get_running_loop().create_task(self._look(execution))

    def stop(self) -> None:
        if self._task:
            self._task.cancel()

    async def _look(self, execution: Execution) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if await loop.run_in_executor(None, used_bytes, self._workspace) > self._most:
                self.over = True
                execution.cancel()
                return


def _give(wheels: list[tuple[str, str]], folder: str) -> None:
    os.chmod(folder, 0o755)  # noqa: S103 - the builder is somebody else, and only looks
    for name, path in wheels:
        target = os.path.join(folder, name)
        shutil.copyfile(path, target)
        os.chmod(target, 0o644)


def _programs() -> dict[str, str]:
    """What building packages from source needs: programs, headers, and this interpreter as a program."""
    own = [os.path.join(prefix, name) for prefix in (sys.prefix, sys.base_prefix) for name in ("bin", "include")]
    paths = ["/bin", "/usr/bin", "/usr/include", *own, os.path.join(sys.prefix, "pyvenv.cfg")]
    return {path: path for path in paths}


def _value(output: dict[str, Any]) -> Any:
    if "value" in output:
        return output["value"]
    with open(output["path"], encoding="utf-8") as file:
        return json.load(file)


def _failed(code: str, message: str, hint: str) -> errors.Error:
    return {"code": code, "message": message, **({"hint": hint} if hint else {})}


def _unreached(error: errors.Error, reasons: list[str]) -> errors.Error:
    """What pip could not look for, because the index was not reached, is no package that does not exist."""
    if not reasons or error["code"] not in ("resolution_failed", "build_failed"):
        return error
    hint = "An operator can allow the host, or mend the index; the log says more."
    return _failed("packages_unreachable", f"The package index cannot be reached: {' '.join(reasons)}", hint)


def _too_large(most_mib: int) -> errors.Error:
    text = f"The environment needs more than {most_mib} MiB of disk, with all that is downloaded for it."
    return _failed("environment_too_large", text, "Ask for fewer packages, or have the operator allow more.")


def described(built: Built) -> dict[str, Any]:
    """A built environment as the API gives it."""
    return {
        "lock": lock.plain(built.lock),
        "digest": lock.digest(built.lock),
        "size_bytes": built.tree.size_bytes,
        "python": base.python(),
        "base": base.fingerprint(),
    }
