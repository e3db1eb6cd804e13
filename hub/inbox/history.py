"""
What became of one alert, from its telling to its end, as its team may see it: who did what, a person or the hub.

Why the hub did something is not told here: its own reasons may rest on what the team must not know. What the team is
to know of an end it was told, by a correction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub import words
from hub.inbox.answers import by_console
from hub.inbox.items import OVER
from hub.inbox.meanings import NOT_OURS, ROLES
from hub.inbox.notice import corrected
from hub.inbox.own import ends
from hub.inbox.receipts import receipt

Told = Mapping[str, Any]
HUB = "The hub (automatic)"
COUNTED, EARLIER, LATE, SENT = "", "it had been answered before", "it was over", "the hub has not taken it in yet"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; *person* says that somebody did it, and not the hub by itself."""

    at: int
    who: str
    what: str
    person: bool = False


def history(
    team: str,
    tellings: Sequence[Told],
    steps: Sequence[Told],
    given: Sequence[Told],
    corrections: Sequence[Told],
    receipts: Sequence[Told] = (),
) -> list[Entry]:
    """
    The entries of one alert of the team of this name, newest last.

    *tellings* are its notices and *corrections* those that concern it, *steps* what the hub recorded of it, *given* the
    team's answers, *receipts* say how it was brought to where the team reads; each in the order of the log.
    """
    made = [*_told(team, tellings), *_rung(steps), *_ended(steps, corrections)]
    made += [
        Entry(one["raised"], HUB, f"{'No longer true' if ends(one) else 'Changed'}. {corrected(one)}")
        for one in corrections
    ]
    made += [Entry(one["at"], HUB, words.first(receipt(one))) for one in receipts]
    counted = _counted(steps, given)
    if counted is None:
        made += [Entry(one["at"], f"Somebody of {team}", _answered(one), True) for one in _acknowledged(steps)]
    for one in given:
        why = COUNTED if one is counted else _uncounted(steps)
        made.append(Entry(one["at"], who(one, team), _answered(one) + (f" (not counted: {why})" if why else ""), True))
    return sorted(made, key=lambda entry: entry.at)


def who(given: Told, team: str) -> str:
    """
    Who gave an answer, by role.

    >>> who({"id": "x", "team": "HOUS", "alert": "a", "answer": "ACCEPTED", "at": 1, "role": "MANAGER"}, "Housing")
    'Team manager of Housing'
    """
    role = given.get("role")
    named = ROLES.get(role, words.role(role)) if role else "No role named,"
    return f"{named} of {team}{', in the console' if by_console(given) else ''}"


def _told(team: str, tellings: Sequence[Told]) -> Iterable[Entry]:
    for number, one in enumerate(tellings):
        if one["repeats"] and not one["level"]:
            yield Entry(one["raised"], HUB, "Told again: it is not confirmed as done")
        elif not number:
            yield Entry(one["raised"], HUB, f"Told to {team}")


def _rung(steps: Sequence[Told]) -> Iterable[Entry]:
    level = 0
    for one in steps:
        if one["state"] == "ESCALATED" and one["level"] > level:
            level = one["level"]
            yield Entry(one["at"], HUB, f"Nobody had answered: escalated to {words.level(level)}")


def _ended(steps: Sequence[Told], corrections: Sequence[Told]) -> Iterable[Entry]:
    if steps and steps[-1]["state"] in OVER and not corrections:
        held = steps[-1]["state"] == "SUPERSEDED"
        said = "On hold: what it rests on is being checked" if held else "Over: nothing more is asked"
        yield Entry(steps[-1]["at"], HUB, said)


def _acknowledged(steps: Sequence[Told]) -> list[Told]:
    return [one for one in steps if one["state"] == "ACKNOWLEDGED" and one["answer"]][:1]


def _counted(steps: Sequence[Told], given: Sequence[Told]) -> Told | None:
    """The answer that stopped the clock: the first of those that say what the hub recorded."""
    for step in _acknowledged(steps):
        return next((one for one in given if one["answer"] == step["answer"]), None)
    return None


def _uncounted(steps: Sequence[Told]) -> str:
    if _acknowledged(steps):
        return EARLIER
    return LATE if steps and steps[-1]["state"] in OVER else SENT


def _answered(given: Told) -> str:
    said = {"ACCEPTED": "We take it on", "NOT_OURS": "It is not ours", "ALREADY_HELD": "We already have it"}
    word = said.get(given["answer"], words.answered(given["answer"]))
    reason = given.get("reason") if given["answer"] == "NOT_OURS" else None
    return f"Answered: {word}" + (f" ({NOT_OURS.get(reason, words.role(reason)).lower()})" if reason else "")
