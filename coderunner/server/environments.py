"""Environments over HTTP: building one, what all build on, and removing what nobody names any more."""

from __future__ import annotations

import asyncio
import json
import os

from tornado.web import stream_request_body

from coderunner.packages import base
from coderunner.packages.environments import Failed, described
from coderunner.server import request
from coderunner.server.execution import Emit
from coderunner.server.handlers import Event, Handler, Jailed


class Base(Handler):
    """The interpreter and its packages."""

    async def get(self) -> None:
        described = {"python": base.python(), "platform": base.platform_name(), "base": base.fingerprint()}
        self.finish(json.dumps({**described, "packages": base.offered()}))


@stream_request_body
class Builds(Jailed):
    """Resolves and builds, and tells how it goes."""

    async def post(self) -> None:
        if not self.complete():
            return
        try:
            wanted = request.build(self.body, self.service)
        except request.BadRequest as error:
            self.fail(400, error.code, str(error))
            return

        async def run(emit: Emit) -> list[Event]:
            try:
                built = await self.environments.build(self.jailer, wanted, emit, self.begun)
            except Failed as failure:
                return [{"event": "error", **failure.error}]
            return [{"event": "result", **described(built)}]

        await self.follow(run)


class Collect(Handler):
    """Removes a tenant's trees that no version refers to."""

    async def post(self) -> None:
        try:
            tenant, keep, unused = request.collection(self.request.body)
        except request.BadRequest as error:
            self.fail(400, error.code, str(error))
            return
        if not self.environments.enabled:
            self.finish(json.dumps({"removed": []}))
            return
        loop = asyncio.get_running_loop()
        removed = await loop.run_in_executor(None, self.environments.store.collect, tenant, keep, unused)
        for tree in removed:
            self.jailer.forget(tree)
        self.finish(json.dumps({"removed": [os.path.basename(tree) for tree in removed]}))
