"""My alerts: what waits longest for an answer first, how long is left in words, and what is no longer true."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from hub import words
from hub.console import live
from hub.console.page import Ask, page
from hub.console.team.filters import CORRECTIONS, VIEWS, Filters, filters
from hub.console.team.lines import Line, line
from hub.console.who import Role
from hub.core.calendar import HOUR
from hub.inbox.items import Item
from hub.inbox.meanings import URGENCIES
from hub.inbox.notice import corrected
from hub.projection import inbox as projected
from hub.projection import team as own
from hub.rulebook import working_days

PATH = "/alerts"
SHOWN, PRINTED = 50, 1000  # alerts on a page, and on paper
NEWS = 7 * 24 * HOUR  # for so long a correction stands above the list
HEADLINES = 5
SEVERAL, NOBODY = "More than one pseudonym begins so: give more of it", "You were told of nobody with this pseudonym"
PSEUDONYM = re.compile(r"p1\.[A-Za-z0-9_-]{6,60}")
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose in the panel: its code, what it is called, how many there are, whether it is chosen."""

    value: str
    text: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Headline:
    """A correction: what is no longer true, of whom, since when; *id* is the address of all that it says."""

    id: str
    says: str
    person: str
    at: str


@page(PATH, Role.TEAM, nav="My alerts")
def alerts(ask: Ask) -> Response:
    """The list."""
    asked = filters(ask.request.query_params)
    with ask.read() as sql:
        corrections = _headlines(sql, ask, asked)
        told: dict[str, Any] = {
            "pressing": _pressing(sql, ask),
            "views": _views(sql, ask, asked),
            "corrections": corrections,
        }
        if asked.view == CORRECTIONS:
            return ask.render("team/corrections.html", **told, here=PATH)
        lines, total, after = listed(sql, ask, asked, SHOWN)
        panel = _panel(sql, ask, asked)
        told["live"] = live.known(sql, ask.user.of or "")
    more = asked.address(PATH, after=after) if after else ""
    links = {
        "more": more,
        "first": asked.address(PATH) if asked.after else "",
        "clear": Filters(asked.view).address(PATH),
        "order": asked.address(PATH, newest=not asked.newest),
        "json": asked.address(f"{PATH}.json"),
        "csv": asked.address(f"{PATH}.csv"),
        "print": asked.address(f"{PATH}/print"),
    }
    return ask.render("team/alerts.html", **told, **panel, lines=lines, total=total, asked=asked, links=links)


@page(f"{PATH}/print", Role.TEAM)
def alerts_printed(ask: Ask) -> Response:
    """The list on paper: all of it, and nothing beside it."""
    asked = filters(ask.request.query_params)
    with ask.read() as sql:
        ask.looked()
        lines, total, _ = listed(sql, ask, asked, PRINTED)
        told: dict[str, Any] = {"pressing": _pressing(sql, ask), "corrections": _headlines(sql, ask, asked)}
    view = VIEWS.get(asked.view, VIEWS["all"])[0]
    back, at = asked.address(PATH), words.minute(ask.desk.now())
    return ask.render("team/printed.html", **told, lines=lines, total=total, view=view, back=back, at=at, here=PATH)


@page(f"{PATH}/person", Role.TEAM, methods=("POST",))
def alerts_of(ask: Ask) -> Response:
    """All that the team was told of one person, by its own pseudonym: asked by a form, to stand in no address."""
    team, start = ask.user.of or "", str(ask.form.get("person") or "").strip()
    with ask.read() as sql:
        found = own.people(sql, team, start) if PSEUDONYM.fullmatch(start) else ()
        if len(found) != 1:
            fault = SEVERAL if found else NOBODY
            return ask.render("team/person.html", 404, here=PATH, fault=fault, lines=[], person=start)
        whole = own.person(sql, team, found[0])
        told = [item.told for item in whole.items] or whole.corrections
        id = str(told[0]["id"])
        ask.looked(person=own.handle(sql, team, id), of=id)
        lines = _lines(ask, whole.items, whole.corrections)
    return ask.render("team/person.html", here=PATH, fault="", lines=lines, person=whole.person)


def listed(sql: Connection, ask: Ask, asked: Filters, limit: int) -> tuple[list[Line], int, str | None]:
    """The lines that somebody asked for, how many there are in all, and where they go on."""
    team, now = ask.user.of or "", ask.desk.now()
    found = projected.alerts(sql, team, asked.asked(now), asked.after, limit)
    corrections = own.corrections_of(sql, team, {item.told["person"] for item in found.items if item.over})
    return _lines(ask, found.items, corrections), found.total, found.after


def _lines(ask: Ask, items: Iterable[Item], corrections: Sequence[Told]) -> list[Line]:
    now, days = ask.desk.now(), working_days(ask.desk.rules())
    return [
        line(item, now, days, corrections, item.waits and ask.desk.sent.there(item.team, item.told["id"], now))
        for item in items
    ]


def _pressing(sql: Connection, ask: Ask) -> own.Pressing:
    now = ask.desk.now()
    days = working_days(ask.desk.rules())
    midnight = days.instant(days.local_date(now + 24 * HOUR), 0)
    return own.pressing(sql, ask.user.of or "", now, midnight)


def _headlines(sql: Connection, ask: Ask, asked: Filters) -> list[Headline]:
    """Above the list those of late, in their own view all."""
    whole = asked.view == CORRECTIONS
    since, limit = (0, PRINTED) if whole else (ask.desk.now() - NEWS, HEADLINES)
    found = projected.corrections(sql, ask.user.of or "", since, limit)
    return [
        Headline(one["id"], corrected(one), words.short(one["person"]), words.minute(one["raised"])) for one in found
    ]


def _views(sql: Connection, ask: Ask, asked: Filters) -> list[Choice]:
    by_state = projected.counts(sql, ask.user.of or "", Filters("all").asked(0))["state"]
    made = []
    for view, (name, states) in VIEWS.items():
        count = sum(by_state.get(state, 0) for state in states or by_state)
        if count or view in {"waiting", "answered", "over", "all"}:
            made.append(Choice(Filters(view).address(PATH), name, count, view == asked.view))
    found = len(projected.corrections(sql, ask.user.of or "", 0, PRINTED))
    return [*made, Choice(Filters(CORRECTIONS).address(PATH), "Corrections", found, asked.view == CORRECTIONS)]


def _panel(sql: Connection, ask: Ask, asked: Filters) -> dict[str, Any]:
    counts = projected.counts(sql, ask.user.of or "", asked.asked(ask.desk.now()))
    named = {code: text for code, text in URGENCIES.items() if counts["urgency"].get(code) or code in asked.urgency}
    urgencies = [
        Choice(code, text, counts["urgency"].get(code, 0), code in asked.urgency) for code, text in named.items()
    ]
    kinds = [
        Choice(code, words.happening(f"alert.{code}").removesuffix(" alert").capitalize(), count, code in asked.kind)
        for code, count in counts["kind"].items()
    ]
    return {"urgencies": urgencies, "kinds": kinds}


PAGES = (alerts, alerts_printed, alerts_of)
