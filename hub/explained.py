"""
Decisions, alerts and refusals as sections of an explanation: pure functions from records to labelled lines.

Names, never values: what is said here of a disclosure is which fields went where and why, not what they held.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from hub import words
from hub.glossary import FIELDS, FORMS, STATES
from hub.words import Book, Told


class Section(NamedTuple):
    """A piece of an explanation: a headline, the state that colours it, and labelled lines."""

    title: str
    state: str
    lines: tuple[tuple[str, str], ...]


def decision(made: Told, book: Book) -> Section:
    """What was decided, when, about whom, under which rules."""
    bundle = made["bundle"]
    lines = [
        ("decided", f"{words.moment(made['at'])}, by the hub (automatic)"),
        ("about", f"person {made['person']} (a pseudonym: the hub holds no names)"),
        ("what", f"{words.happening(made['subject'])} ({made['subject']})"),
        ("from", _source(made)),
        ("rules", f"bundle {bundle[:12]}{_sequence(book, bundle)}" if bundle else "none were in force"),
        ("result", _result(made)),
    ]
    return Section(f"Decision {made['id']}", "", tuple(lines))


def _source(made: Told) -> str:
    told = "alert" if made["source"] == "HUB" else "event"
    return f"{words.agency(made['source'])} ({made['source']}), {told} {made['event']}"


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
    why = [("why", words.reason(one["reason"], clause)), ("code", one["reason"] or "")]
    decides = [("to decide", book.team(made["bundle"], one["owner"]))] if one["owner"] else []
    return Section(f"WITHHELD from {team}", "withheld", (*why, *decides, *glass, *_law(one, clause)))


def _fields(kept: Mapping[str, str], sent: Iterable[str] | None) -> str:
    names = [name for name in kept if sent is None or name in set(sent)]
    if not names:
        return "none, only that it happened"
    forms: dict[str, list[str]] = {}
    for name in sorted(names):
        forms.setdefault(kept[name], []).append(
            f"{words.fieldname(name)} ({name})" if name in FIELDS else words.fieldname(name)
        )
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
    ends, review = (words.day(date.fromisoformat(clause[name])) for name in ("ends", "review_by"))
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
    steps = tuple((words.moment(change["at"]), _state(change, change["urgency"])) for change in changes)
    title = f"{words.happening('alert.' + last['kind'])}, {words.stage(last['stage'])} ({last['stage']})"
    return [Section(f"Alert {last['alert']}", "", (("what", title), *lines)), Section("Its life", "", steps)]


def _due(change: Told) -> str:
    return words.moment(change["due_at"]) if change["due_on"] else f"at once, {words.moment(change['due_at'])}"


def _basis(change: Told) -> str:
    return f"the planning date {words.day(change['basis'])}" if change["basis"] else "no date"


def _state(change: Told, urgency: str | None) -> str:
    said = STATES.get(change["state"], change["state"].lower()).format(level=words.level(change["level"]))
    if change["answer"] and change["state"] == "ACKNOWLEDGED":
        said += f", {words.answered(change['answer'])}"
    if change["was"] == "SUPERSEDED":
        said += ", again, for the date has moved back"
    if change["repeats"] and change["state"] != "CLOSED":
        said += f", told {change['repeats']} more times, for it is not confirmed"
    if change["catch_up"] and change["state"] == "RAISED":
        said += ", late: its day had gone when it became known"
    if urgency and change["state"] == "RAISED":
        said += f", {urgency.lower()}"
    why = change["reason"]
    return f"{said}: {words.because(why)}" if why else said


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
