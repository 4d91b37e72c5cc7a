"""On names, items, slices, nested items and attributes, with every operator."""

from collections import defaultdict

WANT = {
    "counts": {"a": 2, "b": 1},
    "nested": {"x": {"y": 6}},
    "list": [1, 4, 9, 9],
    "ops": [7, 2, 1, 8, 12],
    "attribute": 5,
    "text": "ab",
}


class Counter:
    def __init__(self):
        self.n = 0
        self.seen = {}

    def add(self, key):
        self.n += 2
        self.seen[key] = self.seen.get(key, 0)
        self.seen[key] += 1
        return self


def main():
    counts = defaultdict(int)
    for letter in "aab":
        counts[letter] += 1
    nested = {"x": {"y": 2}}
    nested["x"]["y"] *= 3
    numbers = [1, 2, 3]
    numbers[1] **= 2
    numbers[2] **= 2
    numbers[3:] += [9]
    a, b, c, d, e = 5, 9, 5, 1, 12
    a |= 2
    b //= 4
    c %= 2
    d <<= 3
    e &= 12
    counter = Counter().add("x")
    counter.n += 3
    text = "a"
    text += "b"
    return {
        "counts": dict(counts),
        "nested": nested,
        "list": numbers,
        "ops": [a, b, c, d, e],
        "attribute": counter.n,
        "text": text,
    }
