"""The language policy: what a piece of code may say, on top of what the kernel lets it do. It is never the wall."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any, Protocol

from coderunner.policy.isolated import Isolated
from coderunner.policy.refusals import Finding, Refused, Violation
from coderunner.policy.restricted import Restricted

__all__ = ["DEFAULT", "NAMES", "Finding", "Policy", "Refused", "Violation", "by_name"]


class Policy(Protocol):
    """Turns a parsed module into code and gives the globals that it runs with."""

    name: str

    def check(self, tree: ast.Module) -> list[Finding]:
        """What the policy refuses, with places. The tree is not to be used afterwards."""

    def compile(self, tree: ast.Module, filename: str) -> CodeType:
        """Compile, or raise Violation or SyntaxError. The tree is not to be used afterwards."""

    def globals(self) -> dict[str, Any]:
        """The namespace of the code."""


_ALL: dict[str, Policy] = {policy.name: policy for policy in (Restricted(), Isolated())}

NAMES = frozenset(_ALL)
DEFAULT = Restricted.name


def by_name(name: str) -> Policy:
    """The policy with that name."""
    return _ALL[name]
