"""Counter, defaultdict, deque, namedtuple, OrderedDict, ChainMap, heapq, bisect, operator, sorting by several keys."""

import bisect
import heapq
import operator
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple

WANT = {
    "common": [["a", 2]],
    "groups": {"x": [1, 3], "y": [2]},
    "window": [2, 3],
    "sorted": ["b", "a", "c"],
    "smallest": [1, 2],
    "at": 2,
    "chain": 1,
    "item": [2, 1],
    "order": ["z", "a"],
    "max": "c",
}

Row = namedtuple("Row", "name size", defaults=[0])


def main():
    groups = defaultdict(list)
    for key, value in [("x", 1), ("y", 2), ("x", 3)]:
        groups[key].append(value)
    rows = [Row("a", 1), Row("b", 2), Row("c")]
    return {
        "common": [list(pair) for pair in Counter("aab").most_common(1)],
        "groups": dict(groups),
        "window": list(deque([1, 2, 3], maxlen=2)),
        "sorted": [row.name for row in sorted(rows, key=lambda row: (-row.size, row.name))],
        "smallest": heapq.nsmallest(2, [3, 1, 2]),
        "at": bisect.bisect([1, 2, 4], 3),
        "chain": ChainMap({"a": 1}, {"a": 2})["a"],
        "item": sorted([1, 2], key=operator.neg),
        "order": list(OrderedDict(z=1, a=2)),
        "max": max(rows, key=operator.attrgetter("name")).name,
    }
