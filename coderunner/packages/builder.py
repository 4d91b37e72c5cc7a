"""The builder's life in the jail: pip finds the exact packages, then installs them. With wheels only, nothing of theirs
is run; and whatever is run can reach the workspace and the indexes only."""

from __future__ import annotations

import compileall
import importlib.metadata
import json
import os
import py_compile
import re
import runpy
import shutil
import socket
import sys
import traceback
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from coderunner.runtime import intake, logs
from coderunner.runtime.channel import Channel
from coderunner.sandbox.root import WHEELS, WORKSPACE

TARGET = f"{WORKSPACE}/env"

_REPORT = f"{WORKSPACE}/report.json"
_ASKED = f"{WORKSPACE}/requirements.txt"
_LOCKED = f"{WORKSPACE}/lock.txt"
_QUIET = ["--no-input", "--no-color", "--progress-bar=off", "--disable-pip-version-check"]
_CACHE = f"--cache-dir={WORKSPACE}/cache"
_MOST_REASONS = 12
_LONGEST_REASON = 300
# What pip says when the index itself is the trouble.
_UNREACHABLE = re.compile(
    r"Max retries exceeded|Failed to establish|ConnectionError|ProxyError|SSLError|Could not fetch URL"
)
# pip warns at each try, and then calls what it could not look for a package that does not exist. This is the last try.
_GAVE_UP = re.compile(
    r"WARNING: Retrying \(Retry\(total=0,.*\) after connection broken by '(?P<why>.*)': (?P<where>\S+)"
)
_OBJECT = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>: ?")


class _Failed(Exception):
    """A step failed; the message is for the one who asked for the packages."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.hint = code, hint


def serve(end: socket.socket, job: str) -> int:
    """Wait for what to build, build it into TARGET and tell the lock; gives the process's exit code."""
    channel = Channel(end)
    streams = logs.install(channel)
    channel.send("ready")
    work = intake.receive(end, job)
    if work is None:
        return 0
    try:
        packages = _build(work.request, job)
        streams.finish()
        channel.send_json(packages, f"{job}/lock.json", port="result")
    except _Failed as failure:
        streams.finish()
        channel.send("error", code=failure.code, message=str(failure), hint=failure.hint)
        return 0
    except BaseException as error:  # noqa: BLE001 - told, not raised further
        last = traceback.extract_tb(error.__traceback__)[-1]
        print(f"{type(error).__name__}: {error} ({os.path.basename(last.filename)}:{last.lineno})", file=sys.stderr)
        streams.finish()
        channel.send("error", code="build_failed", message=f"The build failed: {type(error).__name__}: {error}"[:2000])
        return 0
    channel.send("done")
    return 0


def _build(request: dict[str, Any], job: str) -> list[dict[str, str]]:
    os.environ.update(request["environment"])
    os.environ.update({"PIP_CONFIG_FILE": os.devnull, "TMPDIR": f"{WORKSPACE}/tmp", "HOME": job})
    os.makedirs(f"{WORKSPACE}/tmp", exist_ok=True)
    os.makedirs(TARGET, exist_ok=True)
    packages: list[dict[str, str]] = _resolve(request) if request["lock"] is None else request["lock"]
    _install(request, packages)
    for line in _conflicts():
        print(f"WARNING: {line}", file=sys.stderr)
    return packages


def _resolve(request: dict[str, Any]) -> list[dict[str, str]]:
    print("Finding the exact packages")
    with open(_ASKED, "w", encoding="utf-8") as file:
        file.write("\n".join(request["requirements"]) + "\n")
    code, errors = _pip("install", "--dry-run", f"--report={_REPORT}", *_choice(request), "-r", _ASKED)
    if code:
        raise _failure("resolution_failed", "The packages cannot be found together", errors, request["source"])
    with open(_REPORT, encoding="utf-8") as file:
        report = json.load(file)
    return sorted((_locked(entry) for entry in report["install"]), key=lambda package: package["name"])


def _install(request: dict[str, Any], packages: list[dict[str, str]]) -> None:
    for package in packages:
        print(f"Locked {package['name']} {package['version']} sha256:{package['sha256']}")
    if not packages:
        print("Everything is in the default environment already")
        return
    with open(_LOCKED, "w", encoding="utf-8") as file:
        file.writelines(f"{p['name']}=={p['version']} --hash=sha256:{p['sha256']}\n" for p in packages)
    locked = ["--no-deps", "--no-compile", "--require-hashes", f"--target={TARGET}", "-r", _LOCKED]
    code, errors = _pip("install", *_choice(request), *locked)
    if code:
        raise _failure("build_failed", "The packages cannot be installed", errors, request["source"])
    # Programs cannot be started in the sandbox.
    shutil.rmtree(f"{TARGET}/bin", ignore_errors=True)
    print("Compiling")
    # The tree never changes, so nobody has to look whether a source is newer than what was compiled.
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(TARGET, quiet=2, workers=1, invalidation_mode=mode)


def _choice(request: dict[str, Any]) -> list[str]:
    links = [f"--find-links={WHEELS}"] if os.path.isdir(WHEELS) else []
    return [*links, "--prefer-binary" if request["source"] else "--only-binary=:all:"]


def _pip(command: str, *arguments: str) -> tuple[int, _Errors]:
    """Run pip in this process, for no other can be started; gives its exit code and what went wrong."""
    errors = _Errors(sys.stderr)
    sys.stderr = errors
    sys.argv = ["pip", command, *_QUIET, _CACHE, *arguments]
    try:
        runpy.run_module("pip", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return (ended.code if isinstance(ended.code, int) else 1), errors
    finally:
        sys.stderr = errors.inner
    return 0, errors


class _Errors:
    """Keeps the lines that pip calls errors, and those by which it gave up an address, on their way to the log."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.lines: list[str] = []
        self.unreachable: list[str] = []

    def write(self, text: str) -> int:
        for line in map(str.strip, text.splitlines()):
            gave_up = _GAVE_UP.match(line)
            if gave_up:
                why = _OBJECT.sub("", gave_up["why"])[:_LONGEST_REASON]
                self.unreachable.append(f"{gave_up['where']}: {why}")
            elif line.startswith(("ERROR:", "error:")):
                self.lines.append(line)
        return int(self.inner.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def _failure(code: str, what: str, errors: _Errors, source: bool) -> _Failed:
    text = "; ".join(_distinct(line.partition(":")[2].strip() for line in errors.lines))
    if errors.unreachable or _UNREACHABLE.search(text):
        code, hint = "packages_unreachable", "Look at the log for the host; an operator can allow it or mend the index."
        what, text = "The package index cannot be reached", "; ".join(_distinct(errors.unreachable)) or text
    elif "No matching distribution" in text or "Could not find a version" in text:
        hint = "Check the name and the versions"
        hint += (
            "." if source else "; only wheels for this machine's Python count, unless building from source is allowed."
        )
    else:
        hint = "The log says more."
    return _Failed(code, f"{what}: {text}" if text else f"{what}.", hint)


def _distinct(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(lines))[:_MOST_REASONS]


def _locked(entry: dict[str, Any]) -> dict[str, str]:
    info = entry["download_info"]
    archive = info.get("archive_info") or {}
    digest = (archive.get("hashes") or {}).get("sha256") or str(archive.get("hash", "")).removeprefix("sha256=")
    name = re.sub(r"[-_.]+", "-", entry["metadata"]["name"]).lower()
    file = os.path.basename(unquote(urlsplit(info["url"]).path))
    if not digest:
        raise _Failed("resolution_failed", f"{name} has no hash.", "Take it from an index, or upload its wheel.")
    return {"name": name, "version": entry["metadata"]["version"], "sha256": digest, "file": file}


def _conflicts() -> list[str]:
    """What does not fit together, as a person would say it: the default environment's packages stay where they are."""
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

    found: dict[str, importlib.metadata.Distribution] = {}
    for distribution in importlib.metadata.distributions(path=[TARGET, *sys.path]):
        found.setdefault(_canonical(distribution.metadata["Name"] or ""), distribution)
    lines = []
    for name, distribution in sorted(found.items()):
        for text in distribution.requires or []:
            try:
                wanted = Requirement(text)
            except InvalidRequirement:
                continue
            if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
                continue
            other = found.get(_canonical(wanted.name))
            if other is not None and not wanted.specifier.contains(other.version, prereleases=True):
                lines.append(f"{name} {distribution.version} wants {wanted}, and this environment has {other.version}")
    return lines


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
