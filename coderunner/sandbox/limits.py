"""What one execution may use, and the kernel's resource limits that hold it there."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

_MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The bounds of one execution."""

    wall_seconds: float = 300.0
    memory_mib: int = 1024
    disk_mib: int = 512
    processes: int = 64
    open_files: int = 256
    log_bytes: int = 8 * _MIB
    output_bytes: int = 512 * _MIB
    value_bytes: int = 16 * _MIB
    cpus: int = 2

    @property
    def cpu_seconds(self) -> int:
        """CPU time of one process: as much as all its cores can burn before the wall clock stops it."""
        return int(self.wall_seconds * self.cpus) + 2


def apply(limits: Limits, base_data: int) -> None:
    """Set the limits that hold for this process and what it starts, but for the number of processes. Base_data is what
    the process already has of private memory. Memory and time may be lowered once the work is known."""
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.disk_mib * _MIB),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_MEMLOCK, 64 << 10),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_RTPRIO, 0),
        (resource.RLIMIT_NICE, 0),
        (resource.RLIMIT_SIGPENDING, 256),
        (resource.RLIMIT_STACK, 8 * _MIB),
    ):
        resource.setrlimit(kind, (value, value))
    tighten(limits, base_data)


def tighten(limits: Limits, base_data: int) -> None:
    """Lower the limits of memory and CPU time to those of one piece of work. They can never be raised again."""
    for kind, value in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_DATA, base_data + limits.memory_mib * _MIB),
    ):
        resource.setrlimit(kind, (value, value))


def apply_processes(limits: Limits) -> None:
    """Bound processes and threads. It counts within the user namespace, so it is set once that is entered."""
    resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))


def data_bytes() -> int:
    """This process's private writable memory, as RLIMIT_DATA counts it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) << 10
    return 0
