"""query and eval belong to the data frame, not to Python."""

import pandas as pd

WANT = {"rows": [2, 3], "sum": [11, 22, 33]}


def main():
    least = 2
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [10, 20, 30]})
    return {"rows": frame.query("a >= @least")["a"].tolist(), "sum": frame.eval("a + b").tolist()}
