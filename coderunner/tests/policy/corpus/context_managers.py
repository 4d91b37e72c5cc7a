"""with on files, classes, contextlib, several at once, suppress, ExitStack."""

import contextlib
import csv
import io
import tempfile
from pathlib import Path

WANT = {
    "rows": [["a", "1"], ["b", "2"]],
    "order": ["in", "body", "out"],
    "error": "handled",
    "stack": [2, 1],
    "two": [1, 2],
}


class Timer:
    def __init__(self, log):
        self.log = log

    def __enter__(self):
        self.log.append("in")
        return self

    def __exit__(self, kind, error, trace):
        self.log.append("out")
        return kind is ValueError


@contextlib.contextmanager
def pair():
    yield 1, 2


def main():
    log, stack = [], []
    with Timer(log):
        log.append("body")
        raise ValueError
    with tempfile.TemporaryDirectory() as folder, open(Path(folder, "x.csv"), "w+", newline="") as file:
        csv.writer(file).writerows([["a", 1], ["b", 2]])
        file.seek(0)
        rows = list(csv.reader(file))
    with contextlib.suppress(KeyError):
        {}["missing"]
    with contextlib.ExitStack() as exits:
        exits.callback(stack.append, 1)
        exits.callback(stack.append, 2)
    with pair() as (a, b), contextlib.redirect_stdout(io.StringIO()):
        print("hidden")
    return {"rows": rows, "order": log, "error": "handled", "stack": stack, "two": [a, b]}
