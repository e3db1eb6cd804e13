"""
Which addresses a webhook may go to: public ones, and networks that the operator names.

An endpoint's name is looked up once and connected to by the address that was looked at, so a name that means something
else a moment later leads nowhere.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple

Network = IPv4Network | IPv6Network
Look = Callable[..., Iterable[tuple[Any, ...]]]
NAT64 = IPv6Network("64:ff9b::/96")


class AddressError(Exception):
    """A name that leads nowhere (NAME), or nowhere a webhook may go (ADDRESS); *code* says which."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


class Found(NamedTuple):
    """An address to connect to, as the socket wants it."""

    family: int
    address: Any


def look_up(host: str, port: int, allowed: Sequence[Network], look: Look = socket.getaddrinfo) -> list[Found]:
    """
    The addresses of *host* that are public or within an *allowed* network, in the order the resolver gave them.

    >>> look_up("127.0.0.1", 80, [])
    Traceback (most recent call last):
    hub.outbound.address.AddressError: not a public address, nor in a network that this endpoint allows
    """
    try:
        found = list(look(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as gone:
        raise AddressError("no address by this name", "NAME") from gone
    good = [Found(family, address) for family, _, _, _, address in found if permitted(address[0], allowed)]
    if not good:
        raise AddressError("not a public address, nor in a network that this endpoint allows", "ADDRESS")
    return good


def permitted(text: str, allowed: Iterable[Network]) -> bool:
    """
    Whether a webhook may go to this address.

    >>> permitted("93.184.216.34", []), permitted("169.254.169.254", []), permitted("::ffff:10.0.0.1", [])
    (True, False, False)
    >>> permitted("fec0::1", [])  # of one site, which nobody uses any more (RFC 3879)
    False
    """
    address = _plain(ip_address(text.partition("%")[0]))
    if any(address in network for network in allowed if network.version == address.version):
        return True
    inside = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or inside)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address leads to, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
