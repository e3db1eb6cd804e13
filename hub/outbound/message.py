"""
What is sent: a record of the team's topic as a CloudEvent in JSON, and nothing that is not in that record.

Structured mode, for the signature covers the body alone: in binary mode its type, source and time would be headers
that anybody on the way could change.
"""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import NamedTuple

from hub.log import Record
from hub.outbound.standing import Place
from hub.wire.codec import CodecError, Schemas

MEDIA = "application/cloudevents+json; charset=utf-8"
REQUIRED = {"specversion", "id", "source", "type"}


class Message(NamedTuple):
    """One alert or delivery on its way: its opaque *id*, what it tells of, and the *body* as it is sent."""

    id: str
    place: Place
    of: str
    decision: str
    urgency: str
    body: bytes


def message(schemas: Schemas, record: Record) -> Message:
    """What a team is sent of a *record* of its topic; CodecError if it is none."""
    kind, _, told = schemas.decode(record.value or b"")
    event = {name[3:]: value.decode() for name, value in record.headers if name.startswith("ce_")}
    if kind not in {"alert", "delivery"} or not event.keys() >= REQUIRED:
        raise CodecError(f"{kind}: not an alert or a delivery; hint: who else writes to the team's topic?")
    body = json.dumps({**event, "datacontenttype": "application/json", "data": told}, separators=(",", ":")).encode()
    urgency = told.get("urgency", "")
    return Message(named(record), place(record), told["id"], told["decision"], urgency, body)


def place(record: Record) -> Place:
    """Where *record* lies."""
    return record.topic, record.partition, record.offset


def named(record: Record) -> str:
    """
    The webhook-id of *record*: the same in every attempt, and of no other record, be it in another hub's log.

    >>> named(Record("alerts.hous.v1", 0, 7, None, b"told", (), 0))
    'msg_SEcmhHetv17VSeQJ4vSQjpw0'
    """
    where = f"{record.topic}/{record.partition}/{record.offset}/".encode()
    return f"msg_{urlsafe_b64encode(sha256(where + (record.value or b'')).digest()[:18]).decode()}"
