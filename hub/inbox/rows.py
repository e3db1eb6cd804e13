"""An inbox for programs and spreadsheets: the same columns wherever it is asked for."""

from typing import Any

from hub.core.calendar import Calendar
from hub.inbox.items import Item
from hub.words import iso

COLUMNS = (
    "id", "team", "person", "kind", "stage", "state", "since", "urgency", "action", "asks",
    "due", "due_local", "raised", "ack_by", "level", "repeats", "clock", "changed", "previous_due",
    "rule", "bundle", "link",
)  # fmt: skip
INSTANTS = ("due", "raised", "ack_by", "previous_due")


def row(item: Item, now: int, calendar: Calendar) -> dict[str, Any]:
    """One alert, its instants as RFC 3339 has them, its clock as of *now*."""
    times = {name: None if item.told[name] is None else iso(item.told[name]) for name in INSTANTS}
    about = {"team": item.team, "state": item.state, "since": iso(item.since), "clock": item.clock(now, calendar)}
    made = {**item.told, **times, **about}
    return {name: made[name] for name in COLUMNS}
