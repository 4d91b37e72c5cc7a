"""What a caller asks for, checked."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coderunner import policy as policies
from coderunner.egress.hosts import BadHost, Host, parse_all
from coderunner.packages import lock, requirement
from coderunner.packages.environments import Wanted
from coderunner.packages.store import allowed_tenant
from coderunner.sandbox import linux
from coderunner.sandbox.limits import Limits
from coderunner.server.body import Body
from coderunner.server.cell import Input
from coderunner.server.settings import Settings

_NAME = re.compile(r"[^\W\d]\w{0,62}")
_WHEEL = re.compile(r"[A-Za-z0-9_.]+-[A-Za-z0-9_.!+]+(-\d[A-Za-z0-9_.]*)?(-[A-Za-z0-9_.]+){3}\.whl")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
# A process may have only so many files open.
_MOST_FILES = 128
_LONGEST_NAME = 100


class BadRequest(Exception):
    """The request cannot be served; the message says what to change."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class _Files:
    """The files that a request may name: by path, or by the part of it that they came as."""

    body: Body
    settings: Settings

    def find(self, raw: dict[str, Any], field: str) -> str:
        """The path of what the object names by part or path."""
        part, path = raw.get("part"), raw.get("path")
        if part is not None:
            found = self.body.parts.get(part) if isinstance(part, str) else None
            if found is None:
                raise BadRequest("bad_request", f"{field}.part: the request has no part {part!r:.80}.")
            return os.path.realpath(found)
        if not isinstance(path, str):
            raise BadRequest("bad_request", f"{field}.path must be a text.")
        return below(path, self.settings.allow_read, f"{field}.path")


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
    environment: Wanted
    egress: tuple[Host, ...]


def execution(body: Body, settings: Settings) -> Execution:
    """Read and check the body of POST /executions."""
    known = {"code", "args", "output_dir", "limits", "policy", "env", "secrets", "environment", "egress"}
    raw = _object(body.request, known)
    named = _Files(body, settings)
    arguments = raw.get("args", {})
    if not isinstance(arguments, dict):
        raise BadRequest("bad_request", "args must be an object of arguments by name.")
    checked = {name: _argument(name, argument, named) for name, argument in arguments.items()}
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
        output=body.output() if body.framed else _output(raw.get("output_dir"), settings),
        limits=_limits(raw.get("limits", {}), settings),
        policy=_policy(raw, settings),
        env=env,
        secrets=secrets,
        environment=_environment(raw.get("environment"), named),
        egress=_egress(raw.get("egress", [])),
    )


@dataclass(frozen=True)
class Inspection:
    """A checked request to look at code."""

    code: str
    policy: str
    environment: Wanted | None  # in which its imports are looked for
    name: str  # of the environment, for people


def inspection(body: Body, settings: Settings) -> Inspection:
    """Read and check the body of POST /functions/inspect."""
    raw = _object(body.request, {"code", "policy", "environment"})
    wanted, name = raw.get("environment"), ""
    if wanted is not None:
        name = wanted.get("name", "default") if isinstance(wanted, dict) else ""
        if not isinstance(name, str) or len(name) > _LONGEST_NAME:
            raise BadRequest("bad_request", f"environment.name must be a text of up to {_LONGEST_NAME} characters.")
    found = None if wanted is None else _environment(wanted, _Files(body, settings))
    return Inspection(_code(raw), _policy(raw, settings), found, name)


def build(body: Body, settings: Settings) -> Wanted:
    """Read and check the body of POST /environments/builds."""
    raw = _object(body.request, {"tenant", "requirements", "lock", "wheels", "source"})
    lines = raw.get("requirements", [])
    if not isinstance(lines, list) or not all(isinstance(text, str) for text in lines):
        raise BadRequest("bad_request", "requirements must be a list of texts.")
    try:
        requirements = requirement.check(lines)
    except requirement.BadRequirement as error:
        raise BadRequest("bad_requirement", str(error)) from None
    return dataclasses.replace(_wanted(raw, "", _Files(body, settings)), requirements=requirements)


def collection(body: bytes) -> tuple[str, set[str], float]:
    """Read and check the body of POST /environments/collect."""
    raw = _object(body, {"tenant", "keep", "unused_seconds"})
    keep, unused = raw.get("keep", []), raw.get("unused_seconds", 0)
    if not isinstance(keep, list) or not all(isinstance(text, str) for text in keep):
        raise BadRequest("bad_request", "keep must be a list of digests of locks.")
    if isinstance(unused, bool) or not isinstance(unused, int | float) or not unused >= 0:
        raise BadRequest("bad_request", "unused_seconds must be a number that is not below 0.")
    return _tenant(raw, ""), set(keep), float(unused)


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


def _environment(raw: Any, files: _Files) -> Wanted:
    if raw is None:
        return Wanted("", [], None, [], False)
    if not isinstance(raw, dict):
        raise BadRequest("bad_request", "environment must be an object.")
    if raw.get("lock") is None:
        raise BadRequest("bad_request", "environment.lock must be a list of packages.")
    return _wanted(raw, "environment.", files)


def _wanted(raw: dict[str, Any], prefix: str, files: _Files) -> Wanted:
    try:
        found = None if raw.get("lock") is None else lock.parse(raw["lock"])
    except lock.BadLock as error:
        raise BadRequest("bad_request", f"{prefix}lock: {error}.") from None
    source = raw.get("source", False)
    if not isinstance(source, bool):
        raise BadRequest("bad_request", f"{prefix}source must be true or false.")
    wheels = raw.get("wheels", [])
    if not isinstance(wheels, list):
        raise BadRequest("bad_request", f"{prefix}wheels must be a list.")
    checked = [_wheel(entry, f"{prefix}wheels[{number}]", files) for number, entry in enumerate(wheels)]
    return Wanted(_tenant(raw, prefix), [], found, checked, source)


def _tenant(raw: dict[str, Any], prefix: str) -> str:
    tenant = raw.get("tenant")
    if not isinstance(tenant, str) or not allowed_tenant(tenant):
        raise BadRequest("bad_request", f"{prefix}tenant must be a word of letters, digits, - and _.")
    return tenant


def _wheel(raw: Any, field: str, files: _Files) -> tuple[str, str]:
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        raise BadRequest("bad_request", f"{field} must have a name.")
    if not _WHEEL.fullmatch(raw["name"]):
        raise BadRequest("bad_request", f"{field}.name {raw['name']!r:.200} is not the name of a wheel.")
    return raw["name"], files.find(raw, field)


def _egress(raw: Any) -> tuple[Host, ...]:
    if not isinstance(raw, list) or not all(isinstance(text, str) for text in raw):
        raise BadRequest("bad_request", "egress must be a list of hosts.")
    try:
        return parse_all(raw)
    except BadHost as error:
        raise BadRequest("bad_host", f"egress: {error}") from None


def _object(body: bytes | bytearray, known: set[str]) -> dict[str, Any]:
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


def _argument(name: str, raw: Any, files: _Files) -> dict[str, Any]:
    if not _NAME.fullmatch(name):
        raise BadRequest("bad_request", f"The argument name {name!r:.80} is not a word that Python can use.")
    if not isinstance(raw, dict) or raw.get("kind") not in ("value", "table", "file"):
        raise BadRequest("bad_request", f"args.{name}.kind must be value, table or file.")
    if raw["kind"] == "value":
        return {"kind": "value", "value": raw.get("value")}
    path = files.find(raw, f"args.{name}")
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
        name, text = _SAID[field]
        raise BadRequest(
            "limit_too_high",
            f"{name} (limits.{field}) is {text(value)}; this service allows at most {text(most)}. Set less.",
        )
    return value


def _duration(seconds: float) -> str:
    """The time as people write it: 99h, 1h30m, 90s."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{number:g}{unit}" for number, unit in parts if number)


_SAID: dict[str, tuple[str, Callable[[float], str]]] = {
    "timeout_seconds": ("Timeout", _duration),
    "memory_mib": ("Memory", lambda mib: f"{mib:g} MiB"),
}
