"""A whole small job: read CSV text, clean, check, join, summarise."""

import io
import re
from dataclasses import dataclass

import pandas as pd

WANT = {
    "rows": 3,
    "rejected": [{"line": 4, "reason": "amount 'x' is no number"}],
    "by_country": {"DE": 30.5, "FR": 5.0},
    "top": "DE",
}

CSV = """id;country;amount
1; de ;10,50
2;fr;5
3;de;x
4;DE;20
"""


@dataclass
class Rejected:
    line: int
    reason: str


def amount(text):
    if not re.fullmatch(r"\d+(,\d+)?", text):
        raise ValueError(f"amount {text!r} is no number")
    return float(text.replace(",", "."))


def main():
    raw = pd.read_csv(io.StringIO(CSV), sep=";", dtype=str)
    rows, rejected = [], []
    for line, row in enumerate(raw.itertuples(index=False), start=2):
        try:
            rows.append({"id": int(row.id), "country": row.country.strip().upper(), "amount": amount(row.amount)})
        except ValueError as error:
            rejected.append(Rejected(line, str(error)))
    clean = pd.DataFrame(rows)
    by_country = clean.groupby("country")["amount"].sum()
    return {
        "rows": len(clean),
        "rejected": [{"line": r.line, "reason": r.reason} for r in rejected],
        "by_country": by_country.to_dict(),
        "top": by_country.idxmax(),
    }
