"""Putting up the wall around a freshly forked process, before it sees any user code."""

from __future__ import annotations

import os
import signal
import socket
from dataclasses import dataclass

from coderunner.sandbox import door, identity, landlock, limits, linux, root
from coderunner.sandbox.layers import LayerError, layer
from coderunner.sandbox.outfit import Outfit

HOST = "sandbox"


@dataclass(frozen=True)
class Surroundings:
    """What the zygote prepared once for all executions."""

    root: str
    proc: int
    base_data: int
    privileged: bool
    landlock_abi: int
    without: frozenset[str]
    outfit: Outfit

    def has(self, name: str) -> bool:
        """Whether a layer is to be put up."""
        return name not in self.without


@dataclass(frozen=True)
class Cell:
    """One execution's own part."""

    limits: limits.Limits
    owner: int
    job: str


def enter(around: Surroundings, cell: Cell, keep: list[int], groups: list[int]) -> socket.socket | None:
    """Jail this process: from here on it can do nothing but compute on what it is sent. Only the filter of system calls
    is left to the caller. Gives the door, when there is one."""
    _plain_process()
    for fd in groups:
        with layer("cgroup_memory"):
            os.write(fd, b"0")
    _leave_namespaces(around)
    opened = _open_door(around)
    if around.has("mount_namespace"):
        with layer("mount_namespace"):
            root.enter(around.root, cell.limits.disk_mib, cell.owner if around.privileged else 0)
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
        linux.close_all_except([0, 1, 2, *keep, *([opened.fileno()] if opened else [])])
    os.chdir(cell.job)
    if around.landlock_abi and around.has("mount_namespace"):
        with layer("landlock"):
            ports = [door.PORT] if opened else []
            landlock.restrict(around.landlock_abi, root.READABLE, root.writable(around.outfit), ports)
    return opened


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
    if around.has("user_namespace"):
        with layer("cgroup_namespace"):
            linux.unshare(linux.CLONE_NEWCGROUP)


def _open_door(around: Surroundings) -> socket.socket | None:
    if not around.outfit.egress:
        return None
    if not around.has("network_namespace"):
        raise LayerError("network_namespace", "egress through the proxy needs it")
    with layer("network_namespace"):
        return door.open_door()


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
