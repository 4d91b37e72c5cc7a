"""Keeping secrets out of logs and errors, in the forms in which they come there by accident."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"

# Of a secret of several lines, such as a key, each line is hidden by itself; shorter ones say nothing.
_SHORTEST_LINE = 6


class Redactor:
    """Replaces secrets in texts. It cannot hide what code has encoded on purpose."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        for secret in secrets:
            lines = [line.strip() for line in secret.splitlines()]
            for text in (secret, secret.strip(), *(line for line in lines if len(line) >= _SHORTEST_LINE)):
                forms |= {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
                forms |= {quote(text), quote(text, safe="")}
        found = sorted((form for form in forms if form), key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, found))) if found else None
        self.longest = len(found[0]) if found else 0

    def text(self, text: str) -> str:
        """The text without the secrets."""
        return self._pattern.sub(MASK, text) if self._pattern else text
