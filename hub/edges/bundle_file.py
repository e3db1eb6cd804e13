"""
A bundle on its way from lead to lead: one file with the rules, those they follow, and the signatures so far.

The rules before are there so that a lead can see what changes without reaching the hub; the bundle names them by hash.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.edges.amendments import Amendment
from hub.wire.bundle import BundleError, canonical, digest, signature

FORMAT = "csp-hub rules bundle 2"


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """A bundle, the one it follows if any, and who has signed it: a key's short name and its signature."""

    bundle: Mapping[str, Any]
    previous: Mapping[str, Any] | None
    signatures: tuple[Mapping[str, Any], ...] = ()

    @property
    def body(self) -> bytes:
        """The bytes that are signed."""
        return canonical(self.bundle)

    def signed(self, key: Ed25519PrivateKey) -> "SignedBundle":
        """With the signature of *key* too; signing twice is refused."""
        made = signature(self.body, key)
        if made["key"] in [one["key"] for one in self.signatures]:
            raise BundleError(f"signatures: key {made['key']} has signed already; hint: now the other lead signs")
        return replace(self, signatures=(*self.signatures, made))


def save(file: Path, made: SignedBundle) -> None:
    """Write *made* to *file*."""
    told = {
        "format": FORMAT,
        "bundle": made.bundle,
        "previous": made.previous,
        "signatures": [{"key": one["key"], "signature": one["signature"].hex()} for one in made.signatures],
    }
    file.write_bytes(canonical(told) + b"\n")


def load(file: Path) -> SignedBundle:
    """The bundle in *file*; the rules in it that it claims to follow are those that it names."""
    return read(file.read_bytes(), str(file))


def read(body: bytes, name: str) -> SignedBundle:
    """The bundle in the bytes of a file of that *name*."""
    try:
        told = json.loads(body)
        if told["format"] != FORMAT:
            raise ValueError
        signatures = tuple(
            {"key": str(one["key"]), "signature": bytes.fromhex(one["signature"])} for one in told["signatures"]
        )
        made = SignedBundle(told["bundle"], told["previous"], signatures)
        named, before = made.bundle["previous"], made.previous
        claimed = "" if before is None else digest(before)
        if made.bundle["amendment"] is not None:
            Amendment.model_validate_json(canonical(made.bundle["amendment"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as bad:
        raise BundleError(f"{name}: not a bundle of rules; hint: make it with `hub policy build`") from bad
    if claimed != named:
        raise BundleError(
            f"{name}: the rules it shows as those before are not the ones it follows; hint: build it again"
        )
    return made
