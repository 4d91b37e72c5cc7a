"""Format specifications, nested fields, conversions, the = of debugging, and str.format."""

from datetime import date
from types import SimpleNamespace

WANT = [
    "1,234.50",
    "  right|left  |**mid**",
    "0x00ff 12.5% 1e+03",
    "'q' 2024-01-02",
    "n=3 3.142",
    "ada is 3 and [1]",
    "a-b c",
    "k: v",
]


def main():
    n, width, places, person = 3, 7, 3, SimpleNamespace(name="ada", tags=[1])
    return [
        f"{1234.5:,.2f}",
        f"{'right':>{width}}|{'left':<6}|{'mid':*^7}",
        f"{255:#06x} {0.125:.1%} {1000.0:.0e}",
        f"{'q'!r} {date(2024, 1, 2):%Y-%m-%d}",
        f"{n=} {3.14159:.{places}f}",
        f"{person.name} is {n} and {person.tags}",
        "{}-{} {x[0]}".format("a", "b", x="c"),
        "{k}: {v}".format_map({"k": "k", "v": "v"}),
    ]
