"""What a list of decisions is narrowed to: in its address, in words, and each choice undone by itself."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from hub import words
from hub.projection.ask import Counts, Filters
from hub.words import Book, Told

FACETS = {
    "outcome": "Outcome",
    "team": "Team",
    "subject": "What happened",
    "source": "Who told the hub",
    "reason": "Why withheld",
    "owner": "For whom to decide",
    "agreement": "Agreement",
    "clause": "Clause",
    "purpose": "Purpose",
}
OUTCOMES = {"delivered": "Told", "withheld": "Withheld"}
ID = re.compile(r"[a-z][0-9]*[.-][A-Za-z0-9_-]")
PERSON = re.compile(r"p-|p1\.|r1\.|[A-Za-z_]+/")
LONGEST = 100  # characters of one choice
MOST = 40  # choices in all: they must fit into one form
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice in words, and the address without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters, the *pairs* of the address they came from, and what was wrong with them, by field."""

    filters: Filters
    pairs: Pairs
    problems: Mapping[str, str]

    def address(self, **more: str) -> str:
        """The question-mark part of the address of this list."""
        pairs = [*self.pairs, *more.items()]
        return f"?{urlencode(pairs)}" if pairs else ""


def asked(query: QueryParams) -> Asked:
    """What *query* asks for; a date that is none is left out, and spoken of."""
    facets, pairs, problems = dict[str, Any](), Pairs(), dict[str, str]()
    for name in FACETS:
        named = dict.fromkeys(one for one in query.getlist(name) if 0 < len(one) <= LONGEST)
        chosen = tuple(named)[: MOST - len(pairs)]
        facets[name] = chosen
        pairs += [(name, one) for one in chosen]
    times: dict[str, int | None] = {}
    for name, last in (("from", False), ("to", True)):
        told = query.get(name, "").strip()
        times[name] = _time(told, last, name, problems)
        pairs += [(name, told)] if times[name] is not None else []
    if times["from"] is not None and times["to"] is not None and times["from"] >= times["to"]:
        problems["to"] = "The last day must not be before the first"
    search = query.get("search", "").strip()[:LONGEST]
    if PERSON.match(search):
        problems["search"] = "Nobody is searched for here, for this is kept in the address: open one of their decisions"
        search = ""
    pairs += [("search", search)] if search else []
    whole = ID.match(search) is not None  # whoever quotes an id wants that one, even if nobody asked to be told
    made = Filters(**facets, since=times["from"], until=times["to"], search=search or None, nobody=whole)
    return Asked(made, pairs, problems)


def _time(told: str, last: bool, name: str, problems: dict[str, str]) -> int | None:
    if not told:
        return None
    try:
        return words.instant(told, last)
    except (ValueError, OverflowError):
        which = "last" if last else "first"
        problems[name] = f"The {which} day must be a real date, such as 2026-11-12"
        return None


def chips(made: Asked, book: Book, rules: Told) -> list[Chip]:
    """Each choice in words, to be undone."""
    shown = []
    for at, (name, value) in enumerate(made.pairs):
        rest = [pair for place, pair in enumerate(made.pairs) if place != at]
        label = {"from": "From", "to": "Until", "search": "Search"}.get(name) or FACETS[name]
        told = value if name in ("from", "to", "search") else choice(name, value, rules)
        shown.append(Chip(f"{label}: {told}", f"?{urlencode(rest)}"))
    return shown


def facets(made: Asked, counted: Counts, rules: Told) -> list[dict[str, object]]:
    """Each facet with its choices, how many there are of each, and which are chosen."""
    shown = []
    for name, label in FACETS.items():
        chosen = getattr(made.filters, name)
        found = dict(counted.facets[name])
        values = [*found, *(one for one in chosen if one not in found)]
        items = [
            {
                "value": value,
                "text": f"{choice(name, value, rules)} ({found.get(value, 0):,})",
                "checked": value in chosen,
            }
            for value in values
        ]
        if items:
            shown.append({"name": name, "label": label, "chosen": len(chosen), "items": items})
    return shown


def choice(name: str, value: str, rules: Told) -> str:
    """
    A choice in words.

    >>> choice("reason", "CONDITION:consent", {}), choice("outcome", "delivered", {})
    ('Condition: consent', 'Told')
    """
    if name == "outcome":
        return OUTCOMES.get(value, value)
    if name == "team":
        return Book({"": rules}).team("", value)
    if name == "subject":
        return words.happening(value).capitalize()
    if name == "source":
        return words.agency(value).capitalize()
    if name == "agreement":
        return f"{value} {rules.get('agreements', {}).get(value, {}).get('title', '')}".strip()
    if name in ("reason", "owner"):
        said = value.replace("_", " ").replace(":", ": ").lower()
        return said.capitalize() if name == "reason" else said.replace("ig ", "information governance ").capitalize()
    return value


def named(pairs: Iterable[tuple[str, str]]) -> str:
    """An address of a list."""
    return f"?{urlencode(list(pairs))}"


VIEWS: Sequence[tuple[str, str]] = (
    ("Nobody has decided", named([("owner", "IG_LEAD")])),
    ("Forbidden", named([("reason", "FORBIDDEN")])),
    ("No consent", named([("reason", "NO_CONSENT"), ("reason", "CONDITION:consent")])),
    ("In an emergency", named([("agreement", "DSA-900")])),
)
