"""Annotations on variables, attributes and parameters, generics, Optional, Literal, TypedDict, Protocol, NewType."""

from collections.abc import Callable
from typing import Any, Generic, Literal, NewType, Protocol, TypedDict, TypeVar

WANT = {"first": 1, "none": None, "typed": {"name": "n", "size": 2}, "key": 5, "has": True}

T = TypeVar("T")
Key = NewType("Key", int)


class Sized(Protocol):
    def size(self) -> int: ...


class Row(TypedDict, total=False):
    name: str
    size: int


class Box(Generic[T]):
    content: T

    def __init__(self, content: T) -> None:
        self.content: T = content

    def map(self, f: Callable[[T], T]) -> "Box[T]":
        return Box(f(self.content))


def first(rows: list[T], default: T | None = None, how: Literal["a", "b"] = "a", **more: Any) -> T | None:
    return rows[0] if rows else default


def main():
    row: Row = {"name": "n", "size": 2}
    return {
        "first": first([1, 2]),
        "none": first([]),
        "typed": row,
        "key": Box(Key(4)).map(lambda n: n + 1).content,
        "has": "content" in Box.__doc__ if Box.__doc__ else True,
    }
