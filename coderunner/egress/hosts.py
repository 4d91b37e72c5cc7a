"""The list of hosts that an environment may speak to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_USUAL_PORTS = frozenset({80, 443})
_MOST = 200


class BadHost(Exception):
    """An entry that is no host; the message says what one looks like."""


@dataclass(frozen=True)
class Host:
    """One entry: a name, exactly or with everything below it, and a port, or the usual ones of the web."""

    name: str
    below: bool = False
    port: int = 0

    def allows(self, name: str, port: int) -> bool:
        """Whether this entry lets that host and port through."""
        fits = name.endswith(f".{self.name}") if self.below else name == self.name
        return fits and (port == self.port if self.port else port in _USUAL_PORTS)


def parse(text: str) -> Host:
    """Read an entry: api.example.org, *.example.org or db.example.org:5432."""
    name, port = text.strip().lower(), ""
    if name.count(":") == 1 or "]:" in name:
        name, _, port = name.rpartition(":")
    below = name.startswith("*.")
    name = name.removeprefix("*.").rstrip(".").strip("[]")
    if port and (not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536):
        raise BadHost(f"{text!r:.100} has no port that there is; write a number up to 65535 after the colon.")
    if not _address(name) and (len(name) > 253 or not _HOST.fullmatch(name)):
        raise BadHost(
            f"{text!r:.100} is not a host. Write a name such as api.example.org, *.example.org for all below it, "
            "or db.example.org:5432 for another port than 80 and 443."
        )
    return Host(name, below, int(port or 0))


def parse_all(texts: Iterable[str]) -> tuple[Host, ...]:
    """Read a list of entries."""
    found = tuple(parse(text) for text in texts)
    if len(found) > _MOST:
        raise BadHost(f"There are {len(found)} hosts; {_MOST} are allowed.")
    return found


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
