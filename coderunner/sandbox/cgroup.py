"""Control groups for memory and processes, where this machine's set-up lets the service make them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_MIB = 1 << 20
_PREFIX = "dataflow-coderunner-"


@dataclass(frozen=True)
class _Hierarchy:
    """A folder of one controller in which groups can be made."""

    folder: Path
    version: int


class Group:
    """The group of one seat; jailed processes use it one after the other."""

    def __init__(self, memory: _Hierarchy | None, pids: _Hierarchy | None, name: str) -> None:
        self._memory = memory.folder / name if memory else None
        self._pids = pids.folder / name if pids else None
        self._version = memory.version if memory else 0
        self._kills = 0
        self._memory_mib = self._processes = 0
        self._folders = list(dict.fromkeys(f for f in (self._memory, self._pids) if f))
        for folder in self._folders:
            folder.mkdir(exist_ok=True)
        # Every execution uses these, so they stay open.
        # In version 1 a thread can move itself alone, for which the kernel does not have to stop all others.
        names = {f: "tasks" if (f / "tasks").exists() else "cgroup.procs" for f in self._folders}
        self._doors = [os.open(folder / name, os.O_WRONLY | os.O_CLOEXEC) for folder, name in names.items()]
        self._peak = self._counts = -1
        if self._memory:
            one = self._version == 1
            self._peak = _open_if_there(self._memory / ("memory.max_usage_in_bytes" if one else "memory.peak"))
            self._counts = _open_if_there(self._memory / ("memory.oom_control" if one else "memory.events"))

    def prepare(self, memory_mib: int, processes: int) -> list[int]:
        """Set the limits for the next process; gives what it writes to in order to join, which stays open."""
        if self._pids and self._processes != processes:
            _write(self._pids / "pids.max", processes)
            self._processes = processes
        self._set_memory(memory_mib)
        return self._doors

    def begin(self, memory_mib: int) -> None:
        """Set the limit of memory for the work that comes now, and count anew."""
        self._set_memory(memory_mib)
        if self._peak >= 0:
            try:
                os.pwrite(self._peak, b"0", 0)
            except OSError:
                pass  # a kernel that cannot count anew tells the most since the group was made
        self._kills = self._read_kills()

    def _set_memory(self, memory_mib: int) -> None:
        # Setting a limit makes the kernel reclaim and is slow, so it is done only when it changes.
        if self._memory and self._memory_mib != memory_mib:
            self._limit_memory(self._memory, memory_mib * _MIB)
            self._memory_mib = memory_mib

    @property
    def counts_memory(self) -> bool:
        """Whether the kernel bounds the memory of the execution as a whole."""
        return self._memory is not None

    def out_of_memory(self) -> bool:
        """Whether the kernel killed something of the current execution for its memory."""
        return self._memory is not None and self._read_kills() > self._kills

    def peak_bytes(self) -> int:
        """The most memory that the current execution had; 0 when it is not known."""
        try:
            return int(os.pread(self._peak, 32, 0)) if self._peak >= 0 else 0
        except (OSError, ValueError):
            return 0

    def _read_kills(self) -> int:
        if self._counts < 0:
            return 0
        found = os.pread(self._counts, 4096, 0).split()
        return int(found[found.index(b"oom_kill") + 1]) if b"oom_kill" in found else 0

    def remove(self) -> None:
        """Remove the groups; none of their processes is left."""
        for fd in (*self._doors, self._peak, self._counts):
            if fd >= 0:
                os.close(fd)
        self._doors, self._peak, self._counts = [], -1, -1
        for folder in self._folders:
            try:
                folder.rmdir()
            except OSError:
                continue

    def _limit_memory(self, folder: Path, most: int) -> None:
        if self._version == 2:
            _write(folder / "memory.max", most)
            _write_if_there(folder / "memory.swap.max", 0)
            _write_if_there(folder / "memory.oom.group", 1)
            return
        # The limit may never be above the one that counts swap, too.
        _write_if_there(folder / "memory.memsw.limit_in_bytes", -1)
        _write(folder / "memory.limit_in_bytes", most)
        _write_if_there(folder / "memory.memsw.limit_in_bytes", most)


class Groups:
    """Finds out what is possible here and makes the groups of the seats."""

    def __init__(self, cgroups: str = "/proc/self/cgroup", root: str = "/sys/fs/cgroup") -> None:
        self._name = f"{_PREFIX}{os.getpid()}"
        self._memory = _find("memory", Path(cgroups), Path(root), self._name)
        self._pids = _find("pids", Path(cgroups), Path(root), self._name)
        self._groups: list[Group] = []

    @property
    def counts_memory(self) -> bool:
        """Whether the kernel counts and bounds the memory of an execution as a whole."""
        return self._memory is not None

    def layers(self) -> dict[str, str]:
        """What is in force."""
        return {
            "cgroup_memory": _described(self._memory),
            "cgroup_pids": _described(self._pids),
        }

    def make(self, seat: int) -> Group:
        """The group of a seat."""
        group = Group(self._memory, self._pids, f"seat-{seat}")
        self._groups.append(group)
        return group

    def forget(self, group: Group) -> None:
        """Remove one group."""
        self._groups.remove(group)
        group.remove()

    def remove(self) -> None:
        """Remove all that was made."""
        for group in self._groups:
            group.remove()
        for hierarchy in (self._memory, self._pids):
            if hierarchy:
                try:
                    hierarchy.folder.rmdir()
                except OSError:
                    continue


def _described(found: _Hierarchy | None) -> str:
    return (
        f"on (v{found.version})"
        if found
        else "off: no control group can be made here; resource limits and a watch from outside hold instead"
    )


def _find(controller: str, cgroups: Path, root: Path, name: str) -> _Hierarchy | None:
    """A fresh folder below the service's own group, in version 1 or 2, or None."""
    try:
        lines = cgroups.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return _make(root / controllers / path.lstrip("/") / name, 1)
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            return _make_unified(controller, root / path.lstrip("/"), name)
    return None


def _make_unified(controller: str, own: Path, name: str) -> _Hierarchy | None:
    try:
        if controller not in (own / "cgroup.subtree_control").read_text().split():
            (own / "cgroup.subtree_control").write_text(f"+{controller}")
    except OSError:
        return None
    found = _make(own / name, 2)
    if found:
        try:
            (found.folder / "cgroup.subtree_control").write_text(f"+{controller}")
        except OSError:
            return None
    return found


def _make(folder: Path, version: int) -> _Hierarchy | None:
    _sweep(folder.parent)
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return None
    return _Hierarchy(folder, version)


def _sweep(parent: Path) -> None:
    """Remove what a service that was killed left behind."""
    for left in parent.glob(f"{_PREFIX}*"):
        owner = left.name.removeprefix(_PREFIX)
        if not owner.isdigit() or Path("/proc", owner).exists():
            continue
        for folder in (*left.glob("seat-*"), left):
            try:
                folder.rmdir()
            except OSError:
                continue


def _write(path: Path, value: int) -> None:
    path.write_text(str(value))


def _open_if_there(path: Path) -> int:
    for mode in (os.O_RDWR, os.O_RDONLY):
        try:
            return os.open(path, mode | os.O_CLOEXEC)
        except OSError:
            continue
    return -1


def _write_if_there(path: Path, value: int) -> None:
    try:
        path.write_text(str(value))
    except OSError:
        return
