"""decimal, fractions, math, statistics, random with a seed, rounding."""

import math
import random
import statistics
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

WANT = {
    "tax": "1.19",
    "third": "1/3",
    "gcd": 6,
    "median": 2.5,
    "stdev": 1.29,
    "seeded": True,
    "isclose": True,
    "divmod": [3, 1],
}


def main():
    random.seed(3)
    first = random.sample(range(100), 3)
    random.seed(3)
    return {
        "tax": str((Decimal("1.00") * Decimal("1.185")).quantize(Decimal("0.01"), ROUND_HALF_UP)),
        "third": str(Fraction(2, 6)),
        "gcd": math.gcd(12, 18),
        "median": statistics.median([1, 2, 3, 4]),
        "stdev": round(statistics.stdev([1, 2, 3, 4]), 2),
        "seeded": first == random.sample(range(100), 3),
        "isclose": math.isclose(0.1 + 0.2, 0.3),
        "divmod": list(divmod(10, 3)),
    }
