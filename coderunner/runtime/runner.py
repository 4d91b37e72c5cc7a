"""The life of an execution inside the jail: read the request, call main(), send what came of it."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import os
import signal
import socket
import sys
import types
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from coderunner import policy
from coderunner.runtime import arguments, failures, inspecting, logs, results, signature
from coderunner.runtime.channel import Channel
from coderunner.runtime.failures import Failure
from coderunner.sandbox.limits import Limits


def run(end: socket.socket, request_fd: int, tables: Mapping[str, int], job: str, limits: Limits) -> int:
    """Do what the request says; gives the process's exit code."""
    channel = Channel(end)
    with os.fdopen(request_fd, "rb") as file:
        request = json.load(file)
    code: str = request["code"]
    if request["op"] == "inspect":
        channel.send_json(inspecting.inspect(code), f"{job}/inspected", port="result")
        channel.send("done")
        return 0
    out, err = logs.install(channel)
    try:
        _surroundings(job, limits)
        _watch_time(channel, request.get("remaining_seconds", limits.wall_seconds))
        returned = _call(code, request.get("policy", "isolated"), request["args"], tables, job)
        out.finish()
        err.finish()
        results.send(channel, returned, job)
    except BaseException as error:  # noqa: BLE001 - whatever the code raised is told, not raised further
        signal.setitimer(signal.ITIMER_REAL, 0)
        out.finish()
        err.finish()
        channel.send("error", **failures.describe(error))
        return 0
    channel.send("done")
    return 0


def _call(source: str, policy_name: str, given: Mapping[str, Any], tables: Mapping[str, int], job: str) -> Any:
    rules = policy.by_name(policy_name)
    failures.remember_source(source)
    try:
        tree = ast.parse(source, failures.FILE)
        compiled = rules.compile(source, failures.FILE)
    except SyntaxError as error:
        raise failures.syntax(error) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Failure(
            "syntax_error", f"The code cannot be read: {error or type(error).__name__}", line=1, column=1
        ) from None
    definition = signature.find_main(tree)
    if definition is None:
        raise Failure("no_main", "The code has no function main().", "Define it: def main(orders): …")
    bound = arguments.bind(signature.parameters(definition), definition.args.kwarg is not None, given, tables, job)
    module = types.ModuleType("main")
    module.__dict__.update(rules.globals())
    sys.modules["main"] = module
    exec(compiled, module.__dict__)  # noqa: S102 - this is what the jail is for
    main = module.__dict__.get("main")
    if not callable(main):
        raise Failure("no_main", "main is not a function once the code has run.", "Do not assign to the name main.")
    positional = [a.arg for a in definition.args.posonlyargs]
    returned = main(*[bound.pop(name) for name in positional if name in bound], **bound)
    return asyncio.run(returned) if inspect.iscoroutine(returned) else returned


def _surroundings(job: str, limits: Limits) -> None:
    """What a fork must not share with its siblings, and what code expects of a machine of this size."""
    np.random.seed()
    pa.set_cpu_count(limits.cpus)
    pa.set_io_thread_count(2)
    os.environ["HOME"] = job
    hidden = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != hidden]
    sys.argv = ["main.py"]


def _watch_time(channel: Channel, seconds: float) -> None:
    """Say where the code was when its time ran out. The service kills it in any case."""

    def late(_: int, frame: types.FrameType | None) -> None:
        place = failures.at(frame)
        where = f"Line {place['line']}: the" if place else "The"
        channel.send(
            "error",
            code="time_limit",
            message=f"{where} code was still running when its time of {seconds:g} s was over.",
            hint="Make it do less, or raise the step's time limit.",
            **place,
        )
        os._exit(0)

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
