"""The default policy: ordinary Python without the ways around it."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any, cast

from RestrictedPython.compile import compile_restricted_exec

from coderunner.policy import guards
from coderunner.policy.refusals import Finding, Violation
from coderunner.policy.rules import Rules


class Restricted:
    """RestrictedPython with guards that let ordinary Python through."""

    name = "restricted"

    def check(self, tree: ast.Module) -> list[Finding]:
        """Every refused construct, in the order of the code."""
        rules = Rules()
        rules.visit(tree)
        return sorted(cast(list[Finding], rules.errors), key=lambda finding: (finding.line, finding.column))

    def compile(self, tree: ast.Module, filename: str) -> CodeType:
        """Compile with guards, or raise Violation."""
        result = compile_restricted_exec(tree, filename, policy=Rules)
        if result.errors:
            findings = cast(list[Finding], list(result.errors))
            raise Violation(sorted(findings, key=lambda finding: (finding.line, finding.column)))
        return cast(CodeType, result.code)

    def globals(self) -> dict[str, Any]:
        """Builtins and guards."""
        return guards.namespace()
