"""Assignment in conditions, loops and arguments."""

import io

WANT = {"lines": ["one", "two"], "long": 4, "found": "b"}


def main():
    source, lines = io.StringIO("one\ntwo\n"), []
    while line := source.readline().strip():
        lines.append(line)
    if (n := len("four")) > 3:
        found = next((m for k in "ab" if (m := k) == "b"), None)
    return {"lines": lines, "long": n, "found": found}
