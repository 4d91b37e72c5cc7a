"""The HTTP interface."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import Application, RequestHandler

from coderunner.server import request
from coderunner.server.cell import Input
from coderunner.server.execution import Execution, Work
from coderunner.server.jailer import Busy, Jailer, Refused
from coderunner.server.metrics import Metrics
from coderunner.server.settings import Settings

_PREFIX = "/api/coderunner/v1"
_INSPECT_SECONDS = 10.0
_INSPECT_MEMORY_MIB = 256


class _Handler(RequestHandler):
    """What all handlers share."""

    def initialize(self, settings: Settings, jailer: Jailer, metrics: Metrics) -> None:
        self.service = settings
        self.jailer = jailer
        self.metrics = metrics

    def set_default_headers(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.clear_header("Server")

    def fail(self, status: int, code: str, message: str) -> None:
        """Answer with an error before anything has run."""
        self.set_status(status)
        self.finish(json.dumps({"code": code, "message": message}))

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish(json.dumps({"code": "http_error", "message": self._reason}))


class _Alive(_Handler):
    async def get(self) -> None:
        self.finish('{"status":"ok"}')


class _Ready(_Handler):
    async def get(self) -> None:
        status = self.jailer.status()
        if status["status"] != "ok":
            self.set_status(503)
        self.finish(json.dumps(status))


class _Metrics(_Handler):
    async def get(self) -> None:
        self.set_header("Content-Type", "text/plain; version=0.0.4")
        self.finish(self.metrics.render())


class _Jailed(_Handler):
    """Runs work and follows the caller: when it goes away, the work ends."""

    execution: Execution | None = None
    gone = False

    def on_connection_close(self) -> None:
        self.gone = True
        if self.execution is not None:
            self.execution.cancel()

    def begun(self, execution: Execution) -> None:
        """Remember what to cancel."""
        self.execution = execution
        if self.gone:
            execution.cancel()

    def refuse(self, error: Busy | Refused) -> None:
        """Say why nothing runs."""
        if isinstance(error, Busy):
            self.fail(429, "busy", "Too many executions are waiting. Try again later.")
        else:
            self.fail(503, "sandbox_unavailable", f"User code is not run here: {error}")


class _Executions(_Jailed):
    async def post(self) -> None:
        try:
            wanted = request.execution(self.request.body, self.service)
            inputs = request.open_inputs(wanted.arguments)
        except request.BadRequest as error:
            self.fail(400, error.code, str(error))
            return
        try:
            await self._run(_work(wanted, inputs))
        finally:
            request.close_inputs(inputs)

    async def _run(self, work: Work) -> None:
        events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        task = asyncio.ensure_future(self.jailer.run(work, events.put_nowait, self.begun))
        task.add_done_callback(lambda _: events.put_nowait(None))
        self.set_header("Content-Type", "application/x-ndjson")
        try:
            await self._stream(events)
            outputs, failed, usage = await task
        except (Busy, Refused) as refusal:
            self.refuse(refusal)
            return
        except StreamClosedError:
            await asyncio.gather(task, return_exceptions=True)
            return
        last = {"event": "error", **failed} if failed else {"event": "result", "outputs": outputs}
        if not self.gone:
            await self.finish(_line(last) + _line({"event": "usage", **usage}))

    async def _stream(self, events: asyncio.Queue[dict[str, Any] | None]) -> None:
        while (event := await events.get()) is not None:
            lines = [_line(event)]
            ended = False
            while not events.empty() and len(lines) < 1000:
                more = events.get_nowait()
                if more is None:
                    ended = True
                    break
                lines.append(_line(more))
            if not self.gone:
                self.write("".join(lines))
                await self.flush()
            if ended:
                return


class _Inspect(_Jailed):
    """The code is parsed in a jail, too: a parser of hostile text is no place for trust."""

    async def post(self) -> None:
        try:
            code, policy, environment = request.inspection(self.request.body, self.service)
        except request.BadRequest as error:
            self.fail(400, error.code, str(error))
            return
        limits = dataclasses.replace(self.service.limits, wall_seconds=_INSPECT_SECONDS, memory_mib=_INSPECT_MEMORY_MIB)
        body = {"op": "inspect", "code": code, "policy": policy}
        work = Work(request=body, inputs=[], limits=limits, environment=environment)
        try:
            outputs, failed, _ = await self.jailer.run(work, lambda _: None, self.begun)
        except (Busy, Refused) as refusal:
            self.refuse(refusal)
            return
        if self.gone:
            return
        found = outputs.get("result", {}).get("value")
        if failed or found is None:
            self.fail(422, "inspect_failed", failed["message"] if failed else "The code could not be inspected.")
            return
        self.finish(json.dumps(found))


def _work(wanted: request.Execution, inputs: list[Input]) -> Work:
    arguments = {
        name: argument if argument["kind"] == "value" else {"kind": argument["kind"], "name": argument["name"]}
        for name, argument in wanted.arguments.items()
    }
    body = {
        "op": "call",
        "code": wanted.code,
        "args": arguments,
        "policy": wanted.policy,
        "env": wanted.env,
        "secrets": wanted.secrets,
    }
    return Work(
        request=body,
        inputs=inputs,
        limits=wanted.limits,
        output=wanted.output,
        secrets=tuple(wanted.secrets.values()),
        environment=wanted.environment,
        # A fork of a process that has loaded matplotlib costs more, so only work that speaks of it gets one.
        charts="matplotlib" in wanted.code,
    )


def _line(event: dict[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":")) + "\n"


def make(settings: Settings, jailer: Jailer, metrics: Metrics) -> Application:
    """The application with its routes."""
    shared = {"settings": settings, "jailer": jailer, "metrics": metrics}
    return Application(
        [
            (f"{_PREFIX}/executions", _Executions, shared),
            (f"{_PREFIX}/functions/inspect", _Inspect, shared),
            ("/healthz", _Alive, shared),
            ("/readyz", _Ready, shared),
            ("/metrics", _Metrics, shared),
        ],
        log_function=lambda _: None,
    )
