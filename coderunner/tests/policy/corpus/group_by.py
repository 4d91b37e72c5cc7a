"""Groups, named aggregates, a derived column and a sort."""

import pandas as pd

WANT = [{"region": "north", "total": 50.0, "orders": 2}, {"region": "south", "total": 5.0, "orders": 1}]


def main():
    orders = pd.DataFrame({"region": ["north", "south", "north"], "price": [10.0, 5.0, 20.0], "count": [1, 1, 2]})
    orders["amount"] = orders["price"] * orders["count"]
    grouped = orders.groupby("region").agg(total=("amount", "sum"), orders=("amount", "size"))
    return grouped.sort_values("total", ascending=False).reset_index().to_dict("records")
