"""Requests to look into what the hub holds about one person, made in the console: they wait in the log for another."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hub import topics
from hub.log import Out
from hub.place import Place, values
from hub.wire import twofold

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from hub.wire.schemas import Schemas

ROLE = "IG_LEAD"
Row = dict[str, Any]


class RequestError(Exception):
    """A request that cannot be agreed to; the text says the cure."""


def ask(
    kind: str,
    person: str,
    reason: str,
    by: str,
    now: int,
    key: "Ed25519PrivateKey",
    since: int | None = None,
    until: int | None = None,
) -> Row:
    """A request by the one who signed in as *by* (an opaque id), for another to agree to."""
    about = {"what": kind, "person": person, "reason": reason, "since": since, "until": until, "of": None}
    made = {**about, "by": ROLE, "second": ROLE, "at": now, "asked_by": by, "agreed_by": None}
    return _signed(kind, made, key)


def agree(request: Mapping[str, Any], by: str, now: int, key: "Ed25519PrivateKey") -> Row:
    """The access that *request* becomes, once *by* agreed to it; nobody agrees with themselves, nor after a day."""
    if by == request["asked_by"]:
        raise RequestError("request: you asked for it yourself; hint: another lead signs in and agrees")
    if abs(now - request["at"]) >= twofold.DAY:  # by a clock that was wrong it may seem to be asked tomorrow
        raise RequestError("request: older than a day; hint: ask anew")
    told = {name: value for name, value in request.items() if name not in {"id", twofold.SIGNATURES}}
    return _signed(request["what"], {**told, "at": now, "of": request["id"], "agreed_by": by}, key)


def _signed(kind: str, told: Row, key: "Ed25519PrivateKey") -> Row:
    return {**told, "id": twofold.named(kind, told), twofold.SIGNATURES: [twofold.sign(kind, told, key)]}


def waiting(place: Place, wire: "Schemas", now: int) -> list[Row]:
    """What waits for a second person, newest first: not declined, not agreed to, not a day old."""
    console = place.open().console_signer().public_key()
    asked, over = dict[str, Row](), set[str]()
    for told in values(wire, place.reader(), topics.REQUESTS):
        if "request" in told:
            over.add(told["request"])
        elif abs(now - told["at"]) < twofold.DAY and twofold.vouched(told["what"], told, console):
            asked[told["id"]] = told
    over |= {one["of"] for one in agreed(place, wire)}
    return [one for name, one in reversed(asked.items()) if name not in over]


def agreed(place: Place, wire: "Schemas") -> list[Row]:
    """Every access that two people agreed to in the console, oldest first."""
    console = place.open().console_signer().public_key()
    found = values(wire, place.reader(), topics.ACCESS)
    return [one for one in found if twofold.agreed(one["what"], one, console)]


def asked_out(request: Row, wire: "Schemas") -> Out:
    """The record of a request."""
    return Out(topics.REQUESTS, 0, request["id"].encode(), wire.encode("access", request), ())


def declined_out(request: Row, by: str, now: int, wire: "Schemas") -> Out:
    """The record that says no to a request."""
    told = {"request": request["id"], "at": now, "by": by}
    return Out(topics.REQUESTS, 0, request["id"].encode(), wire.encode("access.declined", told), ())


def agreed_out(access: Row, wire: "Schemas") -> Out:
    """The record of an access, which counts from then on."""
    return Out(topics.ACCESS, 0, access["id"].encode(), wire.encode("access", access), ())
