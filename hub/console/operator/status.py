"""Service status: what waits at each stage, what ends soon, and what is new."""

from datetime import date

from sqlalchemy import select
from starlette.responses import Response

from hub import __version__, resources, words
from hub.console.operator import whose
from hub.console.page import Ask, page
from hub.console.who import Role
from hub.core.calendar import HOUR, MINUTE
from hub.intake.lag import Stage, stages
from hub.intake.news import FIRST, newest
from hub.intake.silence import span
from hub.projection import overview, sources, tables

SLOW = 5 * MINUTE  # a stage that is further behind is spoken of


@page("/status", *whose.SEEN, nav="Service status")
def status(ask: Ask) -> Response:
    """Whether the hub keeps up with its log, and what is new in it."""
    place, now = ask.desk.place, ask.desk.now()
    reader = place.reader()
    agencies = whose.agencies(ask)
    teams = place.teams() if ask.user.role is Role.OPERATOR else ()
    found = [*stages(reader, sources.lag(reader, agencies, teams)), _console(ask)]
    rules = ask.desk.rules()
    with ask.read() as sql:
        notes = overview.checkpoints(sql, "ledger.checkpoints.v1", 1)
    news = newest(resources.changelog())
    return ask.render(
        "operator/status.html",
        stages=[(one, _waits(one, now)) for one in found],
        rules=rules,
        ends=None if rules is None else words.day(date.fromisoformat(rules["valid_until"])),
        checkpoint=notes[0].at if notes else None,
        version=__version__,
        news=news,
        first=FIRST,
        operator=ask.user.role is Role.OPERATOR,
    )


def _console(ask: Ask) -> Stage:
    """How far these pages are behind the log."""
    p = tables.positions.c
    with ask.read() as sql:
        read = {(row[0], row[1]): row[2] for row in sql.execute(select(p.topic, p.partition, p.offset))}
    newest = ask.desk.place.reader().last(sorted({topic for topic, _ in read}))
    waiting = sum(max(0, last - read.get(at, last)) for at, last in newest.items())
    return Stage("showing it on these pages", waiting, None)


def _waits(one: Stage, now: int) -> tuple[str, str]:
    """How a stage stands, in a colour and in words."""
    if not one.behind:
        return "green", "Keeps up"
    if one.since is None:
        return "blue", "At work"
    behind = max(0, now - one.since)
    told = f"{span(behind / HOUR)} behind" if behind >= MINUTE else "less than a minute behind"
    return ("red" if behind > SLOW else "blue"), words.first(told)


PAGES = (status,)
