"""merge, pivot_table, melt, concat."""

import pandas as pd

WANT = {"pivot": [[1, 2], [0, 3]], "rows": 4, "joined": ["x", "x", "y"]}


def main():
    facts = pd.DataFrame({"id": [1, 1, 2], "month": ["jan", "feb", "jan"], "n": [2, 1, 3]})
    names = pd.DataFrame({"id": [1, 2], "name": ["x", "y"]})
    joined = facts.merge(names, on="id", how="left", validate="many_to_one")
    pivot = joined.pivot_table(index="name", columns="month", values="n", fill_value=0, aggfunc="sum")
    long = pivot.reset_index().melt(id_vars="name")
    both = pd.concat([long, long.iloc[:0]], ignore_index=True)
    return {"pivot": pivot.astype(int).values.tolist(), "rows": len(both), "joined": joined["name"].tolist()}
