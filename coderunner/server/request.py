"""What a caller asks for, checked."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from dataclasses import dataclass
from typing import Any

from coderunner.sandbox.limits import Limits
from coderunner.server.settings import Settings

_NAME = re.compile(r"[^\W\d]\w{0,62}")


class BadRequest(Exception):
    """The request cannot be served; the message says what to change."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Execution:
    """A checked request to run main()."""

    code: str
    arguments: dict[str, dict[str, Any]]
    output: str
    limits: Limits


def execution(body: bytes, settings: Settings) -> Execution:
    """Read and check the body of POST /executions."""
    raw = _object(body, {"code", "args", "output_dir", "limits"})
    arguments = raw.get("args", {})
    if not isinstance(arguments, dict):
        raise BadRequest("bad_request", "args must be an object of arguments by name.")
    checked = {name: _argument(name, argument, settings) for name, argument in arguments.items()}
    return Execution(
        code=_code(raw),
        arguments=checked,
        output=_output(raw.get("output_dir"), settings),
        limits=_limits(raw.get("limits", {}), settings),
    )


def inspection(body: bytes) -> str:
    """Read and check the body of POST /functions/inspect."""
    return _code(_object(body, {"code"}))


def _object(body: bytes, known: set[str]) -> dict[str, Any]:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("bad_request", f"The body is not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise BadRequest("bad_request", "The body must be a JSON object.")
    unknown = sorted(set(raw) - known)
    if unknown:
        raise BadRequest("bad_request", f"The field {unknown[0]!r} is not known; there are {', '.join(sorted(known))}.")
    return raw


def _code(raw: dict[str, Any]) -> str:
    code = raw.get("code")
    if not isinstance(code, str):
        raise BadRequest("bad_request", "code must be a text.")
    if "\0" in code:
        raise BadRequest("bad_request", "code holds a NUL character.")
    return code


def _argument(name: str, raw: Any, settings: Settings) -> dict[str, Any]:
    if not _NAME.fullmatch(name):
        raise BadRequest("bad_request", f"The argument name {name!r:.80} is not a word that Python can use.")
    if not isinstance(raw, dict) or raw.get("kind") not in ("value", "table", "file"):
        raise BadRequest("bad_request", f"args.{name}.kind must be value, table or file.")
    if raw["kind"] == "value":
        return {"kind": "value", "value": raw.get("value")}
    path = raw.get("path")
    if not isinstance(path, str):
        raise BadRequest("bad_request", f"args.{name}.path must be a text.")
    path = below(path, settings.allow_read, f"args.{name}.path")
    file_name = raw.get("name") or os.path.basename(path)
    if not isinstance(file_name, str) or "\0" in file_name:
        raise BadRequest("bad_request", f"args.{name}.name must be a text.")
    file_name = os.path.basename(file_name)[:200]
    return {"kind": raw["kind"], "path": path, "name": file_name if file_name not in ("", ".", "..") else "file"}


def below(path: str, allowed: tuple[str, ...], field: str) -> str:
    """The path with no link left in it, if it lies in an allowed folder."""
    try:
        real = os.path.realpath(path, strict=True)
    except (OSError, ValueError):
        raise BadRequest("bad_request", f"{field}: there is no {path!r}.") from None
    if not any(real == folder or real.startswith(os.path.join(folder, "")) for folder in allowed):
        raise BadRequest("path_not_allowed", f"{field}: {path!r} is not below a folder that this service may use.")
    return real


def _output(raw: Any, settings: Settings) -> str:
    if not isinstance(raw, str):
        raise BadRequest("bad_request", "output_dir must be the path of a folder for results.")
    real = below(raw, settings.allow_write, "output_dir")
    if not os.path.isdir(real):
        raise BadRequest("bad_request", "output_dir is not a folder.")
    return real


def _limits(raw: Any, settings: Settings) -> Limits:
    if not isinstance(raw, dict):
        raise BadRequest("bad_request", "limits must be an object.")
    seconds = _bounded(raw, "timeout_seconds", settings.limits.wall_seconds, settings.max_wall_seconds)
    memory = _bounded(raw, "memory_mib", settings.limits.memory_mib, settings.max_memory_mib)
    return dataclasses.replace(settings.limits, wall_seconds=float(seconds), memory_mib=int(memory))


def _bounded(raw: dict[str, Any], field: str, default: float, most: float) -> float:
    value = raw.get(field) or default
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise BadRequest("bad_request", f"limits.{field} must be a number above 0.")
    if value > most:
        raise BadRequest("limit_too_high", f"limits.{field} is {value:g}; this service allows at most {most:g}.")
    return value
