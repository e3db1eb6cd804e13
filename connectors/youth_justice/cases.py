"""One young person's case: orders, remands, programmes, bail, transfers, care status, from the parts of the return."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from connectors.mapping import Draft, RefusedError, event_id
from connectors.people import link, register, sex
from connectors.reading import table
from connectors.times import day, london_day, start_of
from hub.core.events import Value

CODES = table(Path(__file__).parent / "codes.yaml")
NEVER = "1900-01-01"  # how the return says that something did not happen
DONE = dict.fromkeys(("true", "y", "1"), "COMPLETED") | dict.fromkeys(("false", "n", "0"), "NOT_COMPLETED")
YPID = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Case:
    """One case on its way to events: *until* is the day the return speaks for, after which an end is only a plan."""

    draft: Draft
    body: Mapping[str, Any]
    record: str
    until: date

    def each(self, *names: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every item of a part of the return, such as `offence`, or of a part of a part."""
        return _each(self.body, names, "")

    def tell(self, kind: str, on: date, of: str = "", **fields: Value) -> None:
        """Add an event unless an earlier return said the same; *of* tells apart what else began that day."""
        known = self.draft.seen(self.record)
        name, said = f"{kind} {on} {of}", event_id(sorted(fields.items()))
        if known.get("told", {}).get(name) == said:
            return
        self.draft.tell(kind, self.record, start_of(on), start_of(self.until), **fields)
        self.draft.remember(self.record, {**known, "told": {**known.get("told", {}), name: said}})


def _each(body: Mapping[str, Any], names: tuple[str, ...], place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not names:
        yield place, body
        return
    found = body.get(names[0])
    items = found if isinstance(found, list) else [] if found is None else [found]
    for number, one in enumerate(items):
        where = f"{place}.{names[0]}[{number}]"
        if not isinstance(one, dict):
            raise RefusedError("not an object", "see the README", where)
        yield from _each(one, names[1:], where)


def map_case(draft: Draft, body: Mapping[str, Any]) -> None:
    """Tell everything one case says; a part about victims is never read."""
    header, person = _part(body, "header"), _part(body, "person_details")
    number = header.get("ypid") or person.get("ypid")
    if not isinstance(number, str | int) or not YPID.fullmatch(str(number)):
        raise RefusedError("`ypid` is missing or misshapen", "send the case's own number in `header.ypid`")
    record = draft.context.pseudonyms.seal(f"ypid:{number}")
    until = _date(header, "return_end_date") or london_day(draft.context.as_of)
    case = Case(draft, body, record, until)
    if header.get("deleted") in (True, "true", "Y"):
        draft.tell("person.erased", record, start_of(until), start_of(until))
        draft.remember(record, None)
        return
    _person(case, person, header)
    for part in (_orders, _remands, _programmes, _bail, _transfers, _care):
        part(case)
    if body.get("victim_intervention"):
        draft.note("victim data is never carried: `victim_intervention` was not read")


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _person(case: Case, person: Mapping[str, Any], header: Mapping[str, Any]) -> None:
    born, adult = _date(person, "dateOfBirth"), _date(person, "dateOf18ThBirthday")
    if born and adult and (adult.year - born.year != 18 or adult.month - born.month not in (0, 1, -11)):
        case.draft.note("`dateOf18ThBirthday` does not follow from `dateOfBirth`: the date of birth is told")
    reference = link(case.draft, header.get("linkReference") or person.get("linkReference"))
    at = start_of(case.until)
    register(case.draft, case.record, at, at, link=reference, dob=born, sex=sex(person.get("sex")))


def _orders(case: Case) -> None:
    for place, outcome in case.each("offence", "offenceLegalOutcome"):
        order = _code(outcome, "legalOutcome", CODES["orders"], place)
        start, end = _date(outcome, "outcomeDate", place), _date(outcome, "outcomeEndDate", place)
        if order is None or start is None:
            continue
        case.tell("order.started", start, order, type=order, start=start, end=end)
        if end and end <= case.until:
            case.tell("order.ended", end, order, type=order, end=end)


def _remands(case: Case) -> None:
    for place, hearing in case.each("hearing"):
        basis, on = _code(hearing, "remandDecision", CODES["remands"], place), _date(hearing, "hearingDate", place)
        if basis and on:
            case.tell("remand.youth_detention", on, basis=basis, start=on)


def _programmes(case: Case) -> None:
    for place, programme in case.each("intervention_programme"):
        name = _code(programme, "disposalType", CODES["interventions"], place)
        start, end = _date(programme, "startDate", place), _date(programme, "endDate", place)
        if name is None or start is None:
            continue
        case.tell("intervention.started", start, name, intervention=name, start=start, end=end)
        if end and end <= case.until:
            done = DONE.get(str(programme.get("kpi6SuccessfullyCompleted")).lower())
            case.tell("intervention.ended", end, name, intervention=name, end=end, outcome=done)


def _bail(case: Case) -> None:
    known = {one: one for one in CODES["bail"]}
    for place, bail in case.each("offence", "policeBail"):
        status, start = _code(bail, "bailStatus", known, place), _date(bail, "startDate", place)
        if status and start:
            end = _date(bail, "endDate", place)
            case.tell("bail.changed", start, status, status=status, start=start, end=end)


def _transfers(case: Case) -> None:
    for place, transfer in case.each("transfer"):
        on, told = _date(transfer, "date", place), transfer.get("description")
        to = CODES["transfers"].get(told) if isinstance(told, str) else None
        if told and to is None:
            case.draft.note("a transfer whose description codes.yaml does not list: told without where to")
        if on:
            case.tell("transfer.made", on, to=to, date=on)


def _care(case: Case) -> None:
    """Each status from its start, with the one it replaced."""
    told = []
    for place, care in case.each("care_status"):
        status, start = _code(care, "status", CODES["care"], place), _date(care, "startDate", place)
        if status and start:
            told.append((start, status))
    before = None
    for start, status in sorted(told):
        case.tell("care_status.changed", start, old=before, new=status)
        before = status


def _date(body: Mapping[str, Any], name: str, place: str = "") -> date | None:
    told = body.get(name)
    if told is None or told == "" or (isinstance(told, str) and told.startswith(NEVER)):
        return None
    try:
        return day(told, name)
    except RefusedError as refused:
        raise RefusedError(refused.why, refused.cure, place) from None


def _code(body: Mapping[str, Any], name: str, known: Mapping[str, str | None], place: str) -> str | None:
    told = body.get(name)
    if told is None or told == "":
        return None
    if not isinstance(told, str) or told not in known:
        raise RefusedError(f"`{name}` is not in codes.yaml", "add it there with what it means, or correct it", place)
    return known[told]
