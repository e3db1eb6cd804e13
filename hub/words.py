"""
Records of the hub in plain English, for whoever has to answer for them: pure functions from records to sentences.

Names, never values: what is said here of a disclosure is which fields went where and why, not what they held.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hub.glossary import (
    AGENCIES,
    ANSWERS,
    ATTRIBUTES,
    CHANGES,
    CONDITIONS,
    FIELDS,
    FORMS,
    LEVELS,
    REASONS,
    STAGES,
    STATES,
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


class Section(NamedTuple):
    """A piece of an explanation: a headline, the state that colours it, and labelled lines."""

    title: str
    state: str
    lines: tuple[tuple[str, str], ...]


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


def decision(made: Told, book: Book) -> Section:
    """What was decided, when, about whom, under which rules."""
    bundle = made["bundle"]
    lines = [
        ("decided", f"{moment(made['at'])}, by the hub (automatic)"),
        ("about", f"person {made['person']} (a pseudonym: the hub holds no names)"),
        ("what", f"{happening(made['subject'])} ({made['subject']})"),
        ("from", _source(made)),
        ("rules", f"bundle {bundle[:12]}{_sequence(book, bundle)}" if bundle else "none were in force"),
        ("result", _result(made)),
    ]
    return Section(f"Decision {made['id']}", "", tuple(lines))


def _source(made: Told) -> str:
    told = "alert" if made["source"] == "HUB" else "event"
    return f"{agency(made['source'])} ({made['source']}), {told} {made['event']}"


def _sequence(book: Book, digest: str) -> str:
    found = book.bundles.get(digest)
    return f" (number {found['sequence']})" if found else " (its text is not in this log)"


def _result(made: Told) -> str:
    outcomes = made["outcomes"]
    if not made["bundle"]:
        return "no rules were in force, so nothing was disclosed to anyone"
    if not outcomes:
        return "no team asked to be told of this"
    delivered = sum(one["delivered"] for one in outcomes)
    return f"{len(outcomes)} subscribed: {delivered} delivered, {len(outcomes) - delivered} withheld"


def outcome(made: Told, one: Told, book: Book, sent: Iterable[str] | None = None) -> Section:
    """What one team got of a decision and why; *sent* names the fields that were really in what it got."""
    clause = book.clause(made["bundle"], one["clause"])
    team = book.team(made["bundle"], one["team"])
    glass = [("emergency", f"{one['grant']}: two people broke the glass for this team")] if one["grant"] else []
    if one["delivered"]:
        lines = [("fields", _fields(one["kept"], sent))]
        return Section(f"DELIVERED to {team}", "delivered", (*lines, *glass, *_law(one, clause)))
    why = [("why", reason(one["reason"], clause)), ("code", one["reason"] or "")]
    decides = [("to decide", book.team(made["bundle"], one["owner"]))] if one["owner"] else []
    return Section(f"WITHHELD from {team}", "withheld", (*why, *decides, *glass, *_law(one, clause)))


def _fields(kept: Mapping[str, str], sent: Iterable[str] | None) -> str:
    names = [name for name in kept if sent is None or name in set(sent)]
    if not names:
        return "none, only that it happened"
    forms: dict[str, list[str]] = {}
    for name in sorted(names):
        forms.setdefault(kept[name], []).append(f"{fieldname(name)} ({name})" if name in FIELDS else fieldname(name))
    said = "; ".join(f"{', '.join(names)}: {FORMS.get(form, form)}" for form, names in forms.items())
    return said if sent is not None else f"at most {said}"


def _law(one: Told, clause: Told | None) -> Iterable[tuple[str, str]]:
    if clause is None:  # its bundle is not to be had, but the record itself names what it rested on
        return [(name, one[name]) for name in ("clause", "agreement", "gateway", "purpose") if one[name]]
    return [
        ("clause", f'{clause["id"]} "{clause["says"]}"' if clause.get("says") else clause["id"]),
        ("agreement", f"{clause['agreement']} {clause.get('title', '')}".strip() + f", until {_until(clause)}"),
        ("gateway", clause["gateway"]),
        ("purpose", clause["purpose"]),
    ]


def _until(clause: Told) -> str:
    ends, review = (day(date.fromisoformat(clause[name])) for name in ("ends", "review_by"))
    return ends if ends == review else f"{ends}, review by {review}"


def life(changes: Sequence[Told], book: Book, digest: str = "") -> list[Section]:
    """One alert from its plan to its end, from its changes in the order they happened."""
    last = changes[-1]
    lines = [
        ("for", book.team(digest, last["team"])),
        ("about", f"person {last['person']} (a pseudonym: the hub holds no names)"),
        ("when", _due(last)),
        ("rests on", f"{_basis(last)} (rule {last['rule']}, version {last['version']}, episode {last['episode']})"),
        ("now", _state(last, None)),
    ]
    steps = tuple((moment(change["at"]), _state(change, change["urgency"])) for change in changes)
    title = f"{happening('alert.' + last['kind'])}, {stage(last['stage'])} ({last['stage']})"
    return [Section(f"Alert {last['alert']}", "", (("what", title), *lines)), Section("Its life", "", steps)]


def _due(change: Told) -> str:
    return moment(change["due_at"]) if change["due_on"] else f"at once, {moment(change['due_at'])}"


def _basis(change: Told) -> str:
    return f"the planning date {day(change['basis'])}" if change["basis"] else "no date"


def _state(change: Told, urgency: str | None) -> str:
    said = STATES.get(change["state"], change["state"].lower()).format(level=level(change["level"]))
    if change["answer"] and change["state"] == "ACKNOWLEDGED":
        said += f", {answered(change['answer'])}"
    if change["was"] == "SUPERSEDED":
        said += ", again, for the date has moved back"
    if change["repeats"] and change["state"] != "CLOSED":
        said += f", told {change['repeats']} more times, for it is not confirmed"
    if change["catch_up"] and change["state"] == "RAISED":
        said += ", late: its day had gone when it became known"
    if urgency and change["state"] == "RAISED":
        said += f", {urgency.lower()}"
    why = change["reason"]
    return f"{said}: {because(why)}" if why else said


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


def quarantined(topic: str, source: str, why: str) -> Section:
    """A record that the hub could not take."""
    owner = topic.split(".")[1]
    lines = (
        ("kept in", topic),
        ("came from", source),
        ("why", why),
        ("result", "it changed nothing, and nobody saw it"),
    )
    return Section(f"QUARANTINED, from {owner}", "withheld", lines)
