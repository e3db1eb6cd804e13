"""
What an alert says of the person, field by field and in words: what each means, what is new in it, what it leaves out.

What it leaves out is read from the agreement alone. So it is the same for everybody, and tells nothing of anybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub import words
from hub.core.policy import DROP
from hub.inbox.meanings import ASKED, FORMS, MEANS, OF_TEAMS, SAYS

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """One field: its name, what it says, and what that means; all in words."""

    name: str
    says: str
    means: str


def facts(told: Told, clause: Told | None, teams: Told) -> list[Fact]:
    """
    The fields that an alert carries; *clause* is the one it came under, *teams* those of its rules.

    >>> facts({"fields": {"lead": "PROB"}}, None, {"PROB": {"name": "Probation"}})[0].says
    'Probation'
    """
    forms = clause["fields"] if clause else {}
    return [
        Fact(words.fieldname(name), says(name, value, teams), _means(name, forms.get(name, "")))
        for name, value in sorted(told["fields"].items(), key=_order)
    ]


def _order(field: tuple[str, Any]) -> int:
    """What to plan by comes first; what a newer hub may say, last."""
    names = list(MEANS)
    return names.index(field[0]) if field[0] in names else len(names)


def says(name: str, value: Any, teams: Told) -> str:
    """A field's value in words; a code that a newer hub may know stands for itself."""
    if isinstance(value, list | tuple):
        return "; ".join(says(name, one, teams) for one in value)
    if name in OF_TEAMS:
        return _team(value, teams)
    if name == "prompts":
        start = next((start for start in ASKED if value.startswith(start)), None)
        if start is not None:
            return ASKED[start].format(team=_team(value.removeprefix(start), teams))
    known = SAYS.get(name, {})
    return known.get(value) or words.value(value) if isinstance(value, str) else words.value(value)


def _team(code: str, teams: Told) -> str:
    return str(teams[code]["name"]) if code in teams else code


def _means(name: str, form: str) -> str:
    return " ".join(text for text in (MEANS.get(name, ""), FORMS.get(form, "")) if text)


@dataclass(frozen=True, slots=True)
class Change:
    """What a field said before, and says now; empty where it said or says nothing."""

    name: str
    before: str
    now: str


def news(told: Told, before: Told | None, teams: Told) -> list[Change]:
    """What is otherwise in an alert than in the one *before* it about the same person; the team was told both."""
    if before is None:
        return []
    was, now = before["fields"], told["fields"]
    return [
        Change(words.fieldname(name), *(says(name, one[name], teams) if name in one else "" for one in (was, now)))
        for name in dict.fromkeys((*now, *was))
        if was.get(name) != now.get(name)
    ]


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Names of fields, in words: what may be said but is not known, what is kept back, and what is never said."""

    unknown: tuple[str, ...]
    kept_back: tuple[str, ...]
    never: tuple[str, ...]


def unsaid(told: Told, team: str, clause: Told | None, bundle: Told) -> Unsaid:
    """
    What an alert does not say: fields of its *clause* that nobody has told the hub, or that do not apply here; what
    other teams may be told of the same and this one may not; and what must never reach it.
    """
    if clause is None:
        return Unsaid((), (), ())
    mine = {name for name, form in clause["fields"].items() if form != DROP}
    subject = f"alert.{told['kind']}"
    others = {
        name
        for one in bundle["clauses"]
        if one["effect"] == "permit" and subject in one["subjects"]
        for name in one["fields"]
    }
    never = set(bundle["minimum"].get(team, {}).get("never", ())) - mine
    return Unsaid(_named(mine - told["fields"].keys()), _named(others - mine - never), _named(never))


def _named(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({words.fieldname(name) for name in names}, key=str.lower))
