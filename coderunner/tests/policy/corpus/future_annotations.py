"""Annotations that stay texts."""

from __future__ import annotations

import typing
from collections.abc import Iterable
from dataclasses import dataclass, fields

import pandas as pd

WANT = {"names": ["frame", "tags"], "n": 3}


@dataclass
class Batch:
    frame: pd.DataFrame
    tags: list[str] | None = None
    limit: typing.ClassVar[int] = 3

    @classmethod
    def of(cls, rows: Iterable[int]) -> Batch:
        return cls(pd.DataFrame({"n": list(rows)}))


def main():
    batch: Batch = Batch.of(range(3))
    count: int
    count = len(batch.frame)
    return {"names": [f.name for f in fields(batch)], "n": count}
