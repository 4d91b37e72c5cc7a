"""The HTTP interface."""

from __future__ import annotations

import dataclasses
import json

from tornado.web import Application, stream_request_body

from coderunner.egress.policy import Policy
from coderunner.egress.proxy import Proxy
from coderunner.packages.environments import Environments, Failed
from coderunner.packages.store import Tree, modules
from coderunner.sandbox.outfit import Outfit
from coderunner.server import environments as environment_handlers
from coderunner.server import request
from coderunner.server.cell import Input
from coderunner.server.execution import Emit, Work
from coderunner.server.handlers import Event, Handler, Jailed
from coderunner.server.jailer import Busy, Jailer, Refused
from coderunner.server.metrics import Metrics
from coderunner.server.settings import Settings

_PREFIX = "/api/coderunner/v1"
_INSPECT_SECONDS = 10.0
_INSPECT_MEMORY_MIB = 256


class _Alive(Handler):
    async def get(self) -> None:
        self.finish('{"status":"ok"}')


class _Ready(Handler):
    async def get(self) -> None:
        status = self.jailer.status()
        if status["status"] != "ok":
            self.set_status(503)
        self.finish(json.dumps(status))


class _Metrics(Handler):
    async def get(self) -> None:
        self.set_header("Content-Type", "text/plain; version=0.0.4")
        self.finish(self.metrics.render())


@stream_request_body
class _Executions(Jailed):
    async def post(self) -> None:
        if not self.complete():
            return
        try:
            wanted = request.execution(self.body, self.service)
            inputs = request.open_inputs(wanted.arguments)
        except request.BadRequest as error:
            self.fail(400, error.code, str(error))
            return
        try:
            await self._run(wanted, inputs)
        finally:
            request.close_inputs(inputs)

    async def _run(self, wanted: request.Execution, inputs: list[Input]) -> None:
        async def run(emit: Emit) -> list[Event]:
            try:
                async with self.environments.use(self.jailer, wanted.environment, emit, self.begun) as tree:
                    work = _work(wanted, inputs, tree, self.service, emit)
                    outputs, failed, usage = await self.jailer.run(work, emit, self.begun)
            except Failed as failure:
                return [{"event": "error", **failure.error}]
            last = {"event": "error", **failed} if failed else {"event": "result", "outputs": outputs}
            return [last, {"event": "usage", **usage}]

        await self.follow(run)


@stream_request_body
class _Inspect(Jailed):
    """The code is parsed in a jail, too: a parser of hostile text is no place for trust."""

    async def post(self) -> None:
        if not self.complete():
            return
        try:
            wanted = request.inspection(self.body, self.service)
        except request.BadRequest as error:
            self.fail(400, error.code, str(error))
            return
        limits = dataclasses.replace(self.service.limits, wall_seconds=_INSPECT_SECONDS, memory_mib=_INSPECT_MEMORY_MIB)
        body = {"op": "inspect", "code": wanted.code, "policy": wanted.policy, "environment": self._modules(wanted)}
        work = Work(request=body, inputs=[], limits=limits)
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

    def _modules(self, wanted: request.Inspection) -> dict[str, object] | None:
        """What the environment adds. One that is not on this machine yet is not built to look at code."""
        if wanted.environment is None:
            return None
        added: list[str] = []
        if wanted.environment.lock:
            if not self.environments.enabled:
                return None
            tree = self.environments.store.find(wanted.environment.tenant, wanted.environment.lock)
            if tree is None:
                return None
            added = modules(tree)
        return {"name": wanted.name, "modules": added}


def _work(wanted: request.Execution, inputs: list[Input], tree: Tree | None, settings: Settings, emit: Emit) -> Work:
    arguments = {
        name: argument if argument["kind"] == "value" else {"kind": argument["kind"], "name": argument["name"]}
        for name, argument in wanted.arguments.items()
    }
    proxy = None
    if wanted.egress:
        policy = Policy(wanted.egress, settings.egress_networks)
        proxy = Proxy(policy, lambda level, text: emit({"event": "log", "level": level, "text": text}))
    body = {
        "op": "call",
        "code": wanted.code,
        "args": arguments,
        "policy": wanted.policy,
        "env": wanted.env,
        "secrets": wanted.secrets,
        "egress": proxy is not None,
    }
    # A fork of a process that has loaded matplotlib costs more, so only work that speaks of it gets one.
    charts = "matplotlib" in wanted.code
    return Work(
        request=body,
        inputs=inputs,
        limits=wanted.limits,
        output=wanted.output,
        secrets=tuple(wanted.secrets.values()),
        outfit=Outfit(packages=tree.path if tree else "", charts=charts, egress=proxy is not None),
        proxy=proxy,
    )


def make(settings: Settings, jailer: Jailer, metrics: Metrics, environments: Environments) -> Application:
    """The application with its routes."""
    shared = {"settings": settings, "jailer": jailer, "metrics": metrics, "environments": environments}
    return Application(
        [
            (f"{_PREFIX}/executions", _Executions, shared),
            (f"{_PREFIX}/functions/inspect", _Inspect, shared),
            (f"{_PREFIX}/environments/builds", environment_handlers.Builds, shared),
            (f"{_PREFIX}/environments/base", environment_handlers.Base, shared),
            (f"{_PREFIX}/environments/collect", environment_handlers.Collect, shared),
            ("/healthz", _Alive, shared),
            ("/readyz", _Ready, shared),
            ("/metrics", _Metrics, shared),
        ],
        log_function=lambda _: None,
    )
