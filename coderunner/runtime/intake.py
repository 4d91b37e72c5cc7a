"""Taking in work: the inputs and the request that the service sends to a jail that waits."""

from __future__ import annotations

import errno
import json
import os
import select
import socket
from dataclasses import dataclass, field
from typing import Any

from coderunner.runtime.failures import Failure
from coderunner.sandbox import wire
from coderunner.sandbox.limits import Limits

_COPY_STEP = 8 << 20


@dataclass
class Work:
    """What the service wants to be run."""

    request: dict[str, Any]
    limits: Limits
    tables: dict[str, int] = field(default_factory=dict)


def waits(end: socket.socket) -> bool:
    """Whether a message is there already."""
    return bool(select.select([end], [], [], 0)[0])


def receive(end: socket.socket, job: str) -> Work | None:
    """The next piece of work, once it is complete; None when the service is gone. A table stays open, since its reader
    takes a descriptor; a file is copied to the private disk, since code wants a path."""
    tables: dict[str, int] = {}
    failed: Failure | None = None
    while True:
        received = wire.receive(end)
        if received is None:
            return None
        message, fds = received
        if message["op"] == "inputs":
            for entry, fd in zip(message["inputs"], fds, strict=True):
                if entry["kind"] == "table":
                    tables[entry["argument"]] = fd
                    continue
                try:
                    _copy(fd, f"{job}/in/{entry['argument']}", entry["name"])
                except OSError as error:
                    failed = failed or _failure(entry["name"], error, message["disk_mib"])
                finally:
                    os.close(fd)
            continue
        request = message["request"] if "request" in message else _read(fds[0])
        if failed:
            raise failed
        return Work(request=request, limits=Limits(**message["limits"]), tables=tables)


def _read(fd: int) -> dict[str, Any]:
    with os.fdopen(fd, "rb") as file:
        request: dict[str, Any] = json.load(file)
    return request


def _copy(source: int, folder: str, name: str) -> None:
    os.mkdir(folder, 0o700)
    out = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        while os.sendfile(out, source, None, _COPY_STEP):
            pass
    finally:
        os.close(out)


def _failure(name: str, error: OSError, disk_mib: int) -> Failure:
    if error.errno in (errno.ENOSPC, errno.EFBIG):
        return Failure("bad_input", f"The file {name!r} does not fit on the execution's disk of {disk_mib} MiB.")
    return Failure("bad_input", f"The file {name!r} cannot be read: {error.strerror}.")
