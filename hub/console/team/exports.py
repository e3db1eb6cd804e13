"""A team's list for programs, for spreadsheets and for calendars."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from hub.console.page import Ask, page
from hub.console.tabular import Sheet, Value, download
from hub.console.team.filters import filters
from hub.console.who import Role
from hub.core.calendar import HOUR
from hub.inbox import own
from hub.inbox.ical import calendar
from hub.inbox.items import Item
from hub.inbox.rows import COLUMNS, row
from hub.projection import inbox as projected
from hub.projection import team as told_to
from hub.rulebook import working_days

PAST = 92 * 24 * HOUR  # what fell due longer ago is in no calendar any more


@page("/alerts.json", Role.TEAM)
def alerts_json(ask: Ask) -> Response:
    """The alerts that the address asks for, all of them."""
    return download(_sheet(ask), "json")


@page("/alerts.csv", Role.TEAM)
def alerts_csv(ask: Ask) -> Response:
    """The same for a spreadsheet."""
    return download(_sheet(ask), "csv")


@page("/alerts.ics", Role.TEAM)
def alerts_calendar(ask: Ask) -> Response:
    """What is asked and when, for a shared calendar: nothing of anybody is in it."""
    team, since = ask.user.of or "", ask.desk.now() - PAST
    with ask.read() as sql:
        every = projected.alerts(sql, team, projected.Asked(every=True), limit=None).items
        found = _seen(sql, team, [item for item in every if item.told["due"] >= since])
    there = {"content-disposition": 'attachment; filename="alerts.ics"'}
    return Response(calendar(team, found, ask.desk.url), media_type="text/calendar", headers=there)


def rows(sql: Connection, ask: Ask, found: Sequence[Item]) -> list[dict[str, Any]]:
    """Alerts of the team by their columns, each in the state in which it may see it to be."""
    now, days = ask.desk.now(), working_days(ask.desk.rules())
    return [row(item, now, days) for item in _seen(sql, ask.user.of or "", found)]


def _sheet(ask: Ask) -> Sheet:
    asked = filters(ask.request.query_params).asked(ask.desk.now())
    with ask.read() as sql:
        found = projected.alerts(sql, ask.user.of or "", asked, limit=None).items
        return Sheet("alerts", COLUMNS, list(map(_cells, rows(sql, ask, found))))


def _seen(sql: Connection, team: str, found: Sequence[Item]) -> list[Item]:
    """The same as the team may know of them: of what ended without a word to it, only that it is over."""
    corrections = told_to.corrections_of(sql, team, {item.told["person"] for item in found if item.over})
    return list(own.seen(found, corrections))


def _cells(told: dict[str, Any]) -> list[Value]:
    return [" ".join(one) if isinstance(one := told[name], list) else one for name in COLUMNS]


PAGES = (alerts_json, alerts_csv, alerts_calendar)
