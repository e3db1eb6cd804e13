"""
What one team was told about one person, as a timeline: made of the team's own alerts, and of nothing else.

What is planned, what other teams were told and why the hub did something are not in it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hub.inbox.items import ANSWERED, STANDS, Item
from hub.inbox.timeline import Mark, Row, marks

Told = Mapping[str, Any]
DAYS = {"window_from": "RELEASE/", "ends_on": "CLIFF_EDGE/"}  # what a team may know of the day all hangs on


def rows(team: str, items: Iterable[Item], corrections: Iterable[Told], answers: Iterable[Told]) -> list[Row]:
    """The rows of a timeline; all three are the *team*'s own."""
    told, given = [*corrections], {one["alert"]: one for one in answers if one["alert"]}
    made = [
        Row({**_step(item.told, team, standing(item, told), given.get(item.told["id"])), "ended": ended(item, told)})
        for item in items
    ]
    made += [Row({**_step(one, team, "RAISED", None), "ended": False}) for one in told]
    return sorted(made, key=lambda row: (row.step["due_at"], row.step["stage"]))


def concerning(item: Item, corrections: Iterable[Told]) -> list[Told]:
    """
    Those of the *corrections*, oldest first, that concern an alert: of the same person and kind, after it was told, up
    to the one that ended it.
    """
    told, made = item.told, list[Told]()
    for one in corrections:
        if (one["person"], one["about"]) == (told["person"], told["kind"]) and one["raised"] > told["raised"]:
            made.append(one)
            if ends(one):
                break
    return made


def ends(correction: Told) -> bool:
    """Whether what was told before no longer holds."""
    return correction["stage"] not in STANDS


def ended(item: Item, corrections: Iterable[Told]) -> bool:
    """Whether an alert is over, and its team was told why."""
    return item.over and any(map(ends, concerning(item, corrections)))


def standing(item: Item, corrections: Iterable[Told]) -> str:
    """
    The state of an alert as its team may see it: of one that ended without a word to the team, only that it is over.
    """
    if item.over:
        return item.state if item.state == "SUPERSEDED" or ended(item, corrections) else "CLOSED"
    return item.state


def seen(items: Iterable[Item], corrections: Sequence[Told]) -> Iterator[Item]:
    """The *items* of one team in the states in which it may see them, for whatever is handed to it as a file."""
    return (replace(item, state=standing(item, corrections)) for item in items)


def days(items: Sequence[Item], today: date) -> list[Mark]:
    """The days to mark, by the newest that the team was told and that still stands."""
    plans, eighteenth = dict[str, date](), None
    for item in sorted(items, key=lambda one: one.told["raised"]):
        if item.over:
            continue
        fields = item.told["fields"]
        plans |= {name: date.fromisoformat(fields[field]) for field, name in DAYS.items() if field in fields}
        if "eighteenth" in fields:
            eighteenth = date.fromisoformat(fields["eighteenth"])
    return marks(today, eighteenth, plans.items())


def _step(told: Told, team: str, state: str, answer: Told | None) -> dict[str, Any]:
    """What a picture needs to know of an alert, as far as its team was told it."""
    about = {name: told[name] for name in ("kind", "about", "stage", "rule")}
    kept = answer if answer is not None and state == ANSWERED else {}
    said = {"answer": kept.get("answer"), "reason": kept.get("reason")}
    fixed = {"was": "RAISED", "basis": None, "catch_up": False, "episode": 0, "version": 0}
    return {**about, **said, **fixed, "alert": told["id"], "team": team, "state": state, "due_at": told["due"]}
