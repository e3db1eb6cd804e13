"""What the hub's records say in plain English, for whoever has to answer for them: codes, times, names and reasons."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.glossary import (
    AGENCIES,
    ANSWERS,
    ATTRIBUTES,
    CHANGES,
    CONDITIONS,
    FIELDS,
    LEVELS,
    REASONS,
    STAGES,
    STEPS,
)

LONDON = ZoneInfo("Europe/London")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PREFIX = re.compile(r"[a-z][0-9]*[.-]")
Told = Mapping[str, Any]


def local(at: int) -> datetime:
    """An instant (UTC microseconds) on London's clocks."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(LONDON)


def instant(told: str, last: bool = False) -> int:
    """
    UTC microseconds of a London date or time; *last* asks for the moment after it. ValueError if it is neither, or
    before 1900 or after 2199, where no event of the hub can lie.

    >>> instant("2026-07-01"), instant("2026-07-01", last=True)
    (1782860400000000, 1782946800000000)
    """
    moment = datetime.fromisoformat(told)
    if not 1900 <= moment.year < 2200:
        raise ValueError("not of our time")
    if last:
        moment += timedelta(days=1) if len(told) <= 10 else timedelta(microseconds=1)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=LONDON)
    return round(aware.timestamp() * 1_000_000)


def moment(at: int) -> str:
    """
    An instant (UTC microseconds) as London's clocks show it.

    >>> moment(1_794_492_191_000_000), moment(1_782_900_000_000_000)
    ('12 Nov 2026 14:03:11 GMT', '1 Jul 2026 11:00:00 BST')
    """
    there = local(at)
    return f"{day(there.date())} {there:%H:%M:%S %Z}"


def minute(at: int) -> str:
    """
    An instant, without its seconds, where there is little room.

    >>> minute(1_794_492_191_000_000)
    '12 Nov 2026 14:03 GMT'
    """
    there = local(at)
    return f"{day(there.date())} {there:%H:%M %Z}"


def iso(at: int) -> str:
    """
    An instant (UTC microseconds) for programs, as RFC 3339 has it.

    >>> iso(1_794_492_191_000_000)
    '2026-11-12T14:03:11Z'
    """
    return f"{(EPOCH + timedelta(microseconds=at)).replace(tzinfo=None).isoformat()}Z"


def month(at: int) -> str:
    """
    The month of an instant (UTC microseconds) on London's clocks.

    >>> month(1_794_492_191_000_000)
    '2026-11'
    """
    return f"{local(at):%Y-%m}"


def day(on: date) -> str:
    """
    A civil date.

    >>> day(date(2026, 11, 12))
    '12 Nov 2026'
    """
    return f"{on.day} {on:%b %Y}"


def happening(subject: str) -> str:
    """
    An event type, or an alert's subject, as people would say it.

    >>> happening("release_dates.changed"), happening("alert.RELEASE")
    ('release dates changed', 'release alert')
    """
    if subject == "alert.ack":
        return "alert acknowledged"
    if subject.startswith("alert."):
        return f"{_spaced(subject.removeprefix('alert.').lower())} alert"
    return _spaced(subject.replace(".", " "))


def stage(code: str) -> str:
    """When a stage speaks, or what a correction says."""
    return STAGES.get(code, _spaced(code.lower()))


def level(number: int) -> str:
    """Who hears at one level of an unanswered alert."""
    return LEVELS[min(number, len(LEVELS) - 1)]


def action(code: str) -> str:
    """
    What is asked of the team.

    >>> action("PREPARE_RELEASE_PLAN")
    'prepare release plan'
    """
    return STAGES.get(code, _spaced(code.lower()))


def first(text: str) -> str:
    """
    With a capital, where a sentence begins.

    >>> first("overdue by GMP")
    'Overdue by GMP'
    """
    return text[:1].upper() + text[1:]


def role(code: str) -> str:
    """
    The code of a role, or of a reason, as a heading or a list has it.

    >>> role("DUTY_OFFICER")
    'Duty officer'
    """
    return _spaced(code).capitalize()


def agency(code: str) -> str:
    """Who published."""
    return AGENCIES.get(code, code)


def fieldname(code: str) -> str:
    """A field's name in words."""
    return FIELDS.get(code, _spaced(code))


def value(told: Any) -> str:
    """A field's value for the team that may have it: dates and truths in words."""
    if isinstance(told, bool):
        return "yes" if told else "no"
    if isinstance(told, list | tuple):
        return ", ".join(map(str, told))
    try:
        return day(date.fromisoformat(told)) if isinstance(told, str) and len(told) == 10 else str(told)
    except ValueError:
        return str(told)


def counted(number: int, one: str, many: str = "") -> str:
    """
    A number with its noun.

    >>> counted(1, "file"), counted(1200, "file"), counted(2, "policy", "policies")
    ('1 file', '1,200 files', '2 policies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def fields(told: Told) -> str:
    """
    The fields of a delivery or an alert, as its team reads them.

    >>> fields({"window_from": "2027-03-17", "licence": True})
    'earliest release day 17 Mar 2027, licence yes'
    """
    return ", ".join(f"{fieldname(name)} {value(one)}" for name, one in told.items())


def short(name: str) -> str:
    """
    Enough of an opaque id to recognise it by, and to ask with.

    >>> short("d-9dc1b0d5ce0011dbd7ab1f731a74869e"), short("p1.f_Wnme4u6ZAkN8OnrgWi2Xm")
    ('d-9dc1b0d5', 'p1.f_Wnme4u')
    """
    start = PREFIX.match(name)
    return name[: start.end() + 8] if start and len(name) > 16 else name


def _spaced(code: str) -> str:
    return code.replace("_", " ")


def _listed(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


@dataclass(frozen=True, slots=True)
class Book:
    """The bundles of rules that were ever in force, by hash, to look clauses and names up in."""

    bundles: Mapping[str, Told] = field(default_factory=dict)

    def clause(self, digest: str, name: str | None) -> Told | None:
        """A clause as it stood then."""
        bundle = self.bundles.get(digest, {})
        found = (*bundle.get("clauses", ()), *bundle.get("emergency", {}).get("clauses", ()))
        return next((clause for clause in found if clause["id"] == name), None)

    def team(self, digest: str, code: str) -> str:
        """A team by name and code; by its code alone when its bundle is not to be had."""
        name = self.bundles.get(digest, {}).get("teams", {}).get(code, {}).get("name")
        return f"{name} ({code})" if name else code


def reason(code: str | None, clause: Told | None = None) -> str:
    """
    Why something was withheld.

    >>> reason("MISSING:age")
    'the clause asks for the age, and the hub does not know it, so it refuses'
    """
    if code is None:
        return ""
    kind, _, name = code.partition(":")
    if kind == "MISSING":
        return f"the clause asks for the {_attribute(name)}, and the hub does not know it, so it refuses"
    if kind == "CONDITION":
        asked = (clause or {}).get("when", {}).get(name, ())
        said = CONDITIONS.get(name, f"the clause sets a condition on `{name}`, and it was not met")
        return said.format(words=_listed([_word(word) for word in asked], "or") or "some")
    return REASONS.get(code, _spaced(code.lower())) + _when(code, clause)


def _attribute(name: str) -> str:
    return ATTRIBUTES.get(name, _spaced(name))


def _word(word: str) -> str:
    return f"ages {_spaced(word)}" if word[0].isdecimal() or word.startswith("under") else _spaced(word).lower()


def _when(code: str, clause: Told | None) -> str:
    name = {"EXPIRED": "ends", "REVIEW_OVERDUE": "review_by", "NOT_YET_IN_FORCE": "starts"}.get(code)
    return f" ({day(date.fromisoformat(clause[name]))})" if clause and name else ""


def changes(codes: Iterable[str], before: int | None) -> str:
    """
    What changed since a team last heard.

    >>> changes(["DUE_LATER"], 1_794_492_191_000_000)
    'it is due later than the team was told (12 Nov 2026 14:03 GMT)'
    """
    said = _listed([CHANGES.get(code, _spaced(code.lower())) for code in codes])
    return f"{said} ({minute(before)})" if before else said


def answered(code: str) -> str:
    """
    What a team answered.

    >>> answered("NOT_OURS")
    'not theirs'
    """
    return ANSWERS.get(code, _spaced(code.lower()))


def because(code: str) -> str:
    """
    Why an alert came to the state it is in.

    >>> because("DATE_LATER"), because("NO_CONSENT")
    ('the date went later', 'the person has not agreed to it, or no longer does')
    """
    return STEPS.get(code) or reason(code)
