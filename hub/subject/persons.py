"""Whom a command or a page speaks of: the hub's own pseudonym behind a team's, or behind an agency's record."""

from collections.abc import Iterable

from hub.place import Place, PlaceError

HANDLE = 34  # characters of the hub's own


class PersonError(Exception):
    """A name that is nobody's, or several people's; the text says the cure."""


def handle(person: str | None, place: Place) -> str | None:
    """The hub's own pseudonym behind whichever was named; of the hub's own the beginning may do."""
    if person is None or not ("/" in person or person.startswith("p1.")):
        return person
    return _of_record(person, place) if "/" in person else _of_team(person, place)


def one(person: str, start: str, found: Iterable[str]) -> str:
    """The one handle that begins with *start*, of those *found*."""
    names = sorted({name for name in found if name.startswith(start)})
    if len(names) > 1:
        raise PersonError(f"{person}: {len(names)} people begin so; hint: give more of it, such as {names[0]}")
    if not names or not start.startswith("p-"):
        raise nobody(person)
    return names[0]


def nobody(person: str) -> PersonError:
    """That there is nobody of this name."""
    return PersonError(f"{person}: nobody whom the hub knows; hint: `hub decisions` names people")


def _of_team(person: str, place: Place) -> str:
    from hub.wire.recipients import RecipientError, Recipients

    home = place.open()
    recipients = Recipients(home.recipient_key())
    for team in home.teams:
        try:
            return recipients.open(team, person)
        except RecipientError:
            continue
    raise PersonError(f"{person}: no team of this hub was given it; hint: copy all of it from the alert")


def _of_record(person: str, place: Place) -> str:
    from hub import topics
    from hub.wire.partitioner import partition_for

    agency, _, record = person.partition("/")
    agencies, home = place.agencies(), place.open()
    code = agency.upper().replace("-", "_")
    if code not in agencies:
        raise PlaceError(f"{agency}: no such agency; hint: one of {', '.join(agencies)}")
    number = partition_for(record.encode(), home.partitions)
    row = place.reader().row(topics.RESOLVE_STATE, number, f"{code}/{record}".encode())
    if row is None:
        raise PersonError(f"{code}: no such record; hint: a record is the agency's pseudonym, as it published it")
    return row.decode()
