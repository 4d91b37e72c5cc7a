"""Whether a connection may be made, and to which address."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from coderunner.egress.addresses import Address, Network, plain, public
from coderunner.egress.hosts import Host

_LOOKUP_SECONDS = 10.0
# Name servers that are slow to answer must not keep anything else in the service waiting.
_lookups = ThreadPoolExecutor(16, "lookup")


class Refused(Exception):
    """The connection is not made; the message says why, for whoever wrote the code."""


@dataclass(frozen=True)
class Policy:
    """What one execution may reach."""

    hosts: tuple[Host, ...]
    networks: tuple[Network, ...] = ()  # not public, and yet allowed by the operator
    trusted: tuple[Host, ...] = ()  # named by the operator: wherever they are

    async def resolve(self, name: str, port: int) -> list[str]:
        """The addresses at which the host may be reached. They are what is connected to: the name is not asked again,
        so that it cannot mean something else a moment later."""
        name = name.lower().rstrip(".").strip("[]")
        trusted = any(host.allows(name, port) for host in self.trusted)
        if not trusted and not any(host.allows(name, port) for host in self.hosts):
            raise Refused(f"{name}:{port} is not among the hosts that this environment may reach.")
        try:
            found = await asyncio.wait_for(_look_up(name, port), _LOOKUP_SECONDS)
        except asyncio.TimeoutError:
            raise Refused(f"The host {name} cannot be found: no name server answers.") from None
        except OSError as error:
            raise Refused(f"The host {name} cannot be found: {error.strerror or error}.") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = [text for text in addresses if trusted or self._may(ipaddress.ip_address(text.partition("%")[0]))]
        if not allowed:
            raise Refused(f"{name} is at {addresses[0]}, which is not on the public internet and may not be reached.")
        return allowed

    def _may(self, address: Address) -> bool:
        if public(address):
            return True
        address = plain(address)
        return any(address.version == network.version and address in network for network in self.networks)


async def _look_up(name: str, port: int) -> list[tuple[Any, ...]]:
    ask = functools.partial(socket.getaddrinfo, name, port, type=socket.SOCK_STREAM)
    return list(await asyncio.get_running_loop().run_in_executor(_lookups, ask))
