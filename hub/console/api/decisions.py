"""What was decided, for the information governance lead's programs: without anybody's pseudonym, as in its files."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.exceptions import HTTPException

from hub import words
from hub.console.api.operation import operation, wrong
from hub.console.api.shapes import After, Asking, Day, Instant, Limit, Maybe, Word
from hub.console.lead import decision as one
from hub.console.lead import filters
from hub.console.lead.rows import plain
from hub.console.page import Ask
from hub.console.who import Role
from hub.projection import ask as projected
from hub.projection.overview import book

Either = Literal["delivered", "withheld"]


class Choices(Asking):
    """Which decisions: of each facet any of the values named, on the days named, found by an id or part of a code."""

    outcome: tuple[Either, ...] = ()
    team: tuple[Word, ...] = ()
    subject: tuple[Word, ...] = ()
    source: tuple[Word, ...] = ()
    reason: tuple[Word, ...] = ()
    owner: tuple[Word, ...] = ()
    agreement: tuple[Word, ...] = ()
    clause: tuple[Word, ...] = ()
    purpose: tuple[Word, ...] = ()
    from_: Day | Literal[""] = msgspec.field(default="", name="from")
    to: Day | Literal[""] = ""
    search: Annotated[str, Meta(max_length=100)] = ""


class Listing(Choices, kw_only=True):
    """The same, a portion at a time; *because* is why: what is taken away is on record with its reason."""

    because: Annotated[str, Meta(description="a code of `reasons` in policies/accountability.yaml, such as AUDIT")]
    after: After = ""
    limit: Limit = 50


class Given(msgspec.Struct):
    """What one team got, and why; `fields` has each field that was kept, with the form it left in."""

    team: str
    outcome: str
    agreement: Maybe
    clause: Maybe
    purpose: Maybe
    gateway: Maybe
    reason: Maybe
    owner: Maybe
    grant: Maybe
    fields: dict[str, str]


class Disclosure(Given):
    """What one team got of one decision."""

    at: Instant
    decision: str
    source: str
    type: str
    event: str
    bundle: str


class Disclosures(msgspec.Struct):
    """Some of them, newest first, and where the list goes on."""

    items: list[Disclosure]
    after: Maybe


class Facet(msgspec.Struct):
    """One value of a facet, and how many there are if only its own choice were another."""

    value: str
    count: int


class Counts(msgspec.Struct):
    """How many there are."""

    total: int
    facets: dict[str, list[Facet]]


class Outcome(Given):
    """One team's part of a decision: `withheld` is what there could have been beside it, an upper bound."""

    exact: bool
    withheld: tuple[str, ...]


class Decision(msgspec.Struct):
    """One decision with what every team got; `leaf` is its place in the ledger, if it is in a checkpoint already."""

    id: str
    at: Instant
    source: str
    type: str
    event: str
    bundle: str
    leaf: int | None
    before: Maybe
    after: Maybe
    outcomes: list[Outcome]


@operation("/decisions", Role.LEAD)
def decisions(ask: Ask, asked: Listing) -> Disclosures:
    """List decisions, newest first."""
    chosen = _filters(ask)
    if asked.because not in ask.rules()["accountability"]["reasons"]:
        raise wrong("query, `because`: not a reason", "a code of `reasons` in policies/accountability.yaml")
    ask.looked(reason=asked.because)
    with ask.read() as sql:
        found = projected.decisions(sql, chosen, asked.after or None, asked.limit)
    rows = [Disclosure(**plain(row) | {"at": words.iso(row.at)}) for row in found.rows]
    return Disclosures(rows, found.after)


@operation("/decisions/counts", Role.LEAD)
def decision_counts(ask: Ask, asked: Choices) -> Counts:
    """Count decisions, in all and by facet."""
    chosen = _filters(ask)
    with ask.read() as sql:
        found = projected.counts(sql, chosen)
    return Counts(found.total, {name: [Facet(*one) for one in found.facets[name]] for name in filters.FACETS})


@operation("/decisions/{id}", Role.LEAD)
def decision(ask: Ask) -> Decision:
    """Look at one decision, which is on record."""
    with ask.read() as sql:
        made, law = one.found(sql, ask), book(sql)
        ask.looked(person=made.person, of=made.id)
        outcomes = [_outcome(told, one.kept(sql, made, told, law)) for told in made.outcomes]
    same = {name: getattr(made, name) for name in ("id", "source", "event", "bundle", "leaf", "before", "after")}
    return Decision(**same, at=words.iso(made.at), type=made.subject, outcomes=outcomes)


def _filters(ask: Ask) -> projected.Filters:
    """The same choices as those of the page, which leaves out what it cannot use; here it is refused."""
    made = filters.asked(ask.request.query_params)
    for name in made.problems:
        raise wrong(
            f"query, `{name}`: not a day that can be asked for", "such as 2026-11-12, the last not before the first"
        )
    if sum(name in filters.FACETS for name, _ in ask.request.query_params.multi_items()) > filters.MOST:
        raise HTTPException(400, f"query: more than {filters.MOST} choices; hint: ask for fewer at once")
    return made.filters


def _outcome(told: projected.Outcome, kept: one.Kept) -> Outcome:
    names = ("team", "outcome", "agreement", "clause", "purpose", "gateway", "reason", "owner", "grant")
    fields = {name: told.kept[name] for name in kept.names}
    same = {name: getattr(told, name) for name in names}
    return Outcome(**same, fields=fields, exact=kept.exact, withheld=kept.withheld)


OPERATIONS = (decisions, decision_counts, decision)
