"""
The keys by which the hub signs webhooks: a file for each endpoint, with the newest key first.

An endpoint has a key of its own, so no receiver can pass on what it got as if the hub had sent it. For a while after a
rotation the old key signs too, and its line says until when.
"""

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET, PUBLIC, DAY = "whsk_", "whpk_", 86_400
LINE = re.compile(r"whsk_([A-Za-z0-9+/=]+)(?: until (\S+))?")


class KeyFileError(Exception):
    """A file of keys that is missing or not as it should be; the text says the cure."""


class Key(NamedTuple):
    """A key that signs, and until when, in seconds, if it has been followed by another."""

    secret: Ed25519PrivateKey
    until: float | None = None

    @property
    def public(self) -> str:
        """Its public half, as receivers are given it."""
        return PUBLIC + b64encode(self.secret.public_key().public_bytes_raw()).decode()

    def told(self) -> dict[str, str | None]:
        """What others may know of it."""
        return {"key": self.public, "until": None if self.until is None else _iso(self.until)}

    def __str__(self) -> str:
        both = self.secret.private_bytes_raw() + self.secret.public_key().public_bytes_raw()
        end = "" if self.until is None else f" until {_iso(self.until)}"
        return f"{SECRET}{b64encode(both).decode()}{end}"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def sign(id: str, at: int, body: bytes, keys: Iterable[Key]) -> dict[str, str]:
    """
    The headers of webhook *id* sent at *at* (seconds), signed by each of *keys* (standardwebhooks.com, v1a).

    >>> key = Key(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    >>> sign("msg_1", 1_794_492_191, b"{}", [key])["webhook-signature"][:20]
    'v1a,N9IJCEIT0fXVwiMx'
    """
    content = f"{id}.{at}.".encode() + body
    signed = [f"v1a,{b64encode(key.secret.sign(content)).decode()}" for key in keys]
    return {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": " ".join(signed)}


def file(home: Path, endpoint: str) -> Path:
    """Where the keys of *endpoint* lie in a home."""
    return home / "keys" / f"webhook-{endpoint}.key"


def read(path: Path, now: float) -> list[Key]:
    """The keys that sign at *now*, in seconds, the newest first."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except FileNotFoundError as gone:
        hint = f"hub outbound keygen {path.stem.removeprefix('webhook-')}"
        raise KeyFileError(f"{path}: no key yet; hint: {hint}") from gone
    except (OSError, UnicodeDecodeError) as bad:
        raise KeyFileError(f"{path}: cannot be read; hint: restore it, or delete it and make a new one") from bad
    found = [_key(path, number, line) for number, line in enumerate(lines, 1) if line]
    good = [key for key in found if key.until is None or key.until > now]
    if not good:
        raise KeyFileError(f"{path}: no key that still signs; hint: restore it, or delete it and make a new one")
    return good


def keygen(path: Path) -> Key:
    """Make the first key of an endpoint."""
    if path.exists():
        hint = f"hub outbound rotate {path.stem.removeprefix('webhook-')} makes another that follows it"
        raise KeyFileError(f"{path}: a key is there already; hint: {hint}")
    made = Key(Ed25519PrivateKey.generate())
    _write(path, [made])
    return made


def rotate(path: Path, now: float, days: int) -> list[Key]:
    """Make a new key, which signs beside the one before it for so many *days* (0: at once alone); all that sign."""
    held = [key._replace(until=now + days * DAY if key.until is None else key.until) for key in read(path, now)]
    made = [Key(Ed25519PrivateKey.generate()), *(key for key in held if key.until and key.until > now)]
    _write(path, made)
    return made


def _key(path: Path, number: int, line: str) -> Key:
    found = LINE.fullmatch(line)
    try:
        both = b64decode(found[1], validate=True) if found else b""
        secret = Ed25519PrivateKey.from_private_bytes(both[:32])
        until = datetime.fromisoformat(found[2]).timestamp() if found and found[2] else None
    except ValueError:
        both, secret, until = b"", None, None
    if secret is None or both[32:] != secret.public_key().public_bytes_raw():
        raise KeyFileError(f"{path}:{number}: not a key; hint: restore the file, or delete it and make a new key")
    return Key(secret, until)


def _write(path: Path, keys: Iterable[Key]) -> None:
    """Whole or not at all: a sender may be reading."""
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write("".join(f"{key}\n" for key in keys))
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)
