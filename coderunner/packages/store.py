"""The trees of environments on disk. A tree is named by the hash of its lock and of what it is built on, and never
changes; each tenant has its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from coderunner.packages import base
from coderunner.packages.lock import Lock, digest, plain

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_BUILDING = ".building-"
_GONE = ".gone-"
_PROCESS = re.compile(r"\.(building|gone)-(\d+)-\w+")


class BadTree(Exception):
    """What was built is no tree of packages."""


@dataclass(frozen=True)
class Tree:
    """One tree that is ready to be mounted."""

    path: str
    size_bytes: int


def allowed_tenant(name: object) -> bool:
    """Whether a tenant can have trees."""
    return isinstance(name, str) and _TENANT.fullmatch(name) is not None


class Store:
    """Keeps trees below one folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._held: Counter[str] = Counter()

    def start(self) -> None:
        """Make the folder, and remove what builds and removals of processes that are gone left behind."""
        os.makedirs(self._folder, mode=0o711, exist_ok=True)
        for entry in os.scandir(self._folder):
            found = _PROCESS.fullmatch(entry.name)
            if found and not os.path.exists(f"/proc/{found[2]}"):
                _remove(entry.path)

    def find(self, tenant: str, lock: Lock) -> Tree | None:
        """The tree of that lock, if it is here."""
        path = self._path(tenant, lock)
        try:
            described = json.loads(Path(f"{path}.json").read_text())
        except (OSError, ValueError):
            return None
        if not os.path.isdir(path):
            return None
        os.utime(f"{path}.json")
        return Tree(path, int(described["size_bytes"]))

    @contextmanager
    def hold(self, tree: Tree) -> Iterator[None]:
        """Keep the tree from being collected while it is in use."""
        self._held[tree.path] += 1
        try:
            yield
        finally:
            self._held[tree.path] -= 1

    def workspace(self) -> str:
        """A new folder to build in, or to put results."""
        return tempfile.mkdtemp(prefix=f"{_BUILDING}{os.getpid()}-", dir=self._folder)

    def adopt(self, tenant: str, lock: Lock, built: str, size: int) -> Tree:
        """Take what was built and sealed as the tree of that lock; size is in bytes."""
        path = self._path(tenant, lock)
        os.makedirs(os.path.dirname(path), mode=0o711, exist_ok=True)
        described = {"packages": plain(lock), "size_bytes": size, "python": base.python()}
        try:
            os.rename(built, path)
        except OSError:
            if not os.path.isdir(path):
                raise
            # Another build of the same lock was faster.
        fresh = f"{path}.json.{os.getpid()}"
        Path(fresh).write_text(json.dumps(described))
        os.rename(fresh, f"{path}.json")
        return Tree(path, size)

    def discard(self, path: str) -> None:
        """Remove a workspace."""
        _remove(path)

    def collect(self, tenant: str, keep: set[str], unused_seconds: float) -> list[str]:
        """Remove the tenant's trees whose lock is not in keep, that nobody uses and that were not used for a while;
        gives their paths."""
        removed = []
        folder = os.path.join(self._folder, tenant)
        for path in sorted(Path(folder).glob("*.json")):
            name = path.name.removesuffix(".json")
            tree = os.path.join(folder, name)
            if (
                name.partition("-")[0] in keep
                or self._held[tree]
                or time.time() - path.stat().st_mtime < unused_seconds
            ):
                continue
            self._drop(tree)
            removed.append(tree)
        return removed

    def _drop(self, tree: str) -> None:
        os.unlink(f"{tree}.json")
        gone = tempfile.mkdtemp(prefix=f"{_GONE}{os.getpid()}-", dir=self._folder)
        os.rename(tree, os.path.join(gone, "tree"))
        _remove(gone)

    def _path(self, tenant: str, lock: Lock) -> str:
        return os.path.join(self._folder, tenant, f"{digest(lock)}-{base.fingerprint()}")


def modules(tree: Tree) -> list[str]:
    """What can be imported from the top of a tree."""
    return modules_in(tree.path)


def modules_in(folder: str) -> list[str]:
    """What can be imported from the top of a folder, by the names in it: none of its files is read."""
    found = set()
    with os.scandir(folder) as entries:
        for entry in entries:
            name, _, kind = entry.name.partition(".")
            whole = not kind and entry.is_dir(follow_symlinks=False)
            if name.isidentifier() and (whole or kind.endswith(("py", "so"))):
                found.add(name)
    return sorted(found)


def used_bytes(folder: str) -> int:
    """What lies below folder, which may be changing."""
    total = 0
    below = [folder]
    while below:
        try:
            with os.scandir(below.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return total


def replaces(lock: Lock, folder: str) -> bool:
    """Whether it brings other versions of what the default environment has, or modules of the same names in packages of
    other names."""
    return any(package.name in base.packages() for package in lock) or not base.modules().isdisjoint(modules_in(folder))


def seal(folder: str) -> int:
    """Make a tree, whose builder is dead, read-only and the service's own; BadTree refuses what packages do not consist
    of. Gives its size in bytes."""
    own = os.geteuid() == 0
    size = 0
    for path, _, names, fd in os.fwalk(folder, topdown=False, follow_symlinks=False):
        for name in names:
            found = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                raise BadTree(f"{os.path.relpath(os.path.join(path, name), folder)} is not a regular file")
            if found.st_nlink > 1:
                raise BadTree(f"{os.path.relpath(os.path.join(path, name), folder)} has more than one name")
            size += found.st_size
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
            try:
                _own(file, own, 0o555 if found.st_mode & 0o100 else 0o444)
            finally:
                os.close(file)
        if any(stat.S_ISLNK(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode) for name in os.listdir(fd)):
            raise BadTree(f"{os.path.relpath(path, folder)} holds a symbolic link")
        _own(fd, own, 0o755)
    return size


def _own(fd: int, change: bool, mode: int) -> None:
    if change:
        os.fchown(fd, 0, 0)
    os.fchmod(fd, mode)


def _remove(path: str) -> None:
    """Remove a folder, whatever modes a builder has given to what is in it."""

    def retry(function: object, name: str, _: object) -> None:
        os.chmod(os.path.dirname(name), 0o700)
        if os.path.isdir(name) and not os.path.islink(name):
            os.chmod(name, 0o700)
            shutil.rmtree(name, ignore_errors=True)
        elif os.path.lexists(name):
            os.unlink(name)

    shutil.rmtree(path, onerror=retry)
