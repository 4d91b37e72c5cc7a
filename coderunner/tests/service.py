"""The real service as a process, and a client of it, for tests."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
CANARY = "canary-5f1d7c"


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("coderunner", timeout=120)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass
class Answer:
    """What an execution answered."""

    status: int
    events: list[dict[str, Any]]
    output: Path

    @property
    def error(self) -> dict[str, Any] | None:
        """The error event, if there was one."""
        return next((e for e in self.events if e["event"] == "error"), None)

    @property
    def code(self) -> str:
        """The error's code, or ok."""
        return self.error["code"] if self.error else "ok"

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs by port."""
        found = [e for e in self.events if e["event"] == "result"]
        assert found, self.events
        outputs: dict[str, Any] = found[0]["outputs"]
        return outputs

    @property
    def value(self) -> Any:
        """The value of the only output."""
        output = self.outputs["result"]
        return json.loads(Path(output["path"]).read_text()) if "path" in output else output["value"]

    @property
    def logs(self) -> list[tuple[str, str]]:
        """Level and text of the log events."""
        return [(e["level"], e["text"]) for e in self.events if e["event"] == "log"]


@dataclass
class Service:
    """One running service."""

    folder: Path
    arguments: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    python: str = sys.executable
    process: subprocess.Popen[bytes] | None = None
    log: str = ""

    @property
    def socket(self) -> str:
        """Where it listens."""
        return str(self.folder / "s")

    @property
    def data(self) -> Path:
        """What it may read and write."""
        return self.folder / "data"

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it runs code."""
        self.data.mkdir(exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "SECRET_TOKEN": CANARY, **self.environment}
        self.process = subprocess.Popen(
            [
                *self.command,
                self.python,
                "-m",
                "coderunner",
                "--socket",
                self.socket,
                "--allow-write",
                str(self.data),
                "--die-with-parent",
                *self.arguments,
            ],
            env=environment,
            cwd=self.folder,
            stderr=subprocess.PIPE,
        )

    def wait(self, state: str = "ok") -> dict[str, Any]:
        """Wait until it reports the state."""
        deadline = time.monotonic() + 60
        while True:
            try:
                status = json.loads(self.get("/readyz"))
                if status["status"] == state:
                    found: dict[str, Any] = status
                    return found
            except OSError:
                status = {"status": "not listening"}
            assert self.process is not None and self.process.poll() is None, "the service ended"
            assert time.monotonic() < deadline, status
            time.sleep(0.02)

    def stop(self) -> str:
        """Stop it; gives what it logged."""
        assert self.process is not None and self.process.stderr is not None
        if self.process.stderr.closed:
            return self.log
        self.process.terminate()
        self.log = self.process.stderr.read().decode()
        self.process.wait(20)
        self.process.stderr.close()
        return self.log

    def until_idle(self) -> list[int]:
        """Wait until nothing runs and as many cells wait as should; gives the processes that are none of these."""
        deadline = time.monotonic() + 20
        while True:
            status = json.loads(self.get("/readyz"))
            # Below the service are the zygote's guard, the zygote, and the cells.
            processes = self.processes()
            more = len(processes) - 2 - status["pool"]
            if (status["running"], status["waiting"], more) == (0, 0, 0):
                return []
            if time.monotonic() > deadline:
                return processes
            time.sleep(0.01)

    def processes(self) -> list[int]:
        """All processes below the service."""
        assert self.process is not None
        below, seen = [self.process.pid], list[int]()
        while below:
            pid = below.pop()
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            except OSError:
                continue
            below.extend(map(int, children))
            seen.extend(map(int, children))
        return seen

    def get(self, path: str) -> str:
        """One GET."""
        connection = _Connection(self.socket)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def post(self, path: str, body: Any) -> tuple[int, str]:
        """One POST of JSON, or of the bytes given."""
        connection = _Connection(self.socket)
        try:
            connection.request("POST", path, body if isinstance(body, bytes) else json.dumps(body))
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def run(
        self,
        code: str,
        args: dict[str, Any] | None = None,
        policy: str = "restricted",
        more: dict[str, Any] | None = None,
        **limits: float,
    ) -> Answer:
        """Run main() with arguments that are spelled out as the API wants them. More is further fields of the request."""
        output = Path(tempfile.mkdtemp(dir=self.data))
        body = {"code": code, "args": args or {}, "output_dir": str(output), "limits": limits}
        body |= {"policy": policy, **(more or {})}
        status, text = self.post("/api/coderunner/v1/executions", body)
        events = [json.loads(line) for line in text.splitlines()]
        if status != 200:
            events = [{"event": "error", **events[0]}]
        return Answer(status, events, output)

    def inspect(self, code: str, policy: str = "restricted") -> dict[str, Any]:
        """Inspect code."""
        status, text = self.post("/api/coderunner/v1/functions/inspect", {"code": code, "policy": policy})
        assert status == 200, text
        found: dict[str, Any] = json.loads(text)
        return found


def value(content: Any) -> dict[str, Any]:
    """An argument that is JSON."""
    return {"kind": "value", "value": content}
