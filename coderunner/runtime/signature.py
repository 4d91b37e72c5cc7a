"""What main() wants, read from the source without running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

_JSON_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "tuple": "array",
    "dict": "object",
    "List": "array",
    "Dict": "object",
    "Sequence": "array",
    "Mapping": "object",
}
_FRAMES = {"DataFrame", "pd.DataFrame", "pandas.DataFrame", "table"}
_ARROW = {"pa.Table", "pyarrow.Table"}
_FILES = {"Path", "pathlib.Path", "file"}


@dataclass(frozen=True)
class Parameter:
    """One parameter of main()."""

    name: str
    kind: str  # value, table, arrow or file
    schema: dict[str, Any]
    required: bool


def find_main(tree: ast.Module) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The definition of main() that counts: the last one at the top."""
    found = None
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == "main":
            found = statement
    return found


def parameters(main: ast.FunctionDef | ast.AsyncFunctionDef | None) -> list[Parameter]:
    """Main's parameters in order; * and ** are not among them. None has none."""
    if main is None:
        return []
    spec = main.args
    positional = [*spec.posonlyargs, *spec.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(spec.defaults))
    defaults += spec.defaults
    pairs = [*zip(positional, defaults, strict=True), *zip(spec.kwonlyargs, spec.kw_defaults, strict=True)]
    return [_parameter(argument, default) for argument, default in pairs]


def schema(found: list[Parameter]) -> dict[str, Any]:
    """JSON Schema of the parameters as one object."""
    return {
        "type": "object",
        "properties": {p.name: p.schema for p in found},
        "required": [p.name for p in found if p.required],
        "x-order": [p.name for p in found],
        "additionalProperties": False,
    }


def _parameter(argument: ast.arg, default: ast.expr | None) -> Parameter:
    kind, described = _annotation(argument.annotation)
    described = {"title": argument.arg.replace("_", " "), **described}
    if default is not None:
        try:
            value = ast.literal_eval(default)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            value = None
        if isinstance(value, str | int | float | bool | list | dict):
            described["default"] = value
            if "type" not in described and kind == "value":
                described |= _of_default(value)
    return Parameter(argument.arg, kind, described, default is None)


def _of_default(value: Any) -> dict[str, Any]:
    name = _JSON_TYPES.get(type(value).__name__)
    return {"type": name} if name else {}


def _annotation(node: ast.expr | None) -> tuple[str, dict[str, Any]]:
    if node is None:
        return "value", {}
    quoted = isinstance(node, ast.Constant) and isinstance(node.value, str)
    text = node.value.strip() if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
    if text in _FRAMES:
        return "table", {"x-kind": "table"}
    if text in _ARROW:
        return "arrow", {"x-kind": "table"}
    if text in _FILES:
        return "file", {"x-kind": "file"}
    if quoted:
        try:
            node = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError):
            return "value", {}
    return "value", _type(node)


def _type(node: ast.expr) -> dict[str, Any]:
    """A best effort: what is not understood is allowed to be anything."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        options = [_type(side) for side in (node.left, node.right) if not _is_none(side)]
        return options[0] if len(options) == 1 else {}
    if isinstance(node, ast.Subscript):
        return _generic(_last(node.value), node.slice)
    name = _JSON_TYPES.get(_last(node))
    return {"type": name} if name else {}


def _generic(name: str, inner: ast.expr) -> dict[str, Any]:
    if name == "Optional":
        return _type(inner)
    if name == "Literal":
        values = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return {"enum": [v.value for v in values if isinstance(v, ast.Constant)]}
    kind = _JSON_TYPES.get(name)
    if kind == "array" and not isinstance(inner, ast.Tuple):
        return {"type": kind, "items": _type(inner)}
    return {"type": kind} if kind else {}


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
