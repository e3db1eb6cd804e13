"""
RESOLVE, one step: whose is this source record?

Until match tokens arrive, records are linked by the explicit link reference of their registration: records with the
same reference are one person, a record without one is a person of its own. A registration that changes the reference
moves the record's slice from one person to another, and so does a merge told of the record that is folded into another
of the same agency, and a merge taken back.
"""

from dataclasses import dataclass

from hub.core.events import Event
from hub.core.identity import identity


@dataclass(frozen=True, slots=True)
class Resolved:
    """The person whose log the event enters, and the person the record's slice has to leave, if it moved."""

    person: str
    left: str | None


def resolve(held: str | None, event: Event, salt: str = "") -> Resolved:
    """
    The person of *event*'s record, which so far was the person *held* (None: never seen).

    *salt* is the hub's secret: whoever knows a link reference must not be able to compute the handle made of it.

    >>> told = Event("e-1", "person.registered", "YJS", "r-1", 0, None, {"link": "l1.x"})
    >>> resolve(None, told).left, resolve("p-other", told).left
    (None, 'p-other')
    """
    stays, named = _of_its_own(event)
    link = event.fields.get("link") if named else None
    if held is not None and not link and stays is None:
        return Resolved(held, None)
    known = f"link|{link}" if link else f"record|{event.agency}|{stays or event.record}"
    person = identity("person", salt, known)
    return Resolved(person, held if held not in {None, person} else None)


def _of_its_own(event: Event) -> tuple[str | None, bool]:
    """The record that *event* says its own one is, or is again, if it says that; and whether a link is to be heeded."""
    told = event.fields
    if event.type == "person.merged" and told.get("removed") == event.record and isinstance(told.get("kept"), str):
        return str(told["kept"]), True
    if event.type == "person.unmerged" and told.get("b") == event.record:
        return event.record, True
    return None, event.type == "person.registered"
