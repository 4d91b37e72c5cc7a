"""What the executions of one zygote have beyond the bare jail: each a hole that somebody asked for, within the wall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outfit:
    """Folders of the machine and abilities."""

    packages: str = ""  # folder of an environment's packages, read-only
    charts: bool = False  # matplotlib is loaded before the fork
    egress: bool = False  # a door to the filtering proxy
    workspace: str = ""  # folder to build an environment in, writable; the process is then a builder
    programs: bool = False  # programs of the machine may be started
    show: tuple[tuple[str, str], ...] = ()  # further folders and files: the name in the jail, and the path

    @property
    def late(self) -> bool:
        """Whether libraries are loaded in each cell, behind the wall, and not before the fork."""
        return bool(self.packages or self.workspace)


def read(raw: dict[str, Any]) -> Outfit:
    """The outfit as it comes over the wire."""
    return Outfit(**{**raw, "show": tuple((name, path) for name, path in raw["show"])})


BARE = Outfit()
