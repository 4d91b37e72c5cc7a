"""Which network addresses are on the public internet. What a name resolves to is checked, not the name."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Beside those that the standard library calls private, loopback, link-local, multicast or reserved.
_RESERVED_IPV4 = ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15")
_RESERVED_IPV6 = ("2001::/23", "fec0::/10", "3fff::/20", "5f00::/16")
_RESERVED = tuple(ipaddress.ip_network(text) for text in (*_RESERVED_IPV4, *_RESERVED_IPV6))
# IPv6 networks whose last four bytes are an IPv4 address.
_EMBEDDING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
_LOCAL_TRANSLATION = ipaddress.IPv6Network("64:ff9b:1::/48")


def plain(address: Address) -> Address:
    """The address without the ways in which IPv6 writes one of IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address.sixtofour:
            return address.sixtofour
        if any(address in network for network in _EMBEDDING):
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def public(address: Address) -> bool:
    """Whether an address is on the public internet."""
    address = plain(address)
    if not address.is_global or address.is_multicast or address.is_reserved or address in _LOCAL_TRANSLATION:
        return False
    return not any(address in network for network in _RESERVED)
