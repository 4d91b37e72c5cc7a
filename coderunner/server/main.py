"""Wiring: settings, jailer and HTTP server, from start to a signal."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets, bind_unix_socket

from coderunner.packages.environments import Environments
from coderunner.sandbox import linux
from coderunner.server import app
from coderunner.server.jailer import Jailer
from coderunner.server.metrics import Metrics
from coderunner.server.settings import Settings, parse

_log = logging.getLogger("coderunner")

# JSON arguments travel in the body; tables and files do not.
_MAX_BODY = 64 << 20


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "logger": record.name,
            "msg": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


# What the sandbox loads into every process that runs code; it would find out only there, again and again.
_NEEDED = ("numpy", "pandas", "pyarrow")


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit code."""
    settings = parse(arguments)
    for name in _NEEDED:
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    if settings.die_with_parent:
        linux.die_with_parent()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    for layer in sorted(settings.without):
        _log.warning("UNSAFE: user code will run without the layer %s, as --unsafe-without says", layer)
    metrics = Metrics()
    environments = Environments(settings)
    jailer = Jailer(settings, metrics)
    server = HTTPServer(
        app.make(settings, jailer, metrics, environments),
        max_body_size=_MAX_BODY,
        max_buffer_size=_MAX_BODY + (1 << 20),
    )
    if settings.socket:
        server.add_socket(bind_unix_socket(settings.socket, mode=0o600))
    else:
        server.add_sockets(bind_sockets(settings.port, settings.host))
    environments.start()
    jailer.start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _log.info("listening on %s", settings.socket or f"{settings.host}:{settings.port}")
    await stop.wait()
    server.stop()
    await jailer.stop()
    await server.close_all_connections()
    if settings.socket and os.path.exists(settings.socket):
        os.unlink(settings.socket)
