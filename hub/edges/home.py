"""
The hub's home: one folder with its membership, its keys and, on one machine, its log.

`home.json` says how many partitions, which agencies and teams, and whether everything in it is synthetic.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from hub.wire.notes import public_key
from hub.wire.signing import key_id

PARTITIONS = 4
Secret = Callable[[str], bytes]


class HomeError(Exception):
    """A home that is missing or not as it should be; the text says the cure."""


@dataclass(frozen=True, slots=True)
class Home:
    """A hub's home, opened."""

    path: Path
    partitions: int
    agencies: tuple[str, ...]
    teams: tuple[str, ...]
    synthetic: bool

    @property
    def log(self) -> Path:
        """The file of the embedded log."""
        return self.path / "hub.db"

    def recipient_key(self) -> bytes:
        """The secret under which recipient pseudonyms are sealed."""
        return _secret(self.path / "keys" / "recipients.key")

    def partnership_key(self) -> bytes:
        """The secret that the partners' connectors share for link references."""
        return _secret(self.path / "keys" / "partnership.key")

    def agency_key(self, agency: str) -> bytes:
        """The secret of one agency's connector; it is in the home only where hub and connector share a machine."""
        return _secret(self.path / "keys" / f"agency-{agency.lower()}.key")

    def ledger_key(self) -> Ed25519PrivateKey:
        """The key that signs the ledger's checkpoints; a home of before there was one gets it now."""
        return self._pair("ledger")

    def _pair(self, name: str) -> Ed25519PrivateKey:
        file = self.path / "keys" / f"{name}.key"
        if not file.exists():
            write_pair(self.path / "keys", name, Ed25519PrivateKey.generate())
        try:
            key = load_pem_private_key(file.read_bytes(), None)
        except (OSError, ValueError) as bad:
            raise HomeError(f"{file}: no key; hint: restore it from where the partnership keeps its keys") from bad
        if not isinstance(key, Ed25519PrivateKey):
            raise HomeError(f"{file}: not an Ed25519 key; hint: restore it from where the partnership keeps its keys")
        return key

    def console_key(self) -> bytes:
        """The secret of the console: people's opaque ids follow from it; a home of before there was one gets it now."""
        file = self.path / "keys" / "console.key"
        if not file.exists():
            _write(file, os.urandom(32).hex().encode())
        return _secret(file)

    def console_signer(self) -> Ed25519PrivateKey:
        """The key by which the console says that two who signed in agreed; made when it is first asked for."""
        return self._pair("console-signs")

    @property
    def origin(self) -> str:
        """What the ledger calls itself: no other hub's does, for it follows from its key."""
        return f"csp-hub/{sha256(self.ledger_key().public_key().public_bytes_raw()).hexdigest()[:16]}"

    def witnesses(self) -> str:
        """Whom to believe about the ledger, as a witness policy: that of the home, else the log alone."""
        try:
            return (self.path / "witnesses.policy").read_text("utf-8")
        except FileNotFoundError:
            return f"log {public_key(self.origin, self.ledger_key())}\nquorum none\n"

    def trusted(self) -> Mapping[str, Ed25519PublicKey]:
        """The public keys of the IG leads who sign rules, by their short name; none before they are put here."""
        return _public(self.path / "keys")

    def once_trusted(self) -> Mapping[str, Ed25519PublicKey]:
        """Those and the keys of leads who have left, kept in `keys/former`: for rules that were signed by them."""
        return {**_public(self.path / "keys" / "former"), **self.trusted()}

    def signers(self) -> list[Ed25519PrivateKey]:
        """The private keys of IG leads that happen to be here: all of them in a demo, none in a real hub."""
        keys = [load_pem_private_key(file.read_bytes(), None) for file in sorted((self.path / "keys").glob("ig-*.key"))]
        return [key for key in keys if isinstance(key, Ed25519PrivateKey)]


def create(
    path: Path,
    agencies: Iterable[str],
    teams: Iterable[str],
    partitions: int = PARTITIONS,
    synthetic: bool = False,
    secret: Secret | None = None,
) -> Home:
    """Make a new home with fresh keys; *secret* makes them (name to 32 bytes), for a demo that must repeat itself."""
    path.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        if (path / "home.json").exists():
            raise HomeError(f"{path}: a home is there already; hint: name another folder")
        _furnish(path, tuple(agencies), tuple(teams), partitions, synthetic, secret)
    return open_home(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Meanwhile nobody else makes a home in the folder *path*."""
    folder = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _furnish(
    path: Path,
    agencies: tuple[str, ...],
    teams: tuple[str, ...],
    partitions: int,
    synthetic: bool,
    secret: Secret | None,
) -> None:
    """Keys first, and at last the file that makes it a home."""
    made = secret or (lambda name: os.urandom(32))
    keys = path / "keys"
    keys.mkdir(exist_ok=True)
    keys.chmod(0o700)
    for name in ("recipients", "partnership", *(f"agency-{agency.lower()}" for agency in agencies)):
        _write(keys / f"{name}.key", made(name).hex().encode())
    for name in ("ledger", "ig-one", "ig-two") if synthetic else ("ledger",):
        write_pair(keys, name, Ed25519PrivateKey.from_private_bytes(made(name)))
    told = {"partitions": partitions, "agencies": agencies, "teams": teams, "synthetic": synthetic}
    new = path / "home.json.part"
    _write(new, f"{json.dumps(told, indent=2)}\n".encode(), 0o644)
    _sync(keys)
    new.rename(path / "home.json")
    _sync(path)


def open_home(path: Path) -> Home:
    """The home in the folder *path*."""
    try:
        told: dict[str, Any] = json.loads((path / "home.json").read_text())
        return Home(
            path, int(told["partitions"]), tuple(told["agencies"]), tuple(told["teams"]), bool(told["synthetic"])
        )
    except FileNotFoundError as gone:
        raise HomeError(f"{path}: no hub here; hint: run `hub demo`, or `hub init {path}` for a real one") from gone
    except (OSError, ValueError, KeyError, TypeError) as bad:
        raise HomeError(
            f"{path}/home.json: cannot be read; hint: restore it, or make a new home with `hub init`"
        ) from bad


def synthetic_secret(seed: int) -> Secret:
    """
    Derives the keys of a synthetic home from its seed, so that the same seed makes the same pseudonyms.

    >>> len(synthetic_secret(1)("recipients"))
    32
    """
    return lambda name: sha256(f"csp-hub synthetic {seed} {name}".encode()).digest()


def write_pair(keys: Path, name: str, key: Ed25519PrivateKey) -> None:
    """Write an IG lead's key pair as `NAME.key`, for the lead alone, and `NAME.pub`, for the hub."""
    _write(keys / f"{name}.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write(keys / f"{name}.pub", public, 0o644)


def _public(folder: Path) -> dict[str, Ed25519PublicKey]:
    keys = [load_pem_public_key(file.read_bytes()) for file in sorted(folder.glob("ig-*.pub"))]
    return {key_id(key): key for key in keys if isinstance(key, Ed25519PublicKey)}


def _write(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that is there after a loss of power too: what a key has sealed must open again."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _secret(file: Path) -> bytes:
    try:
        return bytes.fromhex(file.read_text().strip())
    except (OSError, ValueError) as bad:
        raise HomeError(f"{file}: no key; hint: restore it from where the partnership keeps its keys") from bad
