"""yield, yield from, send, expressions, pipelines, itertools."""

import itertools

WANT = {"chunks": [[0, 1], [2, 3], [4]], "flat": [1, 2, 3], "average": [10.0, 15.0], "pairs": [[0, 1], [1, 2]]}


def chunks(rows, size):
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, size)):
        yield chunk


def flat(nested):
    for part in nested:
        if isinstance(part, list):
            yield from flat(part)
        else:
            yield part


def averaging():
    total, count, average = 0.0, 0, None
    while True:
        value = yield average
        total += value
        count += 1
        average = total / count


def main():
    average = averaging()
    next(average)
    return {
        "chunks": list(chunks(range(5), 2)),
        "flat": list(flat([1, [2, [3]]])),
        "average": [average.send(10), average.send(20)],
        "pairs": [list(pair) for pair in itertools.pairwise(range(3))],
    }
