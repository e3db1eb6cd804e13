"""
Everything that was disclosed about one person, and what was withheld, line by line, as the person may read it.

What the person must not be told is left out by policy (`exempt` in accountability.yaml) and counted in one number, for
to say which exemption applies would say what it protects.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hub import words
from hub.core.calendar import HOUR
from hub.glossary import FORMS
from hub.words import Book, Told

DAY = 24 * HOUR
Sent = Callable[[Told, str], Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One team and one decision: what it got under which clause, or why it got nothing."""

    at: int
    what: str
    says: str
    source: str
    team: str
    name: str
    delivered: bool
    fields: tuple[tuple[str, str], ...]
    exact: bool
    reason: str | None
    why: str
    owner: str | None
    purpose: str | None
    agreement: str | None
    title: str
    clause: str | None
    clause_says: str
    gateway: str | None
    statute: str
    bundle: str
    decision: str
    grant: str | None
    leaf: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines a person may read, oldest first, and how many are left out."""

    lines: tuple[Line, ...]
    left_out: int

    @property
    def told(self) -> tuple[Line, ...]:
        """What others were told."""
        return tuple(line for line in self.lines if line.delivered)

    @property
    def withheld(self) -> tuple[Line, ...]:
        """What others asked to be told, and were not."""
        return tuple(line for line in self.lines if not line.delivered)

    def leaves(self, found: Mapping[tuple[str, str], int]) -> "Statement":
        """The same, each line with its leaf in the ledger, by decision and team; None before the next checkpoint."""
        return replace(self, lines=tuple(replace(one, leaf=found.get((one.decision, one.team))) for one in self.lines))


def statement(
    decisions: Iterable[Told], book: Book, stages: Mapping[str, str], sent: Sent, exempt: Iterable[Told], now: int
) -> Statement:
    """
    The statement from a person's *decisions*; *stages* names the stage of each alert, *sent* the fields really told.

    *exempt* are the lines of accountability.yaml that say what a person is not told; *now* is when it is asked.
    """
    rules, lines, left_out = list(exempt), [], 0
    for made in sorted(decisions, key=lambda one: (one["at"], one["id"])):
        for one in made["outcomes"]:
            if any(_exempt(rule, made, one, now) for rule in rules):
                left_out += 1
            else:
                lines.append(_line(made, one, book, stages.get(made["event"], ""), sent))
    return Statement(tuple(lines), left_out)


def _exempt(rule: Told, made: Told, one: Told, now: int) -> bool:
    """Whether all that *rule* names is so of this outcome; it must name something."""
    asked = {"subjects": made["subject"], "teams": one["team"], "clauses": one["clause"], "reasons": one["reason"]}
    named = [(word, rule[name]) for name, word in asked.items() if rule.get(name)]
    young = rule.get("days") is None or now - made["at"] < rule["days"] * DAY
    return bool(named) and young and all(word in words for word, words in named)


def _line(made: Told, one: Told, book: Book, stage: str, sent: Sent) -> Line:
    clause = book.clause(made["bundle"], one["clause"]) or {}
    got = sent(made, one["team"]) if one["delivered"] else []
    kept = sorted((name, form) for name, form in one["kept"].items() if got is None or name in got)
    return Line(
        at=made["at"],
        what=made["subject"],
        says=words.happening(made["subject"]) + (f", {words.stage(stage)}" if stage else ""),
        source=made["source"],
        team=one["team"],
        name=book.team(made["bundle"], one["team"]),
        delivered=one["delivered"],
        fields=tuple(kept),
        exact=got is not None,
        reason=one["reason"],
        why=words.reason(one["reason"], clause),
        owner=one["owner"],
        purpose=one["purpose"],
        agreement=one["agreement"],
        title=str(clause.get("title", "")),
        clause=one["clause"],
        clause_says=str(clause.get("says", "")),
        gateway=one["gateway"],
        statute=str(clause.get("gateway", one["gateway"] or "")),
        bundle=made["bundle"],
        decision=made["id"],
        grant=one["grant"],
    )


def fields(line: Line) -> str:
    """
    The fields of a line in words, each with the form it left in where that is not as it is.
    """
    if not line.fields:
        return "nothing but that it happened"
    said = ", ".join(_field(name, form) for name, form in line.fields)
    return said if line.exact else f"at most {said}"


def _field(name: str, form: str) -> str:
    return words.fieldname(name) + ("" if form == "keep" else f" ({FORMS.get(form, form)})")


def law(line: Line) -> str:
    """By what a line was told."""
    quoted = f' "{line.clause_says}"' if line.clause_says else ""
    return f"{line.clause}{quoted}, {line.title or line.agreement}"


def where(line: Line) -> str:
    """Where a line is on record."""
    return f"{line.decision}, {'in no checkpoint yet' if line.leaf is None else f'leaf {line.leaf:,}'}"


def flat(line: Line) -> dict[str, Any]:
    """A line for programs."""
    made = {name: getattr(line, name) for name in line.__slots__}
    return {
        **made,
        "at": f"{datetime.fromtimestamp(line.at / 1e6, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "fields": dict(line.fields),
    }


def period(since: int | None, until: int | None) -> str:
    """
    From when to when, in words.

    >>> period(None, None)
    'from the beginning until now'
    """
    start = words.minute(since) if since is not None else "the beginning"
    return f"from {start} until {words.minute(until) if until is not None else 'now'}"
