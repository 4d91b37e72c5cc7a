"""Lists, sets, dicts, generators, nested, filtered, with unpacking and walrus."""

WANT = {
    "squares": [0, 4, 16],
    "set": [1, 2],
    "dict": {"a": 1, "b": 2},
    "flat": [1, 2, 3],
    "matrix": [[1, 3], [2, 4]],
    "walrus": [10, 20],
    "any": True,
    "pairs": [[0, "a", 1], [1, "b", 2]],
}


def main():
    rows = [("a", 1), ("b", 2)]
    return {
        "squares": [n * n for n in range(5) if n % 2 == 0],
        "set": sorted({n % 3 for n in (1, 2, 4)}),
        "dict": {key: value for key, value in rows},
        "flat": [n for part in [[1], [2, 3]] for n in part],
        "matrix": [[row[i] for row in [[1, 2], [3, 4]]] for i in range(2)],
        "walrus": [y for x in range(3) if (y := x * 10)],
        "any": any(value > 1 for _, value in rows),
        "pairs": [[i, k, v] for i, (k, v) in enumerate(rows)],
    }
