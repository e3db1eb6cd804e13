"""How an agency's records look: counted by field, and nothing kept of what they say."""

from datetime import date

from shipped import schemas

from hub.core.events import Event
from hub.intake.sample import looked
from hub.wire.codec import encode_event


def sent(number, kind, **fields):
    return encode_event(schemas(), Event(f"e-{number}", kind, "GMP", "r1.x", 0, None, fields))


def test_it_counts_what_is_filled_what_is_sent_again_and_what_cannot_be_read():
    first = sent(1, "person.registered", dob=date(2010, 5, 5))
    made = looked(schemas(), [first, first, sent(2, "person.registered"), b"Dear hub"])
    (filled,) = made.types

    assert (made.records, made.unread, made.again) == (4, 1, 1)
    assert (filled.count, dict(filled.fields)["dob"], dict(filled.fields)["link"]) == (3, 2, 0)
    assert "link" in dict(made.never)["person.registered"]
