"""What the agreements say, for the lead's programs, and whether promises are kept, for everybody's."""

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hub.console import promises as pages
from hub.console.api.operation import operation
from hub.console.api.shapes import Asking
from hub.console.lead import agreements as listed
from hub.console.page import Ask
from hub.console.who import Role
from hub.reports.agreement import agreements as made
from hub.reports.tabular import flat

Number = int | str  # a number, or the mark in its place where it is not shown


class Agreement(msgspec.Struct):
    """One agreement in force; `used` is how often its rules told somebody something in 28 days."""

    id: str
    title: str
    purpose: str
    starts: date
    review_by: date
    ends: date
    state: str
    gateways: list[str]
    sources: list[str]
    teams: list[str]
    used: int


class Agreements(msgspec.Struct):
    """All of them, those that end first first."""

    items: list[Agreement]


class Month(Asking):
    """Which month; this one where none is named."""

    month: Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] | msgspec.UnsetType = msgspec.UNSET


class Promise(msgspec.Struct):
    """How one promise was kept: in percent and in cases, small numbers as marks; `further` splits them otherwise."""

    title: str
    share: str
    kept: Number
    not_kept: Number
    of: Number
    unit: str
    target: int | None
    source: str
    reached: bool | None
    outcomes: dict[str, Number]
    months: dict[str, str]
    definition: str
    query: str
    further: dict[str, dict[str, Any]]


class Promises(msgspec.Struct):
    """The promises in one month; counts below the threshold are not shown."""

    month: str
    so_far: bool
    threshold: int
    promises: dict[str, Promise]


@operation("/agreements", Role.LEAD)
def agreements(ask: Ask) -> Agreements:
    """List the agreements in force, with their use."""
    bundle, on = ask.rules(), ask.desk.today()
    use, _ = listed.used(ask)
    found = sorted(made(bundle).values(), key=lambda one: (one.last, one.id))
    return Agreements(
        [
            Agreement(
                *(one.id, one.title, one.purpose, one.starts, one.review_by, one.ends, one.state(on), one.gateways),
                *(one.told("sources"), one.told("teams"), listed.count(one, use)),
            )
            for one in found
        ]
    )


@operation("/promises", *pages.EVERYBODY)
def promises(ask: Ask, asked: Month) -> Promises:
    """Whether the partnership keeps its promises, in numbers that tell of nobody."""
    one = pages.month_of(ask, ask.rules())
    told = flat(one.month, one.open, one.shown, one.trend, one.least)
    return Promises(one.month, one.open, one.least, {name: _promise(said) for name, said in told["promises"].items()})


def _promise(said: dict[str, Any]) -> Promise:
    same = {name: said[name] for name in Promise.__struct_fields__ if name in said}
    return Promise(**same, further={name: split for name, split in said.items() if name not in same})


OPERATIONS = (agreements, promises)
