"""Python as it is: only the kernel's wall."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any

from coderunner.policy.refusals import Finding


class Isolated:
    """Refuses nothing."""

    name = "isolated"

    def check(self, tree: ast.Module) -> list[Finding]:
        """Nothing is refused."""
        return []

    def compile(self, tree: ast.Module, filename: str) -> CodeType:
        """Compile without restriction."""
        return compile(tree, filename, "exec", dont_inherit=True)

    def globals(self) -> dict[str, Any]:
        """A module's own."""
        return {"__name__": "main", "__builtins__": __builtins__}
