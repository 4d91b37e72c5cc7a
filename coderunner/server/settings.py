"""The service's settings, from its command line."""

from __future__ import annotations

import argparse
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from coderunner import policy as policies
from coderunner.egress.addresses import Network
from coderunner.egress.hosts import BadHost, Host
from coderunner.egress.hosts import parse as parse_host
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
    policy: str = policies.DEFAULT
    limits: Limits = field(default_factory=Limits)
    max_wall_seconds: float = 3600.0
    max_memory_mib: int = 4096
    without: frozenset[str] = frozenset()
    die_with_parent: bool = False
    environment_dir: str = ""
    allow_source_builds: bool = False
    package_hosts: tuple[Host, ...] = ()
    egress_networks: tuple[Network, ...] = ()
    max_environment_mib: int = 4096
    max_upload_mib: int = 8192
    build_seconds: float = 1800.0
    build_memory_mib: int = 2048


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
        "--policy", choices=sorted(policies.NAMES), default=policies.DEFAULT, help="when a request names none"
    )
    parser.add_argument(
        "--timeout", type=float, default=defaults.wall_seconds, help="seconds, when a request names none"
    )
    parser.add_argument("--memory-mib", type=int, default=defaults.memory_mib, help="when a request names none")
    parser.add_argument("--disk-mib", type=int, default=defaults.disk_mib, help="private disk of an execution")
    parser.add_argument("--max-timeout", type=float, default=3600.0, help="most seconds a request may ask for")
    parser.add_argument("--max-memory-mib", type=int, default=4096, help="most memory a request may ask for")
    _environment_arguments(parser)
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
        policy=got.policy,
        limits=Limits(wall_seconds=got.timeout, memory_mib=got.memory_mib, disk_mib=got.disk_mib, cpus=cpus),
        max_wall_seconds=got.max_timeout,
        max_memory_mib=got.max_memory_mib,
        without=frozenset(got.unsafe_without),
        die_with_parent=got.die_with_parent,
        environment_dir=os.path.realpath(got.environment_dir) if got.environment_dir else "",
        allow_source_builds=got.allow_source_builds,
        package_hosts=tuple(got.package_host),
        egress_networks=tuple(got.egress_network),
        max_environment_mib=got.max_environment_mib,
        max_upload_mib=got.max_upload_mib,
        build_seconds=got.build_timeout,
    )


def _environment_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--environment-dir", default="", metavar="DIR", help="keep the packages of environments in DIR")
    parser.add_argument("--max-environment-mib", type=int, default=4096, help="most disk that building one may take")
    parser.add_argument("--max-upload-mib", type=int, default=8192, help="most that may come with one request")
    parser.add_argument("--build-timeout", type=float, default=1800.0, help="seconds that building one may take")
    parser.add_argument(
        "--package-host",
        action="append",
        default=[],
        type=_host,
        metavar="HOST",
        help="host beside those of pip's own configuration that builds may reach, such as one that an index sends to",
    )
    parser.add_argument(
        "--allow-source-builds",
        action="store_true",
        help="let environments be built from sources, which runs what the packages bring, in the jail",
    )
    parser.add_argument(
        "--egress-network",
        action="append",
        default=[],
        type=_network,
        metavar="CIDR",
        help="network that is not public and that environments may be allowed to reach",
    )


def _host(text: str) -> Host:
    try:
        return parse_host(text)
    except BadHost as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
