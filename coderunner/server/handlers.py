"""What the handlers of HTTP share: errors, following the caller, and streams of events."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler

from coderunner.packages.environments import Environments
from coderunner.server.body import FRAMES, BadBody, Body
from coderunner.server.execution import Emit, Execution
from coderunner.server.jailer import Busy, Jailer, Refused
from coderunner.server.metrics import Metrics
from coderunner.server.settings import Settings

_MOST_LINES = 1000
# JSON arguments travel in the request; tables and files do not.
_MOST_REQUEST = 64 << 20
_CHUNK = 1 << 20

Event = dict[str, Any]


class Handler(RequestHandler):
    """What all handlers share."""

    def initialize(self, settings: Settings, jailer: Jailer, metrics: Metrics, environments: Environments) -> None:
        self.service = settings
        self.jailer = jailer
        self.metrics = metrics
        self.environments = environments

    def set_default_headers(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.clear_header("Server")

    def fail(self, status: int, code: str, message: str) -> None:
        """Answer with an error before anything has run."""
        self.set_status(status)
        self.finish(json.dumps({"code": code, "message": message}))

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish(json.dumps({"code": "http_error", "message": self._reason}))


class Jailed(Handler):
    """Runs work and follows the caller: when it goes away, the work ends."""

    execution: Execution | None = None
    gone = False
    body: Body
    broken: str | None = None
    came = False

    def prepare(self) -> None:
        """Make ready for the body, which may be larger than what fits into memory."""
        framed = self.request.headers.get("Content-Type", "").partition(";")[0].strip() == FRAMES
        self.body = Body(framed, _MOST_REQUEST)
        if framed:
            connection: Any = self.request.connection
            connection.set_max_body_size(self.service.max_upload_mib << 20)

    def data_received(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        if self.broken is None:
            try:
                self.body.feed(chunk)
            except (BadBody, OSError) as error:
                self.broken = str(error)

    def complete(self) -> bool:
        """Whether the whole body has come; otherwise the caller has been told."""
        self.came = True
        try:
            self.body.finish()
        except BadBody as error:
            self.broken = self.broken or str(error)
        if self.broken is not None:
            self.fail(400, "bad_request", self.broken)
        return self.broken is None

    def on_finish(self) -> None:
        """Remove what came with the request."""
        self.body.close()

    def on_connection_close(self) -> None:
        self.gone = True
        if self.execution is not None:
            self.execution.cancel()
        if not self.came:
            self.body.close()

    def begun(self, execution: Execution) -> None:
        """Remember what to cancel."""
        self.execution = execution
        if self.gone:
            execution.cancel()

    def refuse(self, error: Busy | Refused) -> None:
        """Say why nothing runs."""
        self.fail(*_refusal(error))

    async def follow(self, work: Callable[[Emit], Awaitable[list[Event]]]) -> None:
        """Stream what the work tells while it lives, and then the events that it gives."""
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        task = asyncio.ensure_future(work(events.put_nowait))
        task.add_done_callback(lambda _: events.put_nowait(None))
        self.set_header("Content-Type", "application/x-ndjson")
        begun = False
        try:
            begun = await self._pass_on(events)
            last = await task
        except (Busy, Refused) as refusal:
            if not begun:
                self.refuse(refusal)
                return
            _, code, message = _refusal(refusal)
            last = [{"event": "error", "code": code, "message": message}]
        except StreamClosedError:
            await asyncio.gather(task, return_exceptions=True)
            return
        for event in last:
            await self._say(event)
        if not self.gone:
            await self.finish()

    async def _say(self, event: Event) -> None:
        """Write an event and, for a caller that is elsewhere, the files that it names."""
        files: list[tuple[str, str]] = []
        if self.body.framed:
            for output in event.get("outputs", {}).values():
                if "path" in output:
                    files.append((str(len(files)), output.pop("path")))
                    output["part"] = files[-1][0]
        if not self.gone:
            self.write(line(event))
        for name, path in files:
            await self._send(name, path)

    async def _send(self, name: str, path: str) -> None:
        with open(path, "rb") as file:
            self.write(line({"event": "part", "part": name, "size": os.fstat(file.fileno()).st_size}))
            while not self.gone and (chunk := file.read(_CHUNK)):
                self.write(chunk)
                await self.flush()

    async def _pass_on(self, events: asyncio.Queue[Event | None]) -> bool:
        """Write events until None; says whether there was one."""
        begun = False
        while (event := await events.get()) is not None:
            lines = [line(event)]
            ended = False
            while not events.empty() and len(lines) < _MOST_LINES:
                more = events.get_nowait()
                if more is None:
                    ended = True
                    break
                lines.append(line(more))
            if not self.gone:
                begun = True
                self.write("".join(lines))
                await self.flush()
            if ended:
                break
        return begun


def _refusal(error: Busy | Refused) -> tuple[int, str, str]:
    if isinstance(error, Busy):
        return 429, "busy", "Too many executions are waiting. Try again later."
    return 503, "sandbox_unavailable", f"User code is not run here: {error}"


def line(event: Event) -> str:
    """One event as a line."""
    return json.dumps(event, separators=(",", ":")) + "\n"
