"""When a person calls: a row falls due, its clock rings, or all is planned once more."""

from hub.core.life import SEEN
from hub.core.person import Alert, Person


def next_due(person: Person) -> tuple[int, str] | None:
    """When and which row of *person* calls next, earliest first, ties by key; "" is to plan once more."""
    rows = [(at, key) for key, alert in person.alerts.items() if (at := _calls(alert)) is not None]
    return min(rows if person.again is None else [*rows, (person.again, "")], default=None)


def _calls(alert: Alert) -> int | None:
    """When *alert* is to be told, or a level up, or once more, whichever comes first; None if it calls no more."""
    if alert.state == "PENDING":
        return alert.due_at
    if alert.state not in SEEN:
        return None
    again, ring = alert.again_at, alert.rings[0] if alert.rings else None
    return again if ring is None else ring if again is None else min(ring, again)


def falls_due(person: Person) -> int | None:
    """The instant at which *person*'s next row calls: its own, or the person's clock where that is later."""
    due = next_due(person)
    return None if due is None else max(due[0], person.clock)
