"""What restricted code has in place of the builtins that could reach past the language, and the guards in it."""

from __future__ import annotations

import _string  # type: ignore[import-not-found]  # what string.Formatter itself is made of
import builtins
import string
import types
from collections.abc import Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

from RestrictedPython.Guards import safe_builtins
from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from coderunner.policy import modules, rules
from coderunner.policy.refusals import RefusedAttribute, RefusedCall, RefusedImport

_MISSING = object()

# Beside RestrictedPython's own list. What is withheld there because it iterates unguarded is harmless here.
_FURTHER = """
aiter all any anext ascii bin bytearray bytes classmethod dict dir enumerate filter format frozenset iter list map max
memoryview min next object property reversed set sorted staticmethod sum super tuple zip print NotImplemented
BaseExceptionGroup ExceptionGroup BlockingIOError BrokenPipeError ChildProcessError ConnectionAbortedError
ConnectionError ConnectionRefusedError ConnectionResetError EncodingWarning FileExistsError FileNotFoundError
InterruptedError IsADirectoryError ModuleNotFoundError NotADirectoryError PermissionError ProcessLookupError
RecursionError ResourceWarning StopAsyncIteration TimeoutError
"""


def get_attribute(owner: Any, name: str) -> Any:
    """Read an attribute whose name the compiler has checked."""
    if isinstance(owner, ModuleType):
        return _of_module(owner, name)
    return getattr(owner, name)


def get_format(owner: Any, name: str) -> Any:
    """Read format or format_map; those of texts would read attributes that nobody has checked."""
    if isinstance(owner, str):
        return getattr(_Formatter(owner), name)
    if isinstance(owner, type) and issubclass(owner, str):
        return lambda text, *args, **kwargs: getattr(_Formatter(text), name)(*args, **kwargs)
    return get_attribute(owner, name)


def for_writing(owner: Any) -> Any:
    """What an attribute may be set on."""
    if isinstance(owner, ModuleType):
        raise RefusedCall(f"The module {owner.__name__} cannot be changed. Keep the value in a variable of your own.")
    return owner


def captured(*values: Any) -> bool:
    """Check what a class pattern took out of an object."""
    for value in values:
        home = getattr(value, "__module__", None)
        if isinstance(value, ModuleType):
            raise RefusedAttribute("A pattern cannot take a module out of an object.")
        if isinstance(home, str) and (home in ("posix", *modules.ONLY) or modules.refusal(home)):
            raise RefusedAttribute(f"A pattern cannot take a part of the module {home} out of an object.")
    return True


def _of_module(module: ModuleType, name: str) -> Any:
    home = module.__name__
    reason = modules.refusal(home) if home != "main" else ""
    if reason:
        raise RefusedAttribute(reason)
    if modules.withheld(home, name):
        raise RefusedAttribute(f"{home}.{name} is not available under this policy.")
    replaced = _REPLACED.get((home, name))
    return replaced if replaced is not None else getattr(module, name)


def _checked(name: Any) -> str:
    if type(name) is not str:
        raise RefusedCall("The name of an attribute must be a text.")
    if (name.startswith("_") and name != "_" and name not in rules.TEXTS) or name in INSPECT_ATTRIBUTES:
        raise RefusedAttribute(f"The attribute {name} is not to be used.")
    return name


def _getattr(owner: Any, name: str, default: Any = _MISSING) -> Any:
    guard = get_format if _checked(name) in ("format", "format_map") else get_attribute
    if default is _MISSING:
        return guard(owner, name)
    try:
        return guard(owner, name)
    except RefusedAttribute:
        raise
    except AttributeError:
        return default


def _hasattr(owner: Any, name: str) -> bool:
    try:
        _getattr(owner, name)
    except AttributeError:
        return False
    return True


def _setattr(owner: Any, name: str, value: Any) -> None:
    setattr(for_writing(owner), _checked(name), value)


def _delattr(owner: Any, name: str) -> None:
    delattr(for_writing(owner), _checked(name))


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    # A library written in C imports in the name of the code that called it, and asks in this way only. A statement has
    # a tuple, and code cannot call this itself, since it cannot say the name.
    if type(fromlist) is list:
        return __import__(name, globals, locals, fromlist, level)
    reason = "There is no package around this code." if level else modules.refusal(name)
    if reason:
        raise RefusedImport(reason, name=name)
    module = __import__(name, None, None, tuple(fromlist or ()))
    if not fromlist:
        return module
    # What is named is taken through the guard, so that no name of it is had unchecked.
    found = SimpleNamespace()
    for wanted in fromlist:
        try:
            setattr(found, wanted, _of_module(module, wanted))
        except RefusedAttribute as error:
            raise RefusedImport(str(error), name=name) from None
        except AttributeError:
            raise ImportError(f"cannot import name {wanted!r} from {name!r}", name=name) from None
    return found


def _open(file: Any, *args: Any, **kwargs: Any) -> Any:
    if isinstance(file, int) or kwargs.get("opener") is not None or len(args) > 6:
        raise RefusedCall("open() takes a path here, not a descriptor.")
    return open(file, *args, **kwargs)


class _Formatter(string.Formatter):
    """str.format() that reads only attributes which code may read."""

    def __init__(self, text: str) -> None:
        self._text = text

    def format(self, /, *args: Any, **kwargs: Any) -> str:
        """As str.format."""
        return self.vformat(self._text, args, kwargs)

    def format_map(self, mapping: Mapping[str, Any], /) -> str:
        """As str.format_map."""
        return self.vformat(self._text, (), mapping)

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        """As the base class, with the guard in place of getattr."""
        first, rest = _string.formatter_field_name_split(field_name)
        found = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            found = _getattr(found, key) if is_attribute else found[key]
        return found, first


def _attrgetter(*names: str) -> Any:
    """As operator.attrgetter, with the guard in place of getattr."""
    paths = [[_checked(part) for part in name.split(".")] for name in names]

    def one(owner: Any, path: list[str]) -> Any:
        for part in path:
            owner = _getattr(owner, part)
        return owner

    if len(paths) == 1:
        return lambda owner: one(owner, paths[0])
    return lambda owner: tuple(one(owner, path) for path in paths)


def _methodcaller(name: str, /, *args: Any, **kwargs: Any) -> Any:
    """As operator.methodcaller, with the guard in place of getattr."""
    _checked(name)
    return lambda owner: _getattr(owner, name)(*args, **kwargs)


class _Kind(type):
    """Lets type be asked and compared with, but not make classes past the compiler."""

    def __call__(cls, *args: Any) -> Any:
        if len(args) != 1:
            raise RefusedCall("type() takes one argument here. Write a class statement, or use dataclasses.")
        return type(args[0])

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, type)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, type)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is type

    def __hash__(cls) -> int:
        return hash(type)


class _Type(metaclass=_Kind):
    __name__ = "type"

    def __class_getitem__(cls, item: Any) -> Any:
        return type[item]

    def __init_subclass__(cls) -> None:
        raise RefusedCall("A class cannot inherit from type. Use a class decorator.")


class _Comparable(type):
    """A type of the interpreter that code may compare with and not call."""

    def __call__(cls, *_: Any) -> Any:
        raise RefusedCall("This type is there to compare with, not to make objects of.")

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.original)  # type: ignore[attr-defined]


_REPLACED: dict[tuple[str, str], Any] = {
    ("operator", "attrgetter"): _attrgetter,
    ("operator", "methodcaller"): _methodcaller,
    **{("types", n): _Comparable(n, (), {"original": getattr(types, n)}) for n in modules.NOT_CALLED},
}


def namespace() -> dict[str, Any]:
    """The globals of restricted code."""
    allowed = {name: value for name, value in safe_builtins.items() if not name.startswith("_")}
    for name in _FURTHER.split():
        if hasattr(builtins, name):
            allowed[name] = getattr(builtins, name)
    allowed |= {
        "__build_class__": builtins.__build_class__,
        "__import__": _import,
        "delattr": _delattr,
        "getattr": _getattr,
        "hasattr": _hasattr,
        "open": _open,
        "setattr": _setattr,
        "type": _Type,
    }
    return {
        "__name__": "main",
        "__builtins__": allowed,
        rules.GETATTR: get_attribute,
        rules.FORMAT: get_format,
        rules.WRITE: for_writing,
        rules.CAPTURED: captured,
    }
