"""A database in memory, read into a data frame."""

import sqlite3

import pandas as pd

WANT = [{"k": "a", "n": 3}, {"k": "b", "n": 3}]


def main():
    with sqlite3.connect(":memory:") as db:
        db.execute("create table t (k text, n integer)")
        db.executemany("insert into t values (?, ?)", [("a", 1), ("a", 2), ("b", 3)])
        frame = pd.read_sql_query("select k, sum(n) as n from t group by k order by k", db)
    return frame.to_dict("records")
