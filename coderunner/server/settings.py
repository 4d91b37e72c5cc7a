"""The service's settings, from its command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from coderunner import policy as policies
from coderunner.sandbox.layers import WAIVABLE
from coderunner.sandbox.limits import Limits


@dataclass(frozen=True)
class Settings:
    """How this service runs."""

    socket: str = ""
    port: int = 0
    host: str = "127.0.0.1"
    allow_read: tuple[str, ...] = ()
    allow_write: tuple[str, ...] = ()
    concurrency: int = 2
    queue: int = 1000
    pool: int = 4
    environments: int = 4
    allow_environments: tuple[str, ...] = ()
    policy: str = policies.DEFAULT
    limits: Limits = field(default_factory=Limits)
    max_wall_seconds: float = 3600.0
    max_memory_mib: int = 4096
    without: frozenset[str] = frozenset()
    die_with_parent: bool = False


def parse(arguments: Sequence[str]) -> Settings:
    """Read the command line; a wrong one ends the process with status 2, as argparse does."""
    cpus = len(os.sched_getaffinity(0))
    defaults = Limits(cpus=cpus)
    parser = argparse.ArgumentParser(prog="coderunner", description="Runs Python code in a jail, asked over HTTP.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--socket", default="", help="listen on this Unix socket")
    where.add_argument("--port", type=int, default=0, help="listen on this TCP port")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on with --port")
    parser.add_argument("--allow-read", action="append", default=[], metavar="DIR", help="inputs may lie below DIR")
    parser.add_argument("--allow-write", action="append", default=[], metavar="DIR", help="outputs may go below DIR")
    parser.add_argument("--concurrency", type=int, default=max(2, cpus), help="executions at the same time")
    parser.add_argument("--queue", type=int, default=1000, help="executions that may wait")
    parser.add_argument(
        "--pool", type=int, default=2 * max(2, cpus), help="jailed processes that wait for work, for each environment"
    )
    parser.add_argument(
        "--environments", type=int, default=4, help="environments whose processes are kept ready at the same time"
    )
    parser.add_argument(
        "--allow-environments", action="append", default=[], metavar="DIR", help="packages may lie in folders below DIR"
    )
    parser.add_argument(
        "--policy", choices=sorted(policies.NAMES), default=policies.DEFAULT, help="when a request names none"
    )
    parser.add_argument(
        "--timeout", type=float, default=defaults.wall_seconds, help="seconds, when a request names none"
    )
    parser.add_argument("--memory-mib", type=int, default=defaults.memory_mib, help="when a request names none")
    parser.add_argument("--disk-mib", type=int, default=defaults.disk_mib, help="private disk of an execution")
    parser.add_argument("--max-timeout", type=float, default=3600.0, help="most seconds a request may ask for")
    parser.add_argument("--max-memory-mib", type=int, default=4096, help="most memory a request may ask for")
    parser.add_argument("--die-with-parent", action="store_true", help="end when the process that started this ends")
    parser.add_argument(
        "--unsafe-without",
        action="append",
        default=[],
        choices=sorted(WAIVABLE),
        metavar="LAYER",
        help="DANGEROUS: run user code although this layer of the wall is missing: " + ", ".join(sorted(WAIVABLE)),
    )
    got = parser.parse_args(arguments)
    return Settings(
        socket=got.socket,
        port=got.port,
        host=got.host,
        allow_read=tuple(os.path.realpath(path) for path in [*got.allow_read, *got.allow_write]),
        allow_write=tuple(os.path.realpath(path) for path in got.allow_write),
        concurrency=got.concurrency,
        queue=got.queue,
        pool=max(0, got.pool),
        environments=max(1, got.environments),
        allow_environments=tuple(os.path.realpath(path) for path in got.allow_environments),
        policy=got.policy,
        limits=Limits(wall_seconds=got.timeout, memory_mib=got.memory_mib, disk_mib=got.disk_mib, cpus=cpus),
        max_wall_seconds=got.max_timeout,
        max_memory_mib=got.max_memory_mib,
        without=frozenset(got.unsafe_without),
        die_with_parent=got.die_with_parent,
    )
