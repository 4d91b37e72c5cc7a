"""apply with lambdas, map with dicts, assign chains, pipe."""

import pandas as pd

WANT = [{"name": "ada", "size": "big", "score": 30}, {"name": "bob", "size": "small", "score": 4}]


def score(frame, *, factor=2):
    return frame.assign(score=lambda f: f["n"] * factor)


def main():
    frame = pd.DataFrame({"name": ["Ada", "Bob"], "n": [15, 2]})
    frame["size"] = frame["n"].apply(lambda n: "big" if n > 10 else "small")
    frame["name"] = frame["name"].map({"Ada": "ada", "Bob": "bob"})
    return frame.pipe(score, factor=2)[["name", "size", "score"]].to_dict("records")
