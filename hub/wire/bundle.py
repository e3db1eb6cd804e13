"""
The signed bundle of rules: canonical bytes (RFC 8785), Ed25519 signatures of IG keys (RFC 8032), the door that checks.

A lead signs the content and nothing else, so leads may sign apart from each other. Every signature must be good: one
that is missing, nameless, repeated, of a stranger or of other bytes refuses the whole, whatever else it says.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.wire.signing import NEEDED, signed, verifies

CONTEXT = b"csp-hub rules bundle v2\n"
LIFE = 28 * 24 * 3600 * 1_000_000  # microseconds for which a bundle may wait to be activated
SAFE = 2**53 - 1  # the largest whole number that every reader of JSON keeps (RFC 8785, section 3.2.2.3)
ISSUED = ("sequence", "previous", "activate_from", "activate_by", "amendment")


class BundleError(Exception):
    """Rules that must not come into force."""


def issue(
    rules: Mapping[str, Any], sequence: int, previous: str, since: int, until: int | None = None
) -> dict[str, Any]:
    """
    *rules* as bundle number *sequence*, to follow the one whose hash is *previous* ("" if there is none).

    It may be activated from *since* until *until* (UTC µs; four weeks later if nothing is said), and at no other time.

    >>> issue({"teams": {}}, 2, "ab", 0, 9)
    {'teams': {}, 'sequence': 2, 'previous': 'ab', 'activate_from': 0, 'activate_by': 9}
    """
    by = since + LIFE if until is None else until
    return {**rules, "sequence": sequence, "previous": previous, "activate_from": since, "activate_by": by}


def content(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """
    What *bundle* says, whichever it follows and whenever it was made.

    >>> content({"teams": {}, "sequence": 2, "previous": "ab"})
    {'teams': {}}
    """
    return {name: part for name, part in bundle.items() if name not in ISSUED}


def canonical(bundle: Mapping[str, Any]) -> bytes:
    """
    The one byte form of a bundle (RFC 8785): keys in order of UTF-16, no spaces, UTF-8; no number but whole ones.

    >>> canonical({"b": 1, "a": "x"})
    b'{"a":"x","b":1}'
    """
    try:
        return json.dumps(_ordered(bundle), separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError as bad:
        raise BundleError("bundle: half a character; hint: write the text in full") from bad


def _ordered(part: Any) -> Any:
    if isinstance(part, str):  # most are
        return part
    if isinstance(part, Mapping):
        if strange := [name for name in part if not isinstance(name, str)]:
            raise BundleError(f"bundle: a name that is no text, {strange[0]!r}; hint: put it in quotes")
        plain = all(map(str.isascii, part))  # as nearly all are: these sort alike either way
        return {name: _ordered(part[name]) for name in sorted(part, key=None if plain else _utf_16)}
    if isinstance(part, list | tuple):
        return [_ordered(one) for one in part]
    if isinstance(part, float) or (isinstance(part, int) and abs(part) > SAFE):
        raise BundleError(f"bundle: a number that is not whole or too large, {part}; hint: write a smaller whole one")
    return part


def _utf_16(name: str) -> bytes:
    return name.encode("utf-16-be")


def digest(bundle: Mapping[str, Any]) -> str:
    """The name of a bundle: the SHA-256 of its canonical bytes, in hex."""
    return sha256(canonical(bundle)).hexdigest()


def signature(body: bytes, key: Ed25519PrivateKey) -> dict[str, Any]:
    """One lead's signature over the canonical bytes of a bundle."""
    return signed(CONTEXT + body, key)


def sign(bundle: Mapping[str, Any], at: int, keys: Iterable[Ed25519PrivateKey]) -> dict[str, Any]:
    """The values of a `rules.activated` record: *bundle* in force from *at* (UTC µs), signed by every one of *keys*."""
    body = canonical(bundle)
    return activated(body, at, [signature(body, key) for key in keys])


def activated(body: bytes, at: int, signatures: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of a `rules.activated` record, of what was signed before."""
    return {"hash": sha256(body).hexdigest(), "at": at, "bundle": body, "signatures": list(signatures)}


def vouched(values: Mapping[str, Any], trusted: Mapping[str, Ed25519PublicKey], needed: int = NEEDED) -> bytes:
    """The bundle's bytes, once enough *trusted* keys have signed exactly these; none *needed*: no check."""
    body: bytes = values["bundle"]
    if sha256(body).hexdigest() != values["hash"]:
        raise BundleError("rules.activated: the hash is not that of the bundle; hint: sign the bundle again")
    if needed:
        check(body, values["signatures"], trusted, needed)
    return body


def check(
    body: bytes, signatures: Iterable[Mapping[str, Any]], trusted: Mapping[str, Ed25519PublicKey], needed: int = NEEDED
) -> None:
    """Refuse *body* unless at least *needed* different *trusted* keys have signed it, and nothing else is there."""
    seen: set[str] = set()
    for made in signatures:
        name = made["key"]
        if not name:
            raise BundleError("signatures: one does not name its key; hint: let that lead sign again")
        if name in seen:
            raise BundleError(f"signatures: two are of one key, {name}; hint: {needed} different leads sign")
        if name not in trusted:
            raise BundleError(
                f"signatures: key {name} is not trusted here; hint: its ig-*.pub belongs in the keys folder"
            )
        if not verifies(made, trusted[name], CONTEXT + body):
            raise BundleError(f"signatures: that of key {name} is of something else; hint: sign the bundle again")
        seen.add(name)
    if len(seen) < needed:
        raise BundleError(f"signatures: {len(seen)} of {needed}; hint: {needed} leads run `hub policy sign`")


def read(body: bytes) -> dict[str, Any]:
    """The bundle that these bytes are the canonical form of."""
    try:
        made = json.loads(body)
    except ValueError as bad:
        raise BundleError("bundle: not JSON; hint: make it with `hub policy build`") from bad
    if not isinstance(made, dict):
        raise BundleError("bundle: not a table; hint: make it with `hub policy build`")
    if canonical(made) != body:
        raise BundleError("bundle: not in its canonical form; hint: make it with `hub policy build`")
    return made
