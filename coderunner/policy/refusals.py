"""How a policy says no: before the code runs as findings with a place, while it runs as exceptions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One construct that is refused. The message ends in what to write instead."""

    message: str
    line: int
    column: int


class Violation(Exception):
    """Code that the policy refuses to compile."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings[0].message)
        self.findings = findings


class Refused(Exception):
    """What code tried while it ran, and the policy does not allow."""


class RefusedAttribute(Refused, AttributeError):
    """An attribute that is not to be used."""


class RefusedImport(Refused, ImportError):
    """A module that is not to be used."""


class RefusedCall(Refused, TypeError):
    """A call that is not to be made so."""
