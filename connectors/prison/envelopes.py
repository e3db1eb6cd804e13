"""Takes messages out of their wrappings: SNS notifications, SQS answers, pages of records, plain lists."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from connectors.mapping import RefusedError
from connectors.reading import strict_json

LAYERS = 8
LISTS = ("Messages", "Records", "content")
WRAPPED = ("Message", "Body", "body")


@dataclass(frozen=True, slots=True)
class Leaf:
    """
    One inner message or record.

    *kind* is the event type its envelope names, *source* the sender's id of it, *sent* when the envelope says it left.
    """

    place: str
    body: dict[str, Any] | RefusedError
    kind: str | None = None
    source: str = ""
    sent: str | None = None


def leaves(place: str, value: Any) -> Iterator[Leaf]:
    """
    Yield what is inside, with what its envelopes say.

    >>> wrapped = {"MessageId": "m-1", "Message": '{"eventType": "x"}'}
    >>> [(leaf.source, leaf.body) for leaf in leaves("", [wrapped])]
    [('m-1', {'eventType': 'x'})]
    """
    return _open(value, Leaf(place, {}), LAYERS)


def _open(value: Any, around: Leaf, layers: int) -> Iterator[Leaf]:
    if layers == 0:
        yield replace(around, body=RefusedError("wrapped too many times", "send the message in its own envelope only"))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _open(one, replace(around, place=f"{around.place}[{index}]"), layers - 1)
    elif isinstance(value, dict):
        yield from _inside(value, around, layers)
    else:
        yield replace(around, body=RefusedError("neither a message nor a record", "send JSON objects"))


def _inside(value: dict[str, Any], around: Leaf, layers: int) -> Iterator[Leaf]:
    if (name := next((name for name in LISTS if isinstance(value.get(name), list)), None)) is not None:
        yield from _open(value[name], replace(around, place=f"{around.place}.{name}"), layers)
    elif (name := next((name for name in WRAPPED if isinstance(value.get(name), str)), None)) is not None:
        yield from _unwrapped(value, name, around, layers)
    else:
        yield replace(around, body=value)


def _unwrapped(value: dict[str, Any], name: str, around: Leaf, layers: int) -> Iterator[Leaf]:
    place = f"{around.place}.{name}"
    try:
        inner = strict_json(value[name])
    except RefusedError as refused:
        yield replace(around, place=place, body=RefusedError(refused.why, refused.cure))
        return
    attributes = value.get("MessageAttributes")
    inside = replace(
        around,
        place=place,
        kind=_attribute(attributes, "eventType") or around.kind,
        source=_text(value.get("MessageId")) or _text(value.get("messageId")) or around.source,
        sent=_text(value.get("Timestamp")) or around.sent,
    )
    yield from _open(inner, inside, layers - 1)


def _attribute(attributes: Any, name: str) -> str | None:
    found = attributes.get(name) if isinstance(attributes, dict) else None
    return _text(found.get("Value") or found.get("stringValue")) if isinstance(found, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
