"""Fields with defaults, frozen, ordered, post-init, inheritance, replace, asdict."""

from dataclasses import asdict, astuple, dataclass, field, replace
from typing import ClassVar

WANT = {"total": 22.0, "sorted": [1, 2], "dict": {"sku": "x", "price": 11.0, "count": 2}, "frozen": True, "kinds": 2}


@dataclass
class Line:
    sku: str
    price: float
    count: int = 1
    kinds: ClassVar[int] = 2

    def __post_init__(self):
        if self.price < 0:
            raise ValueError(f"price of {self.sku!r} is below 0")

    @property
    def amount(self) -> float:
        return self.price * self.count


@dataclass
class Order:
    number: int
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> "Order":
        self.lines.append(line)
        return self


@dataclass(frozen=True, order=True)
class Key:
    rank: int
    name: str = field(default="", compare=False)


def main():
    order = Order(1).add(Line("x", 10.0, 2))
    order.lines[0] = replace(order.lines[0], price=11.0)
    frozen = False
    try:
        Key(1).rank = 2
    except AttributeError:
        frozen = True
    return {
        "total": sum(line.amount for line in order.lines),
        "sorted": [astuple(key)[0] for key in sorted([Key(2), Key(1)])],
        "dict": asdict(order.lines[0]),
        "frozen": frozen,
        "kinds": Line.kinds,
    }
