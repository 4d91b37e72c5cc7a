"""What the editor wants to know about code: main()'s parameters and what is wrong, with places, without running it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from typing import Any

from pyflakes import checker
from pyflakes import messages as flakes

from coderunner import policy
from coderunner.runtime import failures, signature

_MOST_FINDINGS = 50
_ERRORS: dict[type[flakes.Message], str] = {
    flakes.UndefinedName: "undefined_name",
    flakes.UndefinedLocal: "undefined_name",
    flakes.ReturnOutsideFunction: "syntax_error",
    flakes.YieldOutsideFunction: "syntax_error",
    flakes.ContinueOutsideLoop: "syntax_error",
    flakes.BreakOutsideLoop: "syntax_error",
    flakes.DuplicateArgument: "syntax_error",
}


def inspect(code: str, policy_name: str, environment: dict[str, Any] | None) -> dict[str, Any]:
    """The signature and the findings, as the API gives them: first what keeps the code from running. Of an environment,
    name and modules say what it is called and what it adds to the default one; None does not look for imports."""
    try:
        tree = ast.parse(code, failures.FILE)
    except SyntaxError as error:
        fields = failures.syntax(error).fields
        found = _finding("error", "syntax_error", error.msg, fields["line"], fields["column"])
        return {"params": None, "tables": [], "findings": [found]}
    except (ValueError, MemoryError, RecursionError) as error:
        found = _finding("error", "syntax_error", f"The code cannot be read: {error or type(error).__name__}", 1, 1)
        return {"params": None, "tables": [], "findings": [found]}
    findings = _refused(code, policy_name) + (_missing(tree, environment) if environment else []) + _lint(tree)
    main = signature.find_main(tree)
    if main is None:
        missing = _finding("error", "no_main", "There is no function main(). Define it: def main(orders): …", 1, 1)
        return {"params": None, "tables": [], "findings": [missing, *findings]}
    parameters = signature.parameters(main)
    if not any(isinstance(node, ast.Return | ast.Yield) for node in ast.walk(main)):
        message = "main() returns nothing. Return a value or a table, or write files to /job/out."
        findings.insert(0, _finding("warning", "no_return", message, main.lineno, main.col_offset + 1))
    return {
        "params": signature.schema(parameters),
        "tables": [p.name for p in parameters if p.kind in ("table", "arrow")],
        "findings": findings[:_MOST_FINDINGS],
    }


def _refused(code: str, policy_name: str) -> list[dict[str, Any]]:
    """What the policy does not allow. It gets a tree of its own, since it may rewrite it."""
    try:
        found = policy.by_name(policy_name).check(ast.parse(code, failures.FILE))
    except RecursionError:
        return [_finding("error", "syntax_error", "The code is nested too deeply to be read.", 1, 1)]
    return [_finding("error", "policy_violation", f.message, f.line, f.column) for f in found[:_MOST_FINDINGS]]


def _missing(tree: ast.Module, environment: dict[str, Any]) -> list[dict[str, Any]]:
    """Imports that the environment has nothing for. Nothing is imported to find out. It may be built anew before the
    code runs, so these are warnings."""
    name, modules = environment["name"], set(environment["modules"])
    advice = (
        f"Add the package that has it to the environment {name}, and build it."
        if name != "default"
        else "Make an environment with the package that has it, and choose it for this code."
    )
    found = []
    for node, module in _imports(tree.body):
        top = module.partition(".")[0]
        if top in modules or top in sys.stdlib_module_names or PathFinder.find_spec(top) is not None:
            continue
        message = f"There is no module {top} in the environment {name}. {advice}"
        found.append(_finding("warning", "import_missing", message, node.lineno, node.col_offset + 1))
    return found[:_MOST_FINDINGS]


def _imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.stmt, str]]:
    """What the code imports, but for where it is ready to do without, or only has a type checker look."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0 and node.module:
                yield node, node.module
        elif isinstance(node, ast.Try) and node.handlers:
            yield from _imports([*node.handlers, *node.orelse, *node.finalbody])
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _imports(node.orelse)
        else:
            yield from _imports(ast.iter_child_nodes(node))


def _lint(tree: ast.Module) -> list[dict[str, Any]]:
    try:
        found = checker.Checker(tree, filename=failures.FILE).messages
    except RecursionError:
        return [_finding("warning", "too_deep", "The code is nested too deeply to be checked.", 1, 1)]
    kinds = _kind_annotations(tree)
    ordered = sorted((m for m in found if (m.lineno, m.col) not in kinds), key=lambda m: (m.lineno, m.col))
    return [_of_flake(message) for message in ordered[:_MOST_FINDINGS]]


def _kind_annotations(tree: ast.Module) -> set[tuple[int, int]]:
    """Where parameters say "table" or "file": these are our words, not names that the code has to define."""
    return {
        (node.annotation.lineno, node.annotation.col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.arg)
        and isinstance(node.annotation, ast.Constant)
        and node.annotation.value in ("table", "file")
    }


def _of_flake(message: flakes.Message) -> dict[str, Any]:
    code = _ERRORS.get(type(message))
    severity = "error" if code else "warning"
    if code is None:
        code = "".join("_" + c.lower() if c.isupper() else c for c in type(message).__name__).lstrip("_")
    text = str(message.message % message.message_args)
    return _finding(severity, code, text[:1].upper() + text[1:], message.lineno, message.col + 1)


def _finding(severity: str, code: str, message: str, line: int, column: int) -> dict[str, Any]:
    return {"severity": severity, "code": code, "message": message[:1000], "line": line, "column": column}
