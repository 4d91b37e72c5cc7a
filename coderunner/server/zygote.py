"""The service's side of the zygote: starting it, asking it for executions, hearing of their ends, replacing it."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import coderunner
from coderunner.sandbox import wire
from coderunner.sandbox.outfit import Outfit
from coderunner.server import scratch
from coderunner.server.memory import own_bytes
from coderunner.server.settings import Settings

_log = logging.getLogger("coderunner.zygote")

_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from coderunner.sandbox.zygote import main; main(int(sys.argv[2]))"
)
# A library reads these when it is loaded: a zygote has one thread, and a fork inherits what it has.
_ENVIRONMENT = {
    "HOME": "/job",
    "TMPDIR": "/tmp",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PATH": "/usr/bin:/bin",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "ARROW_IO_THREADS": "2",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYTHONHASHSEED": "random",
}
_PASSED_ON = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH")
_FIRST_DELAY = 0.2
_STOP_SECONDS = 2.0
_LONGEST_DELAY = 15.0


@dataclass(frozen=True)
class Ended:
    """How an execution's process ended."""

    code: int
    cpu_ms: float
    peak_kib: int


class Zygote:
    """Keeps one zygote process alive. The packages of its outfit are loaded in each cell, behind the wall, since the
    zygote runs nothing that it was not shipped with."""

    def __init__(self, settings: Settings, memory_cgroup: bool, outfit: Outfit) -> None:
        self._settings = settings
        self.outfit = outfit
        self._memory_cgroup = memory_cgroup
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._numbers = itertools.count(1)
        self._running: dict[int, asyncio.Future[Ended]] = {}
        self._changed: list[Callable[[], None]] = []
        self._delay = _FIRST_DELAY
        self._stopped = False
        self._folder = ""
        self.state = "starting"
        self.detail = ""
        self.missing: dict[str, str] = {}
        self.own_bytes = 0
        self.landlock_abi = 0

    def on_change(self, call: Callable[[], None]) -> None:
        """Call when the state changes."""
        self._changed.append(call)

    def start(self) -> None:
        """Start a zygote; its readiness shows in state."""
        if self._stopped:
            return
        # matplotlib keeps its list of fonts in a folder that it can write; the zygote makes it before it is jailed.
        self._folder = scratch.make()
        root = os.path.join(self._folder, "root")
        os.mkdir(root, 0o755)
        ours, theirs = wire.pair()
        environment = _ENVIRONMENT | {k: os.environ[k] for k in _PASSED_ON if k in os.environ}
        environment["MPLCONFIGDIR"] = os.path.join(self._folder, "matplotlib")
        home = os.path.dirname(os.path.dirname(os.path.abspath(coderunner.__file__)))
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _BOOT, home, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        ours.setblocking(True)
        self._control = ours
        config = {
            "root": root,
            "without": sorted(self._settings.without),
            "memory_cgroup": self._memory_cgroup,
            "outfit": dataclasses.asdict(self.outfit),
        }
        wire.send(ours, config)
        asyncio.get_running_loop().add_reader(ours, self._heard)

    def spawn(self, message: dict[str, Any], fds: Sequence[int]) -> tuple[int, asyncio.Future[Ended]]:
        """Ask for an execution; gives its number and what its end will be told to."""
        if self._control is None or self.state != "ready":
            raise ConnectionError("the sandbox is not ready")
        number = next(self._numbers)
        ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._running[number] = ended
        try:
            wire.send(self._control, {"op": "start", "id": number, **message}, fds)
        except OSError:
            del self._running[number]
            raise
        return number, ended

    def kill(self, number: int) -> None:
        """End an execution with all its processes."""
        if self._control is not None and number in self._running:
            try:
                wire.send(self._control, {"op": "kill", "id": number})
            except OSError:
                return  # it is gone, and every execution went with it

    async def stop(self) -> None:
        """End the zygote and every execution."""
        self._stopped = True
        process = self._process
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
            self._control = None
        if process is not None:
            # It ends by itself once nobody speaks to it, and is gone only when everything in its namespace is.
            try:
                await asyncio.get_running_loop().run_in_executor(None, process.wait, _STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _log.warning("the zygote does not end; it is killed")
        self._lost()

    def _heard(self) -> None:
        if self._control is None:
            return
        try:
            received = wire.receive(self._control)
        except (OSError, wire.ProtocolError):
            received = None
        if received is None:
            self._lost()
            return
        message, _ = received
        if message["event"] == "exit":
            ended = self._running.pop(message["id"], None)
            if ended is not None and not ended.done():
                ended.set_result(Ended(message["code"], message["cpu_ms"], message["peak_kib"]))
            return
        if message["event"] == "ready":
            self.own_bytes = own_bytes(message["pid"])
            self.landlock_abi = message["landlock_abi"]
            self._delay = _FIRST_DELAY
            self.missing = {}
            self._become("ready", "")
        elif message["event"] == "refused":
            self.missing = {message["layer"]: message["reason"]}
            self._become("refused", f"{message['layer']}: {message['reason']}")

    def _lost(self) -> None:
        """Everything is gone with the zygote: tell the waiting, and start another one after a while."""
        loop = asyncio.get_running_loop()
        if self._control is not None:
            loop.remove_reader(self._control)
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)
        for ended in self._running.values():
            if not ended.done():
                ended.set_exception(ConnectionError("the sandbox was restarted"))
        self._running.clear()
        if self._stopped:
            return
        if self.state == "ready":
            _log.error("the zygote ended; starting another one")
        if self.state != "refused":
            self._become("starting", "restarting")
        loop.call_later(self._delay, self.start)
        self._delay = min(self._delay * 2, _LONGEST_DELAY)

    def _become(self, state: str, detail: str) -> None:
        self.state, self.detail = state, detail
        for call in self._changed:
            call()
