"""Putting up the wall around a freshly forked process, before it sees any user code."""

from __future__ import annotations

import errno
import os
import signal
import socket
import stat
from dataclasses import dataclass

from coderunner.sandbox import identity, landlock, limits, linux, root
from coderunner.sandbox.layers import LayerError, layer

HOST = "sandbox"

_COPY_STEP = 8 << 20


@dataclass(frozen=True)
class Surroundings:
    """What the zygote prepared once for all executions."""

    root: str
    proc: int
    base_data: int
    privileged: bool
    landlock_abi: int
    without: frozenset[str]

    def has(self, name: str) -> bool:
        """Whether a layer is to be put up."""
        return name not in self.without


@dataclass(frozen=True)
class Input:
    """A file of the machine that the code may read. A table is kept open, since its reader takes a descriptor; a file
    is copied, since the code wants a path."""

    argument: str
    name: str
    path: str
    copy: bool


class InputError(Exception):
    """An input cannot be given to the code; the message is for its author."""


@dataclass(frozen=True)
class Cell:
    """One execution's own part."""

    limits: limits.Limits
    owner: int
    inputs: tuple[Input, ...]
    job: str


def enter(around: Surroundings, cell: Cell, keep: list[int], groups: list[int]) -> dict[str, int]:
    """Jail this process: from here on it can do nothing but compute on its inputs. Gives the tables' descriptors by
    name. Only the filter of system calls is left to the caller."""
    _plain_process()
    for fd in groups:
        with layer("cgroup_memory"):
            os.write(fd, b"0")
    _leave_namespaces(around)
    if around.has("mount_namespace"):
        with layer("mount_namespace"):
            root.enter(around.root, cell.limits.disk_mib, cell.owner if around.privileged else 0)
    prefix = around.root if around.has("mount_namespace") else ""
    tables = _open_inputs(cell, prefix, cell.owner if around.privileged else None)
    if around.has("mount_namespace"):
        with layer("mount_namespace"):
            linux.enter_root(around.root)
    with layer("limits"):
        limits.apply(cell.limits, around.base_data)
    _become_nobody(around, cell)
    with layer("capabilities"):
        if around.has("user_namespace"):
            linux.drop_capabilities()
        elif linux.capabilities():
            raise LayerError("capabilities", "some are left")
    with layer("no_new_privs"):
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    with layer("limits"):
        linux.prctl(linux.PR_SET_DUMPABLE, 0)
        linux.die_with_parent()
        linux.close_all_except([0, 1, 2, *keep, *tables.values()])
    os.chdir(cell.job)
    if around.landlock_abi and around.has("mount_namespace"):
        with layer("landlock"):
            landlock.restrict(around.landlock_abi, root.READABLE, root.WRITABLE)
    return tables


def _plain_process() -> None:
    os.setsid()
    os.umask(0o077)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(null, 0)


def _leave_namespaces(around: Surroundings) -> None:
    for name, flag in (
        ("mount_namespace", linux.CLONE_NEWNS),
        ("network_namespace", linux.CLONE_NEWNET),
        ("ipc_namespace", linux.CLONE_NEWIPC),
        ("uts_namespace", linux.CLONE_NEWUTS),
    ):
        if around.has(name):
            with layer(name):
                linux.unshare(flag)
    if around.has("uts_namespace"):
        with layer("uts_namespace"):
            socket.sethostname(HOST)
    if around.has("user_namespace"):
        with layer("cgroup_namespace"):
            linux.unshare(linux.CLONE_NEWCGROUP)


def _become_nobody(around: Surroundings, cell: Cell) -> None:
    with layer("user_namespace"):
        outside = 0
        if around.privileged:
            identity.become(cell.owner)
            outside = cell.owner
        if around.has("user_namespace"):
            linux.unshare(linux.CLONE_NEWUSER)
            identity.map_ids(around.proc, identity.JAILED_ID, outside, outside)
            limits.apply_processes(cell.limits)


def _open_inputs(cell: Cell, prefix: str, owner: int | None) -> dict[str, int]:
    tables: dict[str, int] = {}
    for entry in cell.inputs:
        try:
            source = linux.open_plain(entry.path)
            os.set_blocking(source, True)
            if not stat.S_ISREG(os.fstat(source).st_mode):
                raise InputError(f"The input {entry.argument!r} is not a regular file.")
            if entry.copy:
                _copy(source, f"{prefix}{cell.job}/in/{entry.argument}", os.path.basename(entry.name), owner)
                os.close(source)
            else:
                tables[entry.argument] = source
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise InputError(
                    f"The file {entry.name!r} does not fit on the execution's disk of {cell.limits.disk_mib} MiB."
                ) from error
            raise InputError(f"The input {entry.argument!r} cannot be read: {error.strerror}.") from error
    return tables


def _copy(source: int, folder: str, name: str, owner: int | None) -> None:
    os.mkdir(folder, 0o700)
    out = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        while os.sendfile(out, source, None, _COPY_STEP):
            pass
        if owner is not None:
            os.fchown(out, owner, owner)
            os.chown(folder, owner, owner)
    finally:
        os.close(out)
