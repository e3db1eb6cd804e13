"""
Names for records that only their own agency can read back.

A record id is sealed with AES-SIV (RFC 5297) under a key that never leaves the agency: the same id always gives the
same pseudonym, which only a holder of that key can open. The agency's name and the purpose are bound in, so that a
pseudonym cannot be passed off as another agency's. A link reference that partners already share becomes a keyed hash
under the partnership's key.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

RECORD, BOOKING, MEMORY, FILE = "r", "b", "m", "f"
KEY_BYTES = 64  # AES-256-SIV
LINK_KEY_BYTES = 32


class PseudonymError(ValueError):
    """A pseudonym that this agency's keys do not open."""


class KeyFileError(ValueError):
    """A key file that is not one."""


class Pseudonyms:
    """
    Seals and opens one agency's record ids; several key versions may be held while one replaces another.

    The newest version seals, and the version in the prefix says which key opens:

    >>> names = Pseudonyms("HMPPS_PRISON", {1: bytes(64)}, {1: bytes(32)})
    >>> names.seal("A0001AA")
    'r1.Lx7lKik-shM05d11xtmJiWZKHs0vmx0'
    >>> names.open(names.seal("A0001AA"))
    'A0001AA'
    >>> names.link("shared-77")
    'l1.61PTxiXvjM8_Bo1WyzE-xg'
    """

    def __init__(self, agency: str, keys: Mapping[int, bytes], link_keys: Mapping[int, bytes]) -> None:
        check("record", keys, range(KEY_BYTES, KEY_BYTES + 1))
        check("link", link_keys, range(LINK_KEY_BYTES, 257))
        self.agency = agency
        self._ciphers = {version: AESSIV(key) for version, key in keys.items()}
        self._link_keys = dict(link_keys)
        self._newest, self._newest_link = max(keys), max(link_keys)

    def seal(self, local: str, purpose: str = RECORD) -> str:
        """Return the pseudonym of a local id."""
        prefix = f"{purpose}{self._newest}"
        return f"{prefix}.{_text(self._ciphers[self._newest].encrypt(local.encode(), self._bound(prefix)))}"

    def open(self, sealed: str, purpose: str = RECORD) -> str:
        """Return the local id of a pseudonym, or raise: a pseudonym of another agency or purpose does not open."""
        prefix, _, body = sealed.partition(".")
        cipher = next((one for version, one in self._ciphers.items() if prefix == f"{purpose}{version}"), None)
        if cipher is None:
            raise PseudonymError("a pseudonym of an unknown key version; hint: keep an old key until partners moved on")
        try:
            return cipher.decrypt(_bytes(body), self._bound(prefix)).decode()
        except (InvalidTag, ValueError):
            raise PseudonymError("a pseudonym these keys do not open; hint: only its own agency can") from None

    def link(self, reference: str) -> str:
        """Return the partnership-wide name of a link reference: HMAC-SHA256, cut to 16 bytes."""
        digest = hmac.digest(self._link_keys[self._newest_link], reference.strip().encode(), hashlib.sha256)
        return f"l{self._newest_link}.{_text(digest[:16])}"

    def _bound(self, prefix: str) -> list[bytes]:
        return [b"csp-hub", self.agency.encode(), prefix.encode()]


def check(name: str, keys: Mapping[int, bytes], sizes: range) -> None:
    """Refuse a ring of keys that is empty or of the wrong size."""
    if not keys or any(len(key) not in sizes for key in keys.values()):
        raise KeyFileError(
            f"{name} keys: need one or more, each of {sizes.start} bytes; hint: make them with `hub connector keygen`"
        )


def new_keys() -> str:
    """The text of a fresh key file. The link key is the partnership's: put the shared one in its place."""
    sizes = {"record": KEY_BYTES, "link": LINK_KEY_BYTES}
    return json.dumps({name: {"1": _text(secrets.token_bytes(size))} for name, size in sizes.items()}, indent=2) + "\n"


def read_keys(path: Path, agency: str) -> Pseudonyms:
    """Read a key file; refuse one that others on the machine may read."""
    if path.stat().st_mode & 0o077:
        raise KeyFileError(f"{path}: others may read this file; hint: chmod 600 {path}")
    try:
        rings = json.loads(path.read_text())
        record, link = ({int(one): _bytes(key) for one, key in rings[name].items()} for name in ("record", "link"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyFileError(f"{path}: not a key file; hint: make one with `hub connector keygen`") from None
    return Pseudonyms(agency, record, link)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
