"""Taking outputs out of a dead jail. What is said of them is a claim until checked; only short JSON is parsed."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from typing import Any

_PORT = re.compile(r"[^\W\d]\w{0,99}")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,120}", re.ASCII)
_MOST_OUTPUTS = 64
_MOST_COLUMNS = 10_000
_COPY_STEP = 8 << 20


class BadOutput(Exception):
    """The jail sent something that is no output."""


class TooLarge(Exception):
    """The outputs are larger than allowed."""


@dataclass
class Output:
    """One claimed output; fd holds its content unless it is short JSON."""

    port: str
    fields: dict[str, Any]
    fd: int | None


class Outputs:
    """Gathers what one execution sends and stores it at the end."""

    def __init__(self, most_bytes: int, most_value_bytes: int) -> None:
        self._most = most_bytes
        self._most_value = most_value_bytes
        self._found: list[Output] = []
        self.stored_bytes = 0

    def add(self, message: dict[str, Any], fds: list[int]) -> None:
        """Note one output; its descriptor belongs to this from here on, whatever happens."""
        fd = fds[0] if fds else None
        for extra in fds[1:]:
            os.close(extra)
        try:
            output = Output(_port(message.get("port"), [o.port for o in self._found]), _fields(message), fd)
            if len(self._found) >= _MOST_OUTPUTS:
                raise BadOutput("too many outputs")
            if fd is None and "value" not in output.fields:
                raise BadOutput("an output without content")
        except BadOutput:
            if fd is not None:
                os.close(fd)
            raise
        self._found.append(output)

    @property
    def inline(self) -> bool:
        """Whether everything is here already, and no process can change it."""
        return all(output.fd is None for output in self._found)

    def values(self) -> dict[str, dict[str, Any]]:
        """The outputs when all are inline."""
        return {output.port: output.fields for output in self._found}

    def store(self, folder: str) -> dict[str, dict[str, Any]]:
        """Copy the contents into folder. Nobody can change them any more: their writers are dead."""
        stored: dict[str, dict[str, Any]] = {}
        for number, output in enumerate(self._found):
            if output.fd is not None:
                path = os.path.join(folder, f"{number}.{output.fields['kind']}")
                self._copy(output.fd, path, output.fields["kind"])
                output.fields["path"] = path
            stored[output.port] = output.fields
        return stored

    def _copy(self, fd: int, path: str, kind: str) -> None:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise BadOutput("an output that is not a regular file")
        self.stored_bytes += status.st_size
        if self.stored_bytes > self._most or (kind == "value" and status.st_size > self._most_value):
            raise TooLarge
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            offset = 0
            while offset < status.st_size:
                sent = os.sendfile(target, fd, offset, min(_COPY_STEP, status.st_size - offset))
                if sent == 0:
                    raise BadOutput("an output that ends early")
                offset += sent
        except OSError as error:
            raise BadOutput(f"an output that cannot be read: {error.strerror}") from error
        finally:
            os.close(target)

    def close(self) -> None:
        """Let go of the descriptors."""
        for output in self._found:
            if output.fd is not None:
                os.close(output.fd)
                output.fd = None


def _port(raw: Any, taken: list[str]) -> str:
    if not isinstance(raw, str) or not _PORT.fullmatch(raw) or raw in taken:
        raise BadOutput("an output without a name of its own")
    return raw


def _fields(message: dict[str, Any]) -> dict[str, Any]:
    kind = message.get("kind")
    if kind == "value":
        return _value(message)
    if kind == "table":
        return {"kind": "table", "table": _table(message.get("table"))}
    if kind == "file":
        name, media = message.get("name"), message.get("media_type")
        if not isinstance(name, str) or not isinstance(media, str) or not _MEDIA_TYPE.fullmatch(media):
            raise BadOutput("a file without name or type")
        name = "".join(c if c.isprintable() and c not in '/\\"' else "_" for c in os.path.basename(name))[:200]
        return {"kind": "file", "name": name.lstrip(".") or "file", "media_type": media}
    raise BadOutput("an output of no known kind")


def _value(message: dict[str, Any]) -> dict[str, Any]:
    if "json" not in message:
        return {"kind": "value"}
    text = message["json"]
    if not isinstance(text, str):
        raise BadOutput("a value that is not JSON")
    try:
        return {"kind": "value", "value": json.loads(text, parse_constant=_no_constant)}
    except (ValueError, RecursionError):
        raise BadOutput("a value that is not JSON") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _table(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not isinstance(raw.get("rows"), int) or not isinstance(raw.get("columns"), list):
        raise BadOutput("a table without a description")
    if raw["rows"] < 0 or len(raw["columns"]) > _MOST_COLUMNS:
        raise BadOutput("a table with an impossible description")
    columns = []
    for column in raw["columns"]:
        if not isinstance(column, dict) or not all(isinstance(column.get(key), str) for key in ("name", "type")):
            raise BadOutput("a table with an impossible column")
        columns.append({"name": column["name"][:1000], "type": column["type"][:4000]})
    return {"rows": raw["rows"], "columns": columns}
