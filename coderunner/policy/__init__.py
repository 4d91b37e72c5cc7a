"""The language policy: what a piece of code may say, on top of what the kernel lets it do. It is never the wall."""

from __future__ import annotations

from types import CodeType
from typing import Any, Protocol


class Policy(Protocol):
    """Turns source into code and gives the globals that it runs with."""

    name: str

    def compile(self, source: str, filename: str) -> CodeType:
        """Compile, or raise SyntaxError."""

    def globals(self) -> dict[str, Any]:
        """The namespace of the code."""


class Isolated:
    """Python as it is; only the kernel's wall."""

    name = "isolated"

    def compile(self, source: str, filename: str) -> CodeType:
        """Compile without restriction."""
        return compile(source, filename, "exec", dont_inherit=True)

    def globals(self) -> dict[str, Any]:
        """A module's own."""
        return {"__name__": "main", "__builtins__": __builtins__}


def by_name(name: str) -> Policy:
    """The policy with that name."""
    if name == Isolated.name:
        return Isolated()
    raise ValueError(f"unknown policy {name!r}")
