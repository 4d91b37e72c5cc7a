"""Search, groups by name, substitution by function, split, flags, compiled patterns."""

import re

WANT = {
    "when": {"year": "2024", "month": "03"},
    "masked": "card ****1111",
    "words": ["a", "b", "c"],
    "found": [["k", "1"], ["m", "2"]],
}

DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})")


def main():
    if (match := DATE.search("on 2024-03-05")) is None:
        return None
    return {
        "when": match.groupdict(),
        "masked": re.sub(r"\d{8}(\d{4})", lambda m: "****" + m.group(1), "card 411111111111"),
        "words": re.split(r"[,;\s]+", "a, b;c"),
        "found": [list(m.groups()) for m in re.finditer(r"(\w)=(\d)", "k=1 m=2", re.IGNORECASE)],
    }
