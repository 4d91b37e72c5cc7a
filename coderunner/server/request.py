"""What a caller asks for, checked."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import stat
from dataclasses import dataclass
from typing import Any

from coderunner import policy as policies
from coderunner.sandbox import linux
from coderunner.sandbox.limits import Limits
from coderunner.server.cell import Input
from coderunner.server.settings import Settings

_NAME = re.compile(r"[^\W\d]\w{0,62}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
# A process may have only so many files open.
_MOST_FILES = 128


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
    policy: str
    env: dict[str, str]
    secrets: dict[str, str]
    environment: str


def execution(body: bytes, settings: Settings) -> Execution:
    """Read and check the body of POST /executions."""
    known = {"code", "args", "output_dir", "limits", "policy", "env", "secrets", "environment"}
    raw = _object(body, known)
    arguments = raw.get("args", {})
    if not isinstance(arguments, dict):
        raise BadRequest("bad_request", "args must be an object of arguments by name.")
    checked = {name: _argument(name, argument, settings) for name, argument in arguments.items()}
    files = sum(argument["kind"] != "value" for argument in checked.values())
    if files > _MOST_FILES:
        raise BadRequest("bad_request", f"args has {files} tables and files; at most {_MOST_FILES} can be given.")
    env, secrets = _variables(raw, "env"), _variables(raw, "secrets")
    twice = sorted(set(env) & set(secrets))
    if twice:
        raise BadRequest("bad_request", f"env and secrets both have {twice[0]!r}. Remove one of them.")
    return Execution(
        code=_code(raw),
        arguments=checked,
        output=_output(raw.get("output_dir"), settings),
        limits=_limits(raw.get("limits", {}), settings),
        policy=_policy(raw, settings),
        env=env,
        secrets=secrets,
        environment=_environment(raw, settings),
    )


def inspection(body: bytes, settings: Settings) -> tuple[str, str, str]:
    """Read and check the body of POST /functions/inspect: the code, the policy and the environment."""
    raw = _object(body, {"code", "policy", "environment"})
    return _code(raw), _policy(raw, settings), _environment(raw, settings)


def open_inputs(arguments: dict[str, dict[str, Any]]) -> list[Input]:
    """Open the tables and files among the arguments. No link is followed, whatever became of the path meanwhile."""
    opened: list[Input] = []
    try:
        for name, argument in arguments.items():
            if argument["kind"] == "value":
                continue
            fd = linux.open_plain(argument["path"])
            opened.append(Input(name, argument["kind"], argument["name"], fd))
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise BadRequest("bad_request", f"args.{name}.path is not a regular file.")
            os.set_blocking(fd, True)
    except OSError as error:
        close_inputs(opened)
        raise BadRequest("bad_request", f"args.{name}.path cannot be read: {os.strerror(error.errno or 0)}.") from None
    except BadRequest:
        close_inputs(opened)
        raise
    return opened


def close_inputs(inputs: list[Input]) -> None:
    """Let go of what was opened."""
    for entry in inputs:
        os.close(entry.fd)


def _variables(raw: dict[str, Any], field: str) -> dict[str, str]:
    found = raw.get(field, {})
    if not isinstance(found, dict):
        raise BadRequest("bad_request", f"{field} must be an object of texts by name.")
    for name, value in found.items():
        if not _VARIABLE.fullmatch(name):
            raise BadRequest("bad_request", f"{field} has the name {name!r:.80}; use letters, digits and _.")
        # The value itself is not shown: it may be the secret.
        if not isinstance(value, str) or "\0" in value:
            raise BadRequest("bad_request", f"{field}.{name} must be a text without NUL characters.")
    return found


def _policy(raw: dict[str, Any], settings: Settings) -> str:
    name = raw.get("policy") or settings.policy
    if not isinstance(name, str) or name not in policies.NAMES:
        raise BadRequest("bad_request", f"policy must be one of {', '.join(sorted(policies.NAMES))}.")
    return name


def _environment(raw: dict[str, Any], settings: Settings) -> str:
    path = raw.get("environment") or ""
    if not isinstance(path, str):
        raise BadRequest("bad_request", "environment must be the path of a folder of packages.")
    if not path:
        return ""
    real = below(path, settings.allow_environments, "environment")
    if not os.path.isdir(real):
        raise BadRequest("bad_request", "environment is not a folder.")
    return real


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
