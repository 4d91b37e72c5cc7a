"""Stars in assignments, calls, literals; nested targets; swapping."""

WANT = {
    "head": 1,
    "tail": [2, 3],
    "nested": [1, 2, 3],
    "swap": [2, 1],
    "merged": {"a": 1, "b": 3},
    "list": [0, 1, 2],
    "call": [1, 2, 3, 4],
    "loop": [3, 7],
}


def call(a, /, b, *rest, c, **more):
    return [a, b, c, *rest, *more.values()]


def main():
    head, *tail = [1, 2, 3]
    (a, b), [c] = (1, 2), [3]
    x, y = 1, 2
    x, y = y, x
    first = second = [0]
    second.append(1)
    args, kwargs = (1, 2), {"c": 3, "d": 4}
    return {
        "head": head,
        "tail": tail,
        "nested": [a, b, c],
        "swap": [x, y],
        "merged": {**{"a": 1, "b": 2}, "b": 3},
        "list": [*first, *(2,)],
        "call": call(*args, **kwargs),
        "loop": [p + q for (p, q) in zip([1, 3], [2, 4])],
    }
