"""What the page of one alert, or of one correction, shows: made of what its own team was told and answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from hub import words
from hub.console.page import Ask
from hub.console.team.lines import line, news, state_of, title, urgency
from hub.inbox import clocks, facts, own
from hub.inbox.history import history
from hub.inbox.ical import asked
from hub.inbox.items import COPY, Item
from hub.inbox.meanings import NOT_OURS
from hub.inbox.notice import corrected
from hub.inbox.picture import picture
from hub.inbox.timeline import Row
from hub.projection import inbox as projected
from hub.projection import overview
from hub.projection import team as told_to
from hub.reports import subscriptions
from hub.rulebook import Bundle, working_days

Told = Mapping[str, Any]
Shown = dict[str, Any]
EMPTY: Bundle = {"teams": {}, "clauses": (), "minimum": {}, "agreements": {}, "urgency": {"not_ours": tuple(NOT_OURS)}}

BECAME = {
    "ESCALATED": "no answer yet, somebody above was told",
    "ACKNOWLEDGED": "answered",
    "COPY": "for information",
    "CLOSED": "over",
    "SUPERSEDED": "replaced by a newer one, or on hold",
    "CANCELLED": "no longer true",
}


@dataclass(frozen=True, slots=True)
class Other:
    """Another alert of the same person: its id, what it asks, what it is, when it fell due."""

    id: str
    asks: str
    title: str
    due: str


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the timeline's table; *here* is the one that the page is about."""

    due: str
    what: str
    became: str
    href: str
    here: bool


def rules(ask: Ask) -> Bundle:
    """The rules in force, or none at all."""
    return ask.desk.rules() or EMPTY


def shown(sql: Connection, ask: Ask, found: projected.Alert, whole: told_to.Whole) -> Shown:
    """Of one alert: what is asked and by when, what it says, what is new in it, and what became of it."""
    item, held, now = found.item, rules(ask), ask.desk.now()
    told, team = item.told, item.team
    corrections = own.concerning(item, whole.corrections)
    sent = item.waits and (bool(found.answers) or ask.desk.sent.there(team, told["id"], now))
    days = working_days(ask.desk.rules())
    first = found.notices[0]["raised"]
    before = _before(item, whole.items)
    steps, given = told_to.life(sql, team, told["id"]), [one for one in whole.answers if one["alert"] == told["id"]]
    brought = [asdict(one) for one in overview.receipts(sql, team, told["id"])]
    return {
        "told": told,
        "line": line(item, now, days, corrections, sent),
        "title": title(told),
        "asks": asked(item),
        "urgency": urgency(told),
        "state": state_of(item, corrections, sent),
        "answerable": item.waits and not sent,
        "waits": item.waits,
        "over": item.over,
        "copy": item.state == COPY,
        "first": f"{words.minute(first)}, {clocks.ago(first, now, days)}",
        "news": news(told),
        "before": before and Other(*_other(before)),
        "changes": facts.news(told, before, held["teams"]),
        "ended": any(map(own.ends, corrections)),
        "corrections": [(one["id"], corrected(one), words.minute(one["raised"])) for one in corrections],
        "newer": _newer(item, whole.items),
        "owner": name(held, told["fields"].get("unanswered_by") or ""),
        "entries": history(name(held, team), found.notices, steps, given, corrections, brought),
        "next": _next(sql, team, told["id"]),
        **_said(told, team, held),
        **timeline(ask, whole),
    }


def amended(ask: Ask, one: Told, whole: told_to.Whole) -> Shown:
    """Of a correction: what it ends, and what stands now."""
    ended = [item for item in whole.items if own.ends(one) and one in own.concerning(item, whole.corrections)]
    stands = [item for item in whole.items if not item.over and item.told["kind"] == one["about"]]
    return {
        "told": one,
        "says": corrected(one),
        "ends": own.ends(one),
        "urgency": urgency(one),
        "ended": [Other(*_other(item.told)) for item in ended],
        "stands": [Other(*_other(item.told)) for item in stands],
        **_said(one, ask.user.of or "", rules(ask)),
        **timeline(ask, whole),
    }


def _said(told: Told, team: str, held: Bundle) -> Shown:
    """What an alert says and leaves out, by the clause that it came under."""
    clause = next((one for one in held["clauses"] if one["id"] == told["clause"]), None)
    return {
        "facts": facts.facts(told, clause, held["teams"]),
        "unsaid": facts.unsaid(told, team, clause, held),
        "clause": clause,
        "agreement": held["agreements"].get(clause["agreement"], {}) if clause else {},
        "others": subscriptions.concerned(held, told["kind"], told["stage"], team),
    }


def timeline(ask: Ask, whole: told_to.Whole) -> Shown:
    """The person's timeline as a picture and the same in a table: what this team was told, and nothing else."""
    now, team = ask.desk.now(), ask.user.of or ""
    called = name(rules(ask), team)
    rows = own.rows(team, whole.items, whole.corrections, whole.answers)
    days = own.days(whole.items, words.local(now).date())
    made = picture(
        f"What {called} was told of {words.short(whole.person)}",
        rows,
        days,
        {team: called},
        f"As of {words.minute(now)}. Times are London's. Nothing of what other teams were told is in it.",
        inline=True,
    )
    return {"picture": made, "table": [_placed(row, ask.path["id"]) for row in rows], "days": days}


def _placed(row: Row, here: str) -> Place:
    step = row.step
    what = f"Correction: {words.stage(step['stage'])}" if step["kind"] == "CORRECTION" else title(step)
    said = f": {words.answered(step['answer'])}" if step["answer"] else ""
    became = "told" if step["kind"] == "CORRECTION" else BECAME.get(step["state"], "waits for an answer")
    became = "no longer true" if step["ended"] else became
    address = f"/alerts/{step['alert']}"
    return Place(words.minute(step["due_at"]), what, f"{became}{said}", address, step["alert"] == here)


def name(held: Bundle, code: str) -> str:
    """A team by its name."""
    return str(held["teams"][code]["name"]) if code in held["teams"] else code


def _other(told: Told) -> Sequence[str]:
    return told["id"], asked(Item("", told, "", 0)), title(told), words.minute(told["due"])


def _before(item: Item, items: Iterable[Item]) -> Told | None:
    """What the same team was told last before this one, of the same person and kind."""
    told = item.told
    same = [one.told for one in items if one.told["kind"] == told["kind"] and one.told["id"] != told["id"]]
    return max((one for one in same if one["raised"] < told["raised"]), key=_raised, default=None)


def _newer(item: Item, items: Iterable[Item]) -> str:
    """The alert of the same stage that came in the place of this one, if it is over."""
    told = item.told
    same = [one.told for one in items if (one.told["kind"], one.told["stage"]) == (told["kind"], told["stage"])]
    later = [one for one in same if one["raised"] > told["raised"]]
    return str(max(later, key=_raised)["id"]) if later and item.over else ""


def _raised(told: Told) -> int:
    return int(told["raised"])


def _next(sql: Connection, team: str, id: str) -> str:
    """The alert that waits longest, but for this one."""
    found = projected.alerts(sql, team, projected.Asked(("RAISED", "ESCALATED")), limit=2).items
    return next((str(item.told["id"]) for item in found if item.told["id"] != id), "")
