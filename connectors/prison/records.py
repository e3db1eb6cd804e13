"""Dates come from records: compare a prisoner record with the one last seen, and tell what changed."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from connectors.identifiers import pnc, prisoner
from connectors.mapping import Draft, RefusedError, Seen
from connectors.people import link, register, sex
from connectors.pseudonyms import BOOKING
from connectors.reading import table
from connectors.times import day, instant
from hub.core.events import Value

READ = table(Path(__file__).parent / "records.yaml")
LEGAL = frozenset(READ["legal"])
PRISON = re.compile(r"(?!OUT|TRN)[A-Z]{3}")


def compare(draft: Draft, body: dict[str, Any], at: int | None = None) -> None:
    """
    Tell what is new in one record. *at* is when an event said it changed; else the record's own time, else the file's.

    A record older than the one last seen is passed over: the newer one has already been told.
    """
    number = prisoner(body.get("prisonerNumber"))
    if number is None:
        raise RefusedError("`prisonerNumber` has not the shape A9999AA", "correct it in the sending system")
    record = draft.context.pseudonyms.seal(number)
    known, at = draft.seen(record), _time(draft, body, at)
    if at < known.get("at", 0):
        draft.note("older than the record last seen: passed over")
        return
    at = max(at, known.get("at", 0) + 1)  # two records of one instant still have an order
    _flag(draft, body)
    _person(draft, record, body, at)
    _death(draft, record, body, at)
    _legal(draft, record, body, at)
    _dates(draft, record, body, at)
    draft.remember(record, {**draft.seen(record), "at": at})


def _time(draft: Draft, body: dict[str, Any], at: int | None) -> int:
    if at is not None:
        return at
    told = body.get("recordedAt")
    return draft.context.as_of if told is None else instant(told, "recordedAt")[0]


def _flag(draft: Draft, body: dict[str, Any]) -> None:
    told = body.get("pncNumber")
    checked = pnc(told) if isinstance(told, str) else None
    if told and not (checked and checked.verified):
        draft.note("`pncNumber` fails its check letter: kept out of matching")


def _person(draft: Draft, record: str, body: dict[str, Any], at: int) -> None:
    born = body.get("dateOfBirth")
    register(
        draft,
        record,
        at,
        at,
        link=link(draft, body.get("linkReference")),
        dob=None if born is None else day(born, "dateOfBirth"),
        sex=sex(body.get("gender")),
    )


def _death(draft: Draft, record: str, body: dict[str, Any], at: int) -> None:
    known = draft.seen(record)
    if body.get("legalStatus") == "DEAD" and not known.get("dead"):
        draft.tell("person.died", record, at, at)
        draft.remember(record, {**known, "dead": True})


def _legal(draft: Draft, record: str, body: dict[str, Any], at: int) -> None:
    known, new = draft.seen(record), body.get("legalStatus")
    if new is None or new == known.get("legal"):
        return
    if not isinstance(new, str) or new not in LEGAL:
        raise RefusedError("`legalStatus` is not in the list", "add it to records.yaml, or correct the record")
    draft.tell("legal_status.changed", record, at, at, old=known.get("legal"), new=new)
    draft.remember(record, {**known, "legal": new})


def _dates(draft: Draft, record: str, body: dict[str, Any], at: int) -> None:
    """The whole set of dates when any of them changed: a date that is not in it no longer stands."""
    known = draft.seen(record)
    before: Seen = known.get("dates", {})
    after = {} if _gone(body) else _read(draft, body)
    if _gone(body) and _any_date(body):
        draft.note("dates of someone who has left prison: not a plan, and not told")
    if _what(after) == _what(before):
        return
    if not _gone(body):
        told = after or {"booking": before.get("booking")}  # none left: nothing of that booking stands any more
        fields = {name: _typed(name, value) for name, value in told.items()}
        draft.tell("release_dates.changed", record, at, at, **fields)
    draft.remember(record, {**known, "dates": after})


def _read(draft: Draft, body: dict[str, Any]) -> Seen:
    found = {hub: _day(body, names) for hub, names in READ["dates"].items()}
    dates: Seen = {hub: on.isoformat() for hub, on in found.items() if on is not None}
    about = {"recall": _recall(body), "sentence": _sentence(body)}
    dates |= {name: value for name, value in about.items() if value is not None}
    if not dates:
        return {}
    booking, prison = body.get("bookingId"), body.get("prisonId")
    if isinstance(booking, str | int):
        dates["booking"] = draft.context.pseudonyms.seal(str(booking), BOOKING)
    if isinstance(prison, str) and PRISON.fullmatch(prison):
        dates["prison"] = prison
    return dates


def _day(body: dict[str, Any], names: list[str]) -> date | None:
    name = next((name for name in names if body.get(name) is not None), None)
    return None if name is None else day(body[name], name)


def _recall(body: dict[str, Any]) -> str | None:
    if body.get("recall") is not True and body.get("legalStatus") != "RECALL":
        return None
    return str(READ["recalls"].get(str(body.get("imprisonmentStatus")), "UNSPECIFIED"))


def _sentence(body: dict[str, Any]) -> str | None:
    if body.get("indeterminateSentence") is True or body.get("legalStatus") == "INDETERMINATE_SENTENCE":
        return "INDETERMINATE"
    found = READ["sentences"].get(str(body.get("imprisonmentStatus")))
    return None if found is None else str(found)


def _gone(body: dict[str, Any]) -> bool:
    return body.get("status") == "INACTIVE OUT"


def _any_date(body: dict[str, Any]) -> bool:
    return any(body.get(name) for names in READ["dates"].values() for name in names)


def _what(dates: Seen) -> Seen:
    """What makes dates new: the prison alone does not, because a transfer is told by its own event."""
    return {name: value for name, value in dates.items() if name != "prison"}


def _typed(name: str, value: str) -> Value:
    return date.fromisoformat(value) if name in READ["dates"] else value
