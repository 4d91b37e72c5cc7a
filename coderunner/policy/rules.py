"""The rules of the policy "restricted": RestrictedPython's, with what ordinary Python needs let through.

What RestrictedPython guards only so that an application can put its own security in (items, iteration, unpacking,
in-place operators, calls with stars) is left as it is, since there is nothing to ask here. Attributes are guarded:
their names when the code is compiled, and at run time modules, which must not hand out what was refused as an import.
"""

from __future__ import annotations

import ast
import collections
import copy
import re
from collections.abc import Iterable

from RestrictedPython.transformer import INSPECT_ATTRIBUTES, RestrictingNodeTransformer

from coderunner.policy import modules
from coderunner.policy.refusals import Finding

_METHODS = """
init post_init repr str bytes len length_hint bool hash iter next reversed contains getitem setitem delitem missing call
enter exit eq ne lt le gt ge add radd iadd sub rsub isub mul rmul imul matmul rmatmul truediv rtruediv itruediv floordiv
rfloordiv mod rmod divmod pow rpow neg pos abs invert and rand or ror xor rxor lshift rshift int float complex index
round trunc floor ceil copy deepcopy format
"""
# Methods that a class may define and, through super(), call.
PROTOCOL = frozenset(f"__{name}__" for name in _METHODS.split())
# Attributes with underscores that are texts and nothing else.
TEXTS = frozenset({"__name__", "__qualname__", "__doc__", "__version__"})
# Guards that the code calls; its own names cannot begin with an underscore, so it cannot replace them.
GETATTR, FORMAT, WRITE, CAPTURED = "_getattr_", "_format_", "_write_", "_captured_"

_RESERVED = frozenset({"builtins", "breakpoint"})
_NO_BUILTIN = {
    "eval": "Write the expression itself; json.loads reads data from text.",
    "exec": "Define functions and call them.",
    "compile": "Define functions and call them.",
    "globals": "Keep the values in a dict of your own.",
    "locals": "Keep the values in a dict of your own.",
    "vars": "Use dataclasses.asdict, or a dict of your own.",
    "input": "Give main() a parameter.",
    "breakpoint": "Use print() and look at the log.",
    "help": "Look into the documentation.",
    "exit": "Return from main().",
    "quit": "Return from main().",
}
_STATEMENTS = {
    "Nonlocal": ("nonlocal", "Keep the value in a list, a dict or an object and change that: count['n'] += 1."),
    "AsyncFunctionDef": ("async def", "Write an ordinary function; concurrent.futures runs several at the same time."),
    "Await": ("await", "Call an ordinary function."),
    "AsyncFor": ("async for", "Use an ordinary loop."),
    "AsyncWith": ("async with", "Use an ordinary with."),
    "TryStar": ("except*", "Use except."),
}


class Rules(RestrictingNodeTransformer):
    """Checks a tree and puts the guards in."""

    def __init__(
        self,
        errors: list[str] | None = None,
        warnings: list[str] | None = None,
        used_names: dict[str, bool] | None = None,
    ) -> None:
        super().__init__(errors, warnings, used_names)
        self._bound: set[str] = set()
        self._modules: dict[str, str] = {}
        self._annotations_are_texts = False
        self._in_compiled = False

    # Names.

    def error(self, node: ast.AST, info: str) -> None:
        """Note a refusal with its place."""
        finding = Finding(info, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)
        # The library carries these through as they are.
        self.errors.append(finding)  # type: ignore[arg-type]

    def not_allowed(self, node: ast.AST) -> None:
        """Refuse a kind of statement."""
        kind = type(node).__name__
        word, advice = _STATEMENTS.get(kind, (kind, "Write it in another way."))
        self.error(node, f"{word} is not allowed. {advice}")

    def check_name(self, node: ast.AST, name: str | None, allow_magic_methods: bool = False) -> None:
        """Refuse names that could stand for what the guards and the interpreter use."""
        if name is None or name == "_":
            return
        if name.startswith("_"):
            if allow_magic_methods and name in PROTOCOL and getattr(node, "col_offset", 0) != 0:
                return
            if name.startswith("__") and name.endswith("__"):
                self.error(node, f"The name {name} belongs to Python and is not to be used. Leave it out.")
                return
            better = name.strip("_") or "unused"
            self.error(node, f"The name {name} begins with an underscore. Call it {better}.")
        elif name.endswith("__roles__"):
            self.error(node, f"The name {name} ends in __roles__. Use another name.")
        elif name in _RESERVED:
            self.error(node, f"The name {name} is reserved. Use another name.")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Check a name where it is read or written."""
        if isinstance(node.ctx, ast.Load):
            if node.id == "__name__":
                return node
            if node.id in _NO_BUILTIN and node.id not in self._bound:
                self.error(node, f"{node.id}() is not available. {_NO_BUILTIN[node.id]}")
                return node
            self.used_names[node.id] = True
        self.check_name(node, node.id)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        """Check the names."""
        for name in node.names:
            self.check_name(node, name)
        return node

    # Attributes.

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """a.b becomes a call of the guard, a.b = c asks whether a may be changed."""
        name = node.attr
        if _is_super(node.value) and name in PROTOCOL and isinstance(node.ctx, ast.Load):
            return self.node_contents_visit(node)
        self._check_attribute(node, name)
        module = self._modules.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
        if modules.withheld(module, name):
            self.error(node, f"{module}.{name} is not available. {_advice(module, name)}")
        node = self.node_contents_visit(node)
        if self._in_compiled:
            return node
        if isinstance(node.ctx, ast.Load):
            guard = FORMAT if name in ("format", "format_map") else GETATTR
            return _at(node, _call(guard, node.value, ast.Constant(name)))
        node.value = _at(node.value, _call(WRITE, node.value))
        return node

    def _check_attribute(self, node: ast.AST, name: str) -> None:
        if name.startswith("_") and name != "_" and name not in TEXTS:
            if name.startswith("__") and name.endswith("__"):
                advice = {
                    "__class__": "Use type(x) or isinstance().",
                    "__dict__": "Use dataclasses.asdict, or a dict of your own.",
                    "__init__": "Use super().__init__() or make an object by calling its class.",
                }.get(name, "Write it without.")
                self.error(node, f"The attribute {name} belongs to Python and is not to be used. {advice}")
            else:
                better = name.strip("_") or "value"
                self.error(node, f"The attribute {name} begins with an underscore. Call it {better}.")
        elif name.endswith("__roles__"):
            self.error(node, f"The attribute {name} ends in __roles__. Use another name.")
        elif name in INSPECT_ATTRIBUTES:
            self.error(node, f"The attribute {name} looks into the interpreter. Write it without.")

    # What is left as it is.

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Items need no guard."""
        return self.node_contents_visit(node)

    def guard_iter(self, node: ast.For | ast.comprehension) -> ast.AST:
        """Nor does iteration."""
        return self.node_contents_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Nor does unpacking."""
        return self.node_contents_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Augmented assignment works for names, items and attributes."""
        return self.node_contents_visit(node)

    def visit_With(self, node: ast.With) -> ast.AST:
        """Context managers work."""
        return self.node_contents_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Calls work, with stars, too; eval and exec are refused by their names."""
        if isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec") and node.func.id in self._bound:
            self.error(node, f"{node.func.id}() is not available. {_NO_BUILTIN[node.func.id]}")
        return self.node_contents_visit(node)

    # Annotations.

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """An assignment with an annotation."""
        node.annotation = self._annotation(node.annotation)
        node.target = self.visit(node.target)
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """A parameter."""
        if node.annotation is not None:
            node.annotation = self._annotation(node.annotation)
        return node

    def _annotation(self, node: ast.expr) -> ast.expr:
        # What is never evaluated is checked, but stays what was written: dataclasses read it.
        visited: ast.expr = self.visit(copy.deepcopy(node) if self._annotations_are_texts else node)
        return node if self._annotations_are_texts else visited

    # Classes.

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """A class keeps its bases and keywords; a metaclass is refused."""
        self.check_name(node, node.name)
        if any(keyword.arg == "metaclass" for keyword in node.keywords):
            self.error(node, "metaclass= is not allowed. Use a class decorator, or inherit from abc.ABC.")
        return self.node_contents_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function; its result's annotation is one, too."""
        returns, node.returns = node.returns, None
        decorators, node.decorator_list = node.decorator_list, []
        around = self._in_compiled
        # What numba compiles to machine code can hold no guards; its names have been checked all the same.
        self._in_compiled = around or any(self._is_of_numba(decorator) for decorator in decorators)
        super().visit_FunctionDef(node)
        self._in_compiled = around
        node.decorator_list = [self.visit(decorator) for decorator in decorators]
        if returns is not None:
            node.returns = self._annotation(returns)
        return node

    def _is_of_numba(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Call | ast.Attribute):
            node = node.func if isinstance(node, ast.Call) else node.value
        return isinstance(node, ast.Name) and self._modules.get(node.id, "").partition(".")[0] == "numba"

    # Match.

    def visit_Match(self, node: ast.Match) -> ast.AST:
        """match works."""
        return self.node_contents_visit(node)

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        """What a class pattern takes out of an object is checked like an attribute that is read."""
        node = self.node_contents_visit(node)
        names = sorted(set(_captured(node.pattern)))
        if names:
            check = _at(node.pattern, _call(CAPTURED, *(ast.Name(name, ast.Load()) for name in names)))
            node.guard = check if node.guard is None else _at(check, ast.BoolOp(ast.And(), [check, node.guard]))
        return node

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        """A pattern that is compared: it may be a dotted name, which has to stay one."""
        self.visit(copy.deepcopy(node.value))
        return node

    def visit_MatchSingleton(self, node: ast.MatchSingleton) -> ast.AST:
        """None, True or False."""
        return node

    def visit_MatchSequence(self, node: ast.MatchSequence) -> ast.AST:
        """[a, b]."""
        return self.node_contents_visit(node)

    def visit_MatchOr(self, node: ast.MatchOr) -> ast.AST:
        """a | b."""
        return self.node_contents_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:
        """*rest."""
        self.check_name(node, node.name)
        return node

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        """A capture."""
        self.check_name(node, node.name)
        return self.node_contents_visit(node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        """{"a": b, **rest}."""
        self.check_name(node, node.rest)
        for key in node.keys:
            self.visit(copy.deepcopy(key))
        node.patterns = [self.visit(pattern) for pattern in node.patterns]
        return node

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        """Point(x=0, y=y)."""
        self.visit(copy.deepcopy(node.cls))
        for name in node.kwd_attrs:
            self._check_attribute(node, name)
        node.patterns = [self.visit(pattern) for pattern in node.patterns]
        node.kwd_patterns = [self.visit(pattern) for pattern in node.kwd_patterns]
        return node

    # Imports.

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """import a.b as c."""
        for alias in node.names:
            self._check_module(node, alias.name)
            self.check_name(node, alias.asname)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """from a import b as c."""
        if node.level:
            self.error(node, "There is no package around this code. Import from a module by its full name.")
            return node
        module = node.module or ""
        if not self._check_module(node, module):
            return node
        for alias in node.names:
            if alias.name == "*":
                self.error(node, f"import * is not allowed. Name what is wanted: from {module} import a, b.")
                continue
            if modules.withheld(module, alias.name):
                self.error(node, f"{module}.{alias.name} is not available. {_advice(module, alias.name)}")
                continue
            self.check_name(node, alias.asname or alias.name)
        return node

    def _check_module(self, node: ast.AST, name: str) -> bool:
        reason = modules.refusal(name)
        if reason:
            self.error(node, reason)
        return not reason

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """The whole. What the code defines itself may be named like a builtin that is not there."""
        bound = collections.Counter(_bindings(node))
        self._bound = set(bound)
        self._modules = {name: module for name, module in _imported(node) if bound[name] == 1}
        self._annotations_are_texts = any(
            isinstance(statement, ast.ImportFrom)
            and statement.module == "__future__"
            and any(alias.name == "annotations" for alias in statement.names)
            for statement in node.body
        )
        return self.node_contents_visit(node)

    def visit_TypeAlias(self, node: ast.AST) -> ast.AST:
        """type X = int (Python 3.12 and later)."""
        return self.node_contents_visit(node)

    def visit_TypeVar(self, node: ast.AST) -> ast.AST:
        """The T of def f[T] (Python 3.12 and later)."""
        self.check_name(node, getattr(node, "name", None))
        return self.node_contents_visit(node)


_PROCESSES = re.compile(r"fork|system|popen|exec[lv]|spawn|posix_spawn|kill|wait|pipe|setsid|startfile")


def _advice(module: str, name: str) -> str:
    if module == "os" and _PROCESSES.match(name):
        return "Other programs and processes cannot be started; use a Python library, or threads of concurrent.futures."
    return {"os": "Use pathlib for files.", "string": "Use f-strings or str.format()."}.get(
        module, "Write it without looking into the interpreter."
    )


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(func=ast.Name(name, ast.Load()), args=list(arguments), keywords=[])


def _at(place: ast.AST, node: ast.expr) -> ast.expr:
    ast.copy_location(node, place)
    for child in ast.walk(node):
        if isinstance(child, ast.expr) and not hasattr(child, "lineno"):
            ast.copy_location(child, place)
    return node


def _captured(pattern: ast.AST) -> Iterable[str]:
    for node in ast.walk(pattern):
        if isinstance(node, ast.MatchClass) and node.kwd_attrs:
            for part in node.kwd_patterns:
                for inner in ast.walk(part):
                    if isinstance(inner, ast.MatchAs | ast.MatchStar) and inner.name:
                        yield inner.name


def _imported(tree: ast.AST) -> Iterable[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname or "." not in alias.name:
                    yield alias.asname or alias.name, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _bindings(tree: ast.AST) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.MatchAs | ast.MatchStar | ast.ExceptHandler) and node.name:
            yield node.name
