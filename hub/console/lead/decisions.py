"""Decisions: who got what, when, under which clause, and what was withheld; as a list, and as files."""

from collections.abc import Callable, Iterator

from starlette.datastructures import QueryParams
from starlette.responses import Response

from hub import words
from hub.console.lead import filters
from hub.console.lead.rows import line, plain
from hub.console.page import Ask, missing, page
from hub.console.tabular import TYPES, Sheet, Value, download
from hub.console.who import Role
from hub.projection.ask import Filters, Row, counts, decisions, search
from hub.projection.overview import book

SHOWN, PORTION = 50, 1000
MOST = 200_000  # rows of one file
COLUMNS = (
    "at", "decision", "source", "type", "event", "team", "outcome", "agreement", "clause", "purpose", "gateway",
    "reason", "owner", "grant", "fields", "bundle",
)  # fmt: skip


@page("/decisions", Role.LEAD, nav="Decisions")
def decision_list(ask: Ask) -> Response:
    """A line for every team that could have been told, newest first; the address holds every choice."""
    rules, made = ask.rules(), filters.asked(ask.request.query_params)
    with ask.read() as sql:
        found, counted = search(sql, made.filters, ask.query.get("after"), SHOWN)
        law = book(sql)
    return ask.render(
        "lead/decisions.html",
        rows=[line(row, law) for row in found.rows],
        total=counted.total,
        facets=filters.facets(made, counted, rules),
        chips=filters.chips(made, law, rules),
        problems=[{"text": text, "href": f"#{name}"} for name, text in made.problems.items()],
        wrong=made.problems,
        query=ask.query,
        views=filters.VIEWS,
        next=made.address(after=found.after) if found.after else "",
        first=made.address() or "?",
        later="after" in ask.query,
        export=made.address(),
    )


@page("/decisions/export", Role.LEAD)
def decision_export(ask: Ask) -> Response:
    """Asks for a reason first: a file leaves the hub, and that is on record."""
    return _reasoned(ask, filters.asked(ask.request.query_params))


def _reasoned(ask: Ask, made: filters.Asked, problem: str = "") -> Response:
    rules = ask.rules()
    with ask.read() as sql:
        counted, law = counts(sql, made.filters), book(sql)
    return ask.render(
        "lead/export.html",
        total=min(counted.total, MOST),
        chips=filters.chips(made, law, rules),
        pairs=made.pairs,
        reasons=rules["accountability"]["reasons"],
        problem=problem,
        back=made.address(),
    )


@page("/decisions.{form}", Role.LEAD, methods=("POST",))
def decision_file(ask: Ask) -> Response:
    """The rows of the list as a file, without the hub's pseudonyms of people."""
    form, reason = ask.path["form"], str(ask.form.get("because", ""))
    if form not in TYPES:
        raise missing()
    made = filters.asked(QueryParams([(name, str(value)) for name, value in ask.form.multi_items()]))
    if reason not in ask.rules()["accountability"]["reasons"]:
        ask.recorded = True  # nothing was taken, so there is nothing to record
        return _reasoned(ask, made, "Choose why you need this")
    ask.looked(reason=reason)
    return download(
        Sheet("decisions", COLUMNS, _cells(ask, made.filters, words.iso if form == "json" else words.moment)), form
    )


def _cells(ask: Ask, asked: Filters, when: Callable[[int], str]) -> Iterator[list[Value]]:
    after: str | None = None
    for _ in range(MOST // PORTION):
        with ask.read() as sql:
            found = decisions(sql, asked, after, PORTION)
        yield from (_cell(row, when) for row in found.rows)
        after = found.after
        if after is None:
            return


def _cell(row: Row, when: Callable[[int], str]) -> list[Value]:
    told = plain(row)
    kept = " ".join(f"{name}:{form}" for name, form in told["fields"].items())
    said = told | {"at": when(row.at), "fields": kept}
    return [said[name] for name in COLUMNS]


PAGES = (decision_list, decision_export, decision_file)
