"""Webhooks as Standard Webhooks has them: signed, stamped, one message a POST."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from hub.outbound import keys
from hub.outbound.endpoints import Webhook
from hub.outbound.message import MEDIA, Message
from hub.outbound.post import PATIENCE, Answer, post

log = structlog.get_logger()
SECOND = 1_000_000  # microseconds
TEST = (
    b'{"specversion":"1.0","id":"test","source":"/hub","type":"csp.test.v1","datacontenttype":"application/json",'
    b'"data":{"synthetic":true}}'
)


class WebhookCarrier:
    """Sends to one receiver; keys are read anew each time, so a rotation needs no restart."""

    many, every = 1, 0

    def __init__(self, name: str, endpoint: Webhook, home: Path, patience: float = PATIENCE) -> None:
        self._endpoint, self._keys, self._patience = endpoint, keys.file(home, name), patience
        self._allowed, self._trust = endpoint.allowed, endpoint.trust()

    def ready(self, at: int) -> None:
        """Refuse to begin without a key."""
        keys.read(self._keys, at / SECOND)

    def name(self, messages: Sequence[Message], at: int) -> str:
        """What the receiver knows the message by, in every attempt."""
        return messages[0].id

    def carry(self, messages: Sequence[Message], at: int) -> Answer:
        """Send one message at *at*, in UTC microseconds."""
        return self._post(messages[0].id, messages[0].body, at)

    def test(self, at: int) -> Answer:
        """Send what tells of nothing."""
        return self._post(f"msg_test-{at}", TEST, at)

    def _post(self, id: str, body: bytes, at: int) -> Answer:
        try:
            held = keys.read(self._keys, at / SECOND)
        except keys.KeyFileError as lost:  # nobody else's, so nobody else waits for it
            log.error("no key to sign with", error=str(lost))
            return Answer("KEY")
        signed = keys.sign(id, at // SECOND, body, held)
        headers = {"Content-Type": MEDIA, "User-Agent": "csp-hub", **signed}
        return post(self._endpoint.url, headers, body, self._allowed, self._trust, self._patience)
