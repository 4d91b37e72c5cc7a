"""Literals, sequences, mappings, classes, guards, alternatives, captures, enumerations."""

from dataclasses import dataclass
from enum import Enum

WANT = [
    "none",
    "greeting",
    "point 1 2",
    "on axis",
    "first 1 of 3",
    "type order with ['id']",
    "red",
    "number 7",
    "text",
    "nested b",
    "else",
]


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: int


def describe(value):
    match value:
        case None:
            return "none"
        case "hello" | "hi":
            return "greeting"
        case Point(x=0, y=_) | Point(x=_, y=0):
            return "on axis"
        case Point(x=x, y=y):
            return f"point {x} {y}"
        case [{"name": name}, *_]:
            return f"nested {name}"
        case [first, *rest] if rest:
            return f"first {first} of {1 + len(rest)}"
        case {"type": kind, **more}:
            return f"type {kind} with {sorted(more)}"
        case Color.RED:
            return "red"
        case int() | float() as number:
            return f"number {number}"
        case str(text):
            return "text"
        case _:
            return "else"


def main():
    values = [
        None,
        "hi",
        Point(1, 2),
        Point(0, 5),
        [1, 2, 3],
        {"type": "order", "id": 1},
        Color.RED,
        7,
        "x",
        [{"name": "b"}],
        1j,
    ]
    return [describe(value) for value in values]
