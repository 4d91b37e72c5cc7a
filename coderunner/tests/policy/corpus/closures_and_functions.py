"""Closures over values and mutable state, defaults, keyword-only, recursion, higher-order functions, global state."""

from functools import reduce

WANT = {
    "counter": [1, 2],
    "compose": 9,
    "reduce": 10,
    "sorted": ["b", "a"],
    "default": [[1], [2]],
    "total": 3,
    "lambdas": [0, 1, 4],
    "recursive": 120,
}

TOTAL = 0


def counter():
    state = {"n": 0}

    def count():
        state["n"] += 1
        return state["n"]

    return count


def compose(*functions):
    return reduce(lambda f, g: lambda x: g(f(x)), functions)


def collect(value, into=None):
    into = [] if into is None else into
    into.append(value)
    return into


def add(n):
    global TOTAL
    TOTAL += n


def factorial(n):
    return 1 if n <= 1 else n * factorial(n - 1)


def main():
    count = counter()
    add(1)
    add(2)
    return {
        "counter": [count(), count()],
        "compose": compose(lambda x: x + 1, lambda x: x * x)(2),
        "reduce": reduce(lambda a, b: a + b, range(5)),
        "sorted": sorted("ab", key=ord, reverse=True),
        "default": [collect(1), collect(2)],
        "total": TOTAL,
        "lambdas": [f(i) for i, f in enumerate([lambda x: x * x] * 3)],
        "recursive": factorial(5),
    }
