"""What a person asks for, line by line, checked before anything is started."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_MOST_LINES = 500
_LONGEST = 500


class BadRequirement(Exception):
    """A line that cannot be used."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line


def check(lines: Sequence[str]) -> list[str]:
    """The requirements without comments and empty lines."""
    if len(lines) > _MOST_LINES:
        raise BadRequirement(_MOST_LINES + 1, f"there are {len(lines)} lines; {_MOST_LINES} are allowed.")
    found: list[str] = []
    seen: dict[str, int] = {}
    for number, raw in enumerate(lines, 1):
        text = _without_comment(raw)
        if not text:
            continue
        requirement = _parse(number, text)
        name = canonicalize_name(requirement.name)
        if name in seen and requirement.marker is None:
            raise BadRequirement(number, f"{requirement.name} is asked for in line {seen[name]} already.")
        seen.setdefault(name, number)
        found.append(str(requirement))
    return found


def _without_comment(raw: str) -> str:
    text = raw.strip()
    return "" if text.startswith("#") else text.partition(" #")[0].strip()


def _parse(number: int, text: str) -> Requirement:
    if len(text) > _LONGEST:
        raise BadRequirement(number, f"is longer than {_LONGEST} characters.")
    if text.startswith("-"):
        raise BadRequirement(
            number, f"{text.split()[0]!r} is an option of pip; write only packages, such as polars>=1,<2."
        )
    if "$" in text:
        # pip puts in variables of its own surroundings there, which hold the passwords of indexes, and logs them.
        raise BadRequirement(number, "has a $, which has no meaning in a requirement.")
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        detail = str(error).split("\n", 1)[0]
        raise BadRequirement(
            number, f"{text!r} is no requirement ({detail}); write one such as polars>=1,<2."
        ) from None
    if requirement.url:
        raise BadRequirement(
            number, f"{requirement.name} is taken from an address; upload its wheel and write its name instead."
        )
    return requirement
