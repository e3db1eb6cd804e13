"""What a team's pages show of an alert, in words: one line of the list, and the state that it is in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub import words
from hub.core.calendar import Calendar
from hub.inbox.ical import asked
from hub.inbox.items import COPY, Item
from hub.inbox.meanings import URGENCIES
from hub.inbox.own import ended, standing

Told = Mapping[str, Any]
NEWS = {
    "DUE_EARLIER": "it is due earlier than you were told",
    "DUE_LATER": "it is due later than you were told",
    "NEW_RECIPIENT": "you had not been told of this before",
}
HEARD = ("Your manager", "Your service head", "The duty desk")
COLOURS = {"IMMEDIATE": "red", "URGENT": "orange", "HIGH": "yellow", "SOON": "blue", "ROUTINE": "grey"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A word on a colour."""

    text: str
    colour: str = "grey"


@dataclass(frozen=True, slots=True)
class Line:
    """One alert in the list."""

    id: str
    asks: str
    about: str
    person: str
    clock: str
    late: bool
    urgency: Tag
    state: Tag
    due: str
    ack_by: str
    news: str


def line(item: Item, now: int, calendar: Calendar, corrections: Iterable[Told], sent: bool) -> Line:
    """How an alert is listed as of *now*; *corrections* are those of its team, *sent* that its answer is on its way."""
    told, state = item.told, state_of(item, corrections, sent)
    waits = item.waits and not sent
    return Line(
        told["id"],
        asked(item),
        title(told),
        words.short(told["person"]),
        words.first(item.clock(now, calendar) if waits or not item.waits else "answer sent"),
        waits and told["ack_by"] is not None and told["ack_by"] < now,
        urgency(told),
        state,
        words.minute(told["due"]),
        words.minute(told["ack_by"]) if told["ack_by"] and item.waits else "",
        news({**told, "changed": [code for code in told["changed"] if code != "NEW_RECIPIENT"]}),
    )


def title(told: Told) -> str:
    """
    What kind of alert it is, and when it speaks.

    >>> title({"kind": "RELEASE", "stage": "T8W"})
    'Release: 8 weeks before release'
    """
    kind = words.happening(f"alert.{told['kind']}").removesuffix(" alert")
    return f"{words.first(kind)}: {words.stage(told['stage'])}"


def urgency(told: Told) -> Tag:
    """How urgent it is, in a word."""
    code = told["urgency"]
    return Tag(URGENCIES.get(code, words.role(code)), COLOURS.get(code, "grey"))


def news(told: Told) -> str:
    """What is new in it since the team last heard, in a sentence; empty where nothing is."""
    said = [NEWS.get(code, words.changes([code], None)) for code in told["changed"]]
    if told["previous_due"]:
        said.append(f"before, it was due {words.minute(told['previous_due'])}")
    if told["repeats"]:
        said.append(f"told {told['repeats'] + 1} times, for it is not confirmed as done")
    return words.first("; ".join(said))


def state_of(item: Item, corrections: Iterable[Told], sent: bool = False) -> Tag:
    """The state in which a team may see its alert to be."""
    level = item.told["level"]
    if item.over:
        return _over(item, list(corrections))
    if sent and item.waits:
        return Tag("Answer sent", "green")
    if item.state == COPY:
        return Tag("For information", "turquoise")
    if not item.waits:
        return Tag("Answered", "green")
    if item.state == "ESCALATED" or level:
        return Tag(f"{HEARD[min(max(level, 1), len(HEARD)) - 1]} was told", "red")
    return Tag("Waits for an answer", "blue")


def _over(item: Item, corrections: Sequence[Told]) -> Tag:
    if ended(item, corrections):
        return Tag("No longer true", "purple")
    return Tag("On hold", "purple") if standing(item, corrections) == "SUPERSEDED" else Tag("Over")
