"""The layers of the wall by name, and what happens when the machine cannot give one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

# Without any of these no user code runs, unless the operator names it in --unsafe-without.
REQUIRED = (
    "user_namespace",
    "pid_namespace",
    "mount_namespace",
    "network_namespace",
    "ipc_namespace",
    "uts_namespace",
    "capabilities",
    "no_new_privs",
    "seccomp",
    "limits",
)
# These are used where the kernel or the machine's set-up has them.
OPTIONAL = ("cgroup_namespace", "landlock", "cgroup_memory", "cgroup_pids")

# What the operator can do without: the others cost nothing and are always there.
WAIVABLE = frozenset(
    {
        "user_namespace",
        "pid_namespace",
        "mount_namespace",
        "network_namespace",
        "ipc_namespace",
        "uts_namespace",
        "seccomp",
    }
)


class LayerError(Exception):
    """A layer of the wall could not be put up."""

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(f"{layer}: {reason}")
        self.layer = layer
        self.reason = reason


@contextmanager
def layer(name: str) -> Iterator[None]:
    """Name the layer in any failure of the kernel within."""
    try:
        yield
    except OSError as error:
        raise LayerError(name, str(error)) from error
