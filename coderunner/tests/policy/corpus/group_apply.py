"""A function for each group, and transform."""

import pandas as pd

WANT = {"share": [0.25, 0.75, 1.0], "top": {"a": 3, "b": 5}}


def main():
    frame = pd.DataFrame({"k": ["a", "a", "b"], "v": [1, 3, 5]})
    frame["share"] = frame["v"] / frame.groupby("k")["v"].transform("sum")
    top = {key: int(group.nlargest(1, "v")["v"].iloc[0]) for key, group in frame.groupby("k")}
    return {"share": frame["share"].tolist(), "top": top}
