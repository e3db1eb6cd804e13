"""
Each team's own pseudonym for a person: AES-SIV of the hub's handle under the team's key (RFC 5297).

Two teams cannot compare their pseudonyms, and a team's answer is mapped back without a table. The key is the hub's
alone.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = "p1."


class RecipientError(Exception):
    """A pseudonym that this team was never given."""


class Recipients:
    """
    Seals and opens recipient pseudonyms; *secret* is at least 32 random bytes.

    >>> recipients = Recipients(bytes(32))
    >>> told = recipients.seal("HOUS", "p-" + "0" * 32)
    >>> len(told), recipients.open("HOUS", told)
    (46, 'p-00000000000000000000000000000000')
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("recipient key: too short; hint: give at least 32 random bytes")
        self._secret = secret
        self._decision_key = HKDF(SHA256(), 32, b"csp-hub", b"csp decision key").derive(secret)
        self.seal = lru_cache(maxsize=1 << 16)(self._seal)

    def _seal(self, team: str, handle: str) -> str:
        sealed = self._key(team).encrypt(bytes.fromhex(handle[2:]), [team.encode()])
        return PREFIX + urlsafe_b64encode(sealed).decode().rstrip("=")

    def salt(self) -> str:
        """A secret of its own for the hub's handles, which nobody outside may be able to compute."""
        return HKDF(SHA256(), 32, b"csp-hub", b"csp person handle").derive(self._secret).hex()

    def decision_key(self, cause: bytes, record: bytes) -> bytes:
        """
        The key in the log of a decision *record* that *cause* led to; only the hub's secret makes it.

        No two are the same: an event that is sent again, long after, is decided again, and may be to the byte.
        """
        return hmac.digest(self._decision_key, cause + b"\0" + record, "sha256")[:16].hex().encode()

    def open(self, team: str, pseudonym: str) -> str:
        """The hub's handle behind *pseudonym*, if it was *team* that was given it."""
        try:
            sealed = urlsafe_b64decode(pseudonym.removeprefix(PREFIX) + "==")
            return "p-" + self._key(team).decrypt(sealed, [team.encode()]).hex()
        except (InvalidTag, ValueError, Base64Error) as bad:
            raise RecipientError(
                "record: not a pseudonym of this team; hint: answer with the one in the alert"
            ) from bad

    @lru_cache(maxsize=256)  # noqa: B019 - one object a process
    def _key(self, team: str) -> AESSIV:
        info = f"csp recipient {team} epoch 1".encode()
        return AESSIV(HKDF(SHA256(), 64, b"csp-hub", info).derive(self._secret))
