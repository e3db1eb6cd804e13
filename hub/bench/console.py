"""
`hub bench --job console`: what it costs to fold a year's log into the projection, and to ask it what pages ask.

What is asked for is taken from what the projection holds, so that every question finds something.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hub.bench.crowd import BEGIN, END, TEAMS, fill
from hub.bench.pages import pages
from hub.bench.side import machine
from hub.edges.home import Home, create, synthetic_secret
from hub.edges.reader import EmbeddedReader
from hub.projection import ask, inbox, overview, sources
from hub.projection.database import Database
from hub.projection.fold import Fold
from hub.projection.follow import rebuild
from hub.wiring import schemas

AGENCIES = ("HMPPS_PRISON", "GMP", "YJS", "SCHOOL", "PROBATION", "MCC_CHILDRENS", "ASC")
DAY = 86_400_000_000
PAGE_ROUNDS = 25
Question = Callable[[Connection], Any]
Filters = ask.Filters


def console(
    decisions: int, alerts: int, rounds: int, postgres: str | None, told: Callable[[str], None]
) -> dict[str, Any]:
    """Milliseconds of each question, median and 99th percentile of *rounds*, in SQLite and in an empty *postgres*."""
    with tempfile.TemporaryDirectory(prefix="csp-hub-bench-") as place:
        home = create(Path(place) / "home", AGENCIES, TEAMS, synthetic=True, secret=synthetic_secret(1))
        fill(home, decisions, alerts)
        told(f"{decisions:,} decisions and {alerts:,} alerts made up")
        made = {"sqlite": _measured(Database.of(home.path), home, rounds)}
        if postgres:
            made["postgresql"] = _measured(Database.of(home.path, postgres), home, rounds)
    return {"job": "console", "machine": machine(), "rounds": rounds, "decisions": decisions, "subjects": made}


def _measured(database: Database, home: Home, rounds: int) -> dict[str, Any]:
    begun = time.perf_counter()
    fold = Fold(schemas(), home.agencies, home.teams)
    records = rebuild(database, fold, EmbeddedReader(home.log), lambda done, total: None)
    seconds = time.perf_counter() - begun
    dice = random.Random(1)  # noqa: S311
    with database.reading() as connection:
        outcomes = ask.counts(connection, Filters(nobody=True)).total
        asked = {name: [_timed(database, one) for one in some] for name, some in _questions(connection, dice, rounds)}
    opened = pages(home, database, min(rounds, PAGE_ROUNDS))
    database.close()
    return {
        "records": records,
        "outcomes": outcomes,
        "rebuild_records_per_s": records / seconds,
        "ms": {
            name: (statistics.median(costs), statistics.quantiles(costs, n=100)[98]) for name, costs in asked.items()
        },
        "pages_ms": opened,
    }


def _timed(database: Database, question: Question) -> float:
    """Milliseconds, the connection included."""
    begun = time.perf_counter()
    with database.reading() as connection:
        question(connection)
    return (time.perf_counter() - begun) * 1000


def _questions(connection: Connection, dice: random.Random, rounds: int) -> Iterator[tuple[str, list[Question]]]:
    """Each kind of question, *rounds* of it, no two the same where there are as many."""
    rows = ask.decisions(connection, limit=1000).rows
    facets: Mapping[str, Any] = ask.counts(connection).facets
    waiting = [item.told["id"] for item in inbox.alerts(connection, "PROB", limit=None).items]

    def some(make: Callable[[], Question]) -> list[Question]:
        return [make() for _ in range(rounds)]

    def filters(*names: str) -> Filters:
        rare: dict[str, Any] = {name: (dice.choice(facets[name])[0],) for name in names}
        return Filters(**rare)

    def month() -> tuple[int, int]:
        start = dice.randrange(BEGIN, END - 30 * DAY)
        return start, start + 30 * DAY

    def both(asked: Filters, after: str | None = None) -> Question:
        return partial(ask.search, asked=asked, after=after)

    def dated() -> Filters:
        since, until = month()
        return Filters(team=(dice.choice(facets["team"])[0],), since=since, until=until)

    yield "decisions, all", some(lambda: both(ask.ALL))
    yield "decisions, a late page", some(lambda: both(ask.ALL, f"{dice.randrange(BEGIN, END)}.0.0.0"))
    yield "decisions of a team, withheld", some(lambda: both(Filters(team=filters("team").team, outcome=("withheld",))))
    yield "decisions of a reason and a type", some(lambda: both(filters("reason", "subject")))
    yield "decisions of a rare kind", some(lambda: both(filters("team", "subject", "source", "reason")))
    yield "decisions of a clause", some(lambda: both(filters("clause")))
    yield "decisions of a team in thirty days", some(lambda: both(dated()))
    yield "decisions on a person", some(lambda: both(Filters(person=dice.choice(rows).person)))
    yield "search for an id", some(lambda: both(Filters(search=dice.choice(rows).decision[:10])))
    yield "search for a code", some(lambda: both(Filters(search=dice.choice(facets["clause"])[0][:6])))
    yield "one decision", some(lambda: partial(ask.decision, start=dice.choice(rows).decision))
    yield "an inbox", some(lambda: partial(inbox.alerts, team=dice.choice(TEAMS)))
    yield "an inbox in numbers", some(lambda: partial(inbox.counts, team=dice.choice(TEAMS)))
    yield "one alert", some(lambda: partial(inbox.alert, team="PROB", start=dice.choice(waiting)))
    yield "days of the year", some(lambda: partial(overview.days, since=BEGIN, until=END))
    yield "what waits, at every team", some(lambda: partial(overview.waiting, now=END))
    yield "use of clauses in thirty days", some(lambda: partial(overview.usage, since=END - 30 * DAY, until=END))
    yield "what came in the year", some(lambda: partial(sources.came, since=0, until=1 << 52))
    yield "who is silent", some(lambda: partial(sources.silences, agencies=AGENCIES, now=END))
    yield "quarantine", some(lambda: partial(sources.quarantined, owner=None))
