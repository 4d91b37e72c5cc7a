"""The life of an execution inside the jail: wait for work, call main(), send what came of it."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import random
import signal
import socket
import sys
import types
from typing import Any

import numpy as np
import pyarrow as pa

from coderunner import policy
from coderunner.runtime import arguments, failures, inspecting, intake, logs, network, results, signature, warming
from coderunner.runtime.channel import Channel
from coderunner.runtime.failures import Failure
from coderunner.runtime.intake import Work
from coderunner.sandbox import limits


def serve(end: socket.socket, job: str, base_data: int, warm: bool) -> int:
    """Wait for one piece of work and do it; gives the process's exit code. If it is to be warm, and while nothing is
    there to do, go through what any work does, so that the pages that it touches are this process's own by then."""
    channel = Channel(end)
    streams = logs.install(channel)
    if job != os.environ.get("HOME"):
        os.environ["HOME"] = job
    if not intake.waits(end):
        if warm:
            warming.run()
        channel.send("ready")
    try:
        work = intake.receive(end, job)
    except Failure as error:
        channel.send("error", **failures.describe(error))
        return 0
    if work is None:
        return 0
    limits.tighten(work.limits, base_data)
    if work.request["op"] == "inspect":
        found = inspecting.inspect(work.request["code"], work.request["policy"], work.request["environment"])
        channel.send_json(found, f"{job}/inspected", port="result")
        channel.send("done")
        return 0
    _call(channel, work, streams, job)
    return 0


def _call(channel: Channel, work: Work, streams: logs.Streams, job: str) -> None:
    request = work.request
    streams.hide(request["secrets"].values())
    if request.get("egress"):
        network.use_proxy()
    os.environ.update(request["env"])
    os.environ.update(request["secrets"])
    try:
        pa.set_cpu_count(work.limits.cpus)
        _watch_time(channel, work.limits.wall_seconds)
        returned = _returned(work, job)
        streams.finish()
        results.send(channel, returned, job)
    except BaseException as error:  # noqa: BLE001 - whatever the code raised is told, not raised further
        signal.setitimer(signal.ITIMER_REAL, 0)
        streams.finish()
        channel.send("error", **failures.describe(error))
        return
    channel.send("done")


def _returned(work: Work, job: str) -> Any:
    source: str = work.request["code"]
    rules = policy.by_name(work.request["policy"])
    failures.remember_source(source)
    try:
        tree = ast.parse(source, failures.FILE)
        definition = signature.find_main(tree)
        # Read before the tree is compiled, which may rewrite it.
        wanted = signature.parameters(definition)
        compiled = rules.compile(tree, failures.FILE)
    except SyntaxError as error:
        raise failures.syntax(error) from None
    except policy.Violation as violation:
        raise failures.violation(violation) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Failure(
            "syntax_error", f"The code cannot be read: {error or type(error).__name__}", line=1, column=1
        ) from None
    if definition is None:
        raise Failure("no_main", "The code has no function main().", "Define it: def main(orders): …")
    takes_any = definition.args.kwarg is not None
    bound = arguments.bind(wanted, takes_any, work.request["args"], work.tables, job)
    positional = [a.arg for a in definition.args.posonlyargs]
    module = types.ModuleType("main")
    module.__dict__.update(rules.globals())
    sys.modules["main"] = module
    exec(compiled, module.__dict__)  # noqa: S102 - this is what the jail is for
    main = module.__dict__.get("main")
    if not callable(main):
        raise Failure("no_main", "main is not a function once the code has run.", "Do not assign to the name main.")
    returned = main(*[bound.pop(name) for name in positional if name in bound], **bound)
    return asyncio.run(returned) if inspect.iscoroutine(returned) else returned


def settle() -> None:
    """Make the process look as code expects of its surroundings. Done before a fork where that can be."""
    hidden = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != hidden]
    sys.argv = ["main.py"]


def reseed() -> None:
    """Give the generators of random numbers a new start. The zygote does so before each fork, since a fork shares what
    it has: here that is two pages, in the child it would be hundreds."""
    random.seed()
    # Without words of our own numpy would go a long way round to find some.
    np.random.seed(np.frombuffer(os.urandom(32), dtype=np.uint32))


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
