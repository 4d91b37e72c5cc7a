"""Inheritance, super, properties, class and static methods, special methods, abstract bases, mixins, slots of enums."""

from abc import ABC, abstractmethod
from enum import IntEnum, auto
from functools import total_ordering

WANT = {
    "names": ["circle", "square"],
    "areas": [12.57, 4.0],
    "repr": "Square(2)",
    "sum": "Money(7)",
    "order": [1, 3],
    "level": 2,
    "made": 9.0,
    "len": 3,
    "in": True,
    "call": 6,
    "item": "b",
    "hash": 1,
}


class Shape(ABC):
    count = 0

    def __init__(self, name):
        self.name = name
        Shape.count += 1

    @abstractmethod
    def area(self): ...

    def __repr__(self):
        return f"{type(self).__name__}({self.size})"


class Circle(Shape):
    def __init__(self, size):
        super().__init__("circle")
        self.size = size

    def area(self):
        return round(3.14159 * self.size**2, 2)


class Square(Shape):
    def __init__(self, size):
        super().__init__("square")
        self.size = size

    def area(self):
        return float(self.size**2)

    @classmethod
    def of_area(cls, area):
        return cls(area**0.5)

    @property
    def double(self):
        return self.size * 2

    @double.setter
    def double(self, value):
        self.size = value / 2


@total_ordering
class Money:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return Money(self.n + other.n)

    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __eq__(self, other):
        return self.n == other.n

    def __lt__(self, other):
        return self.n < other.n

    def __hash__(self):
        return hash(self.n)

    def __repr__(self):
        return f"Money({self.n})"


class Bag(dict):
    def __missing__(self, key):
        self[key] = []
        return self[key]

    def __call__(self, n):
        return n * 2


class Letters:
    def __init__(self, text):
        self.text = text

    def __len__(self):
        return len(self.text)

    def __getitem__(self, index):
        return self.text[index]

    def __contains__(self, letter):
        return letter in self.text

    def __iter__(self):
        return iter(self.text)


class Level(IntEnum):
    LOW = auto()
    HIGH = auto()


def main():
    shapes = [Circle(2), Square(2)]
    square = Square.of_area(9.0)
    square.double = 6
    bag = Bag()
    bag["x"].append(1)
    letters = Letters("abc")
    return {
        "names": [shape.name for shape in shapes],
        "areas": [shape.area() for shape in shapes],
        "repr": repr(shapes[1]),
        "sum": repr(sum([Money(3), Money(4)])),
        "order": [money.n for money in sorted([Money(3), Money(1)])],
        "level": Level.HIGH,
        "made": square.area(),
        "len": len(letters),
        "in": "a" in letters,
        "call": bag(3),
        "item": letters[1],
        "hash": len({Money(1), Money(1)}),
    }
