"""A lock: the exact packages of an environment, each with the hash of the one file that it is installed from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from packaging.utils import canonicalize_name

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,198}[a-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]{0,99}")
_HASH = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[A-Za-z0-9_.+!%-]{1,250}")
_MOST = 2000


class BadLock(Exception):
    """What is given as a lock is none."""


@dataclass(frozen=True, order=True)
class Package:
    """One locked package."""

    name: str
    version: str
    sha256: str
    file: str = ""


Lock = tuple[Package, ...]


def parse(raw: Any) -> Lock:
    """Read a lock, which may come from a jail."""
    if not isinstance(raw, list) or len(raw) > _MOST:
        raise BadLock("a lock is a list of packages")
    return tuple(sorted(_package(entry) for entry in raw))


def _package(raw: Any) -> Package:
    if not isinstance(raw, dict):
        raise BadLock("a package of a lock is an object")
    name, version, digest = raw.get("name"), raw.get("version"), raw.get("sha256")
    file = raw.get("file", "")
    if not isinstance(name, str) or not _NAME.fullmatch(canonicalize_name(name)):
        raise BadLock(f"{name!r:.100} is no name of a package")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise BadLock(f"{name} has no version")
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise BadLock(f"{name} has no SHA-256")
    if not isinstance(file, str) or (file and not _FILE.fullmatch(file)):
        raise BadLock(f"{name} has an impossible file name")
    return Package(canonicalize_name(name), version, digest, file)


def plain(lock: Lock) -> list[dict[str, str]]:
    """The lock as JSON has it."""
    return [asdict(package) for package in lock]


def requirements(lock: Sequence[Package]) -> str:
    """The lock as pip takes it with --require-hashes."""
    return "".join(f"{p.name}=={p.version} --hash=sha256:{p.sha256}\n" for p in lock)


def digest(lock: Lock) -> str:
    """The hash by which the lock is known."""
    text = json.dumps([[p.name, p.version, p.sha256] for p in lock], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
