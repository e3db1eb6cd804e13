"""Events out of HMPPS messages: what a movement, a merge or an erasure means, by the tables beside this file."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.identifiers import prisoner
from connectors.mapping import Draft, RefusedError
from connectors.people import link, register
from connectors.prison.envelopes import Leaf
from connectors.prison.records import compare
from connectors.pseudonyms import BOOKING
from connectors.reading import objects, table
from connectors.times import instant, london_day
from hub.core.events import Value

HERE = Path(__file__).parent
TYPES = table(HERE / "events.yaml")
MOVES = table(HERE / "movements.yaml")
UNSENTENCED = frozenset(table(HERE / "records.yaml")["unsentenced"])
PRISON = re.compile(r"[A-Z]{3}")
NOT_PRISONS = {"OUT", "TRN"}
CODE = re.compile(r"[A-Z0-9_]{1,12}", re.ASCII)
DETAILS = re.compile(r"Movement reason code ([A-Z0-9_]{1,12})", re.ASCII)
KEPT = {"merged": "nomsNumber", "booking moved": "movedToNomsNumber"}
TIMES = ("occurredAt", "eventDatetime", "publishedAt")


@dataclass(frozen=True, slots=True)
class Told:
    """One message about one prisoner, with the little of it that the hub may know."""

    draft: Draft
    body: Mapping[str, Any]
    more: Mapping[str, Any]
    number: str
    record: str
    at: int

    def say(self, kind: str, **fields: Value) -> None:
        """Add an event; its `seq` is the source's own clock, so that late arrivals never win."""
        self.draft.tell(kind, self.record, self.at, self.at, **fields)


def happen(draft: Draft, leaf: Leaf) -> None:
    """Map one message, or note why it says nothing the hub carries."""
    if isinstance(leaf.body, RefusedError):
        raise leaf.body
    kind = _word(leaf.body.get("eventType")) or leaf.kind
    if kind is None:
        raise RefusedError(*_unspoken(leaf.body))
    does = TYPES["does"].get(kind)
    if does is None:
        about = TYPES["nothing"].get(kind)
        draft.note(f"`{kind}` is {about}: nothing to tell" if about else "an event type this connector does not know")
        return
    number = _number(leaf.body, does)
    if number is None:
        draft.note(f"`{kind}` names no prisoner: the prisoner record is needed")
    else:
        DOES[does](_told(draft, leaf, number))


def _unspoken(body: Mapping[str, Any]) -> tuple[str, str]:
    if "prisonNumber" in body:
        return "a licence, not a prisoner record", "send prisoner records or domain events; licences are not read"
    if "sentenceCalculationType" in body:
        return "a sentence, not a prisoner record", "send prisoner records; the hub never computes a sentence"
    return "neither a message nor a prisoner record", "a message has `eventType`, a record `prisonerNumber`"


def _told(draft: Draft, leaf: Leaf, number: str) -> Told:
    body = leaf.body if isinstance(leaf.body, dict) else {}
    more = _more(body)
    at = _at(draft, body, leaf.sent)
    told = Told(draft, body, more, number, draft.context.pseudonyms.seal(number), at)
    register(draft, told.record, at, at, link=link(draft, more.get("linkReference") or body.get("linkReference")))
    return told


def _more(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found = body.get("additionalInformation")
    return found if isinstance(found, dict) else {}


def _at(draft: Draft, body: Mapping[str, Any], sent: str | None) -> int:
    name = next((name for name in TIMES if body.get(name)), None)
    if name is None and sent is None:
        raise RefusedError("no time of the event", "send `occurredAt`")
    at, assumed = instant(body[name] if name else sent, name or "Timestamp")
    if assumed:
        draft.note(f"`{name or 'Timestamp'}` has no zone: read as Europe/London")
    if name not in {"occurredAt", "eventDatetime"}:
        draft.note("no time of the event: read from when it was sent")
    return at


def _number(body: Mapping[str, Any], does: str) -> str | None:
    """The one prisoner number a message names; two different ones, or a malformed one, refuse it."""
    more = _more(body)
    reference = body.get("personReference")
    listed = reference.get("identifiers") if isinstance(reference, dict) else None
    identifiers = objects(listed if isinstance(listed, list) else [])
    named = [one.get("value") for one in identifiers if one.get("type") == "NOMS"]
    kept = more.get(KEPT.get(does, ""))
    told = [kept] if kept else [*named, more.get("nomsNumber"), more.get("prisonerId"), body.get("offenderIdDisplay")]
    numbers = {one for one in told if one} if all(one is None or isinstance(one, str) for one in told) else {""}
    if len(numbers) > 1:
        raise RefusedError("two different prisoner numbers in one message", "send one message for each person")
    if not numbers:
        return None
    return _checked(numbers.pop())


def _checked(told: object) -> str:
    number = prisoner(told)
    if number is None:
        raise RefusedError("the prisoner number has not the shape A9999AA", "correct it in the sending system")
    return number


def _released(told: Told) -> None:
    """The confirmed event of a release; should it lack its code, a false alarm is better than silence."""
    if _code(told) is None and _word(told.more.get("reason")) == "RELEASED" and _looked_up(told) is None:
        told.draft.note("released without a movement reason code: told as a release; check the prisoner record")
        _move(told, MOVES["outcomes"]["release"], None)
    else:
        _released_at_once(told)


def _released_at_once(told: Told) -> None:
    reason = _word(told.more.get("reason"))
    rule = MOVES["released"].get(reason or "")
    code = _code(told)
    if rule is not None and not rule.get("by code"):
        _move(told, rule, code)
    elif rule is None and MOVES["codes"].get(code or "", {}).get("outcome", "release") == "release":
        _unclear(told, code)
    else:
        _decide(told, code or _looked_up(told))


def _decide(told: Told, code: str | None) -> None:
    """A release by its movement reason code: it may be a death, a merge, a hospital, or a way out of the country."""
    if code is None:
        told.draft.note("released without a movement reason code: not told as a release; the prisoner record is needed")
        return
    known = MOVES["codes"].get(code)
    if known is None:
        told.draft.note("a movement reason code movements.yaml does not list: told as a release")
    row = known or {"outcome": "release"}
    if row["outcome"] == "merge":
        _merged(told)
    else:
        _move(told, MOVES["outcomes"][row["outcome"]], code, row.get("detail"))


def _move(told: Told, rule: Mapping[str, str], code: str | None, detail: str | None = None) -> None:
    if rule["type"] == "person.died":
        told.say("person.died")
        _forget_dates(told)
        return
    fields: dict[str, Value] = {"prison": _prison(told), "booking": _booking(told)}
    if rule["reason"] == "RELEASED":
        fields |= {"detail": detail, "licence": _licence(told)}
        _forget_dates(told)
    told.say(rule["type"], reason=rule["reason"], movement=code, **fields)


def _received(told: Told) -> None:
    rule = MOVES["received"].get(_word(told.more.get("reason")) or "")
    code = _code(told)
    if rule is None:
        _unclear(told, code)
        return
    fields: dict[str, Value] = {"reason": rule["reason"], "prison": _prison(told), "booking": _booking(told)}
    if rule.get("with code"):
        fields["movement"] = code
        fields["return_to_custody"] = london_day(told.at) if code in MOVES["recalls"] else None
    told.say(rule["type"], **fields)


def _unclear(told: Told, code: str | None) -> None:
    told.draft.note("a reason this connector does not know: told as an unknown movement")
    _move(told, MOVES["unclear"], code)


def _moved(told: Told) -> None:
    """An old NOMIS movement: type and direction, and the prison on the near side of the gate."""
    kind, way = _word(told.body.get("movementType")) or "", _word(told.body.get("directionCode")) or ""
    rule = MOVES["nomis"].get(f"{kind} {way}")
    if rule is None:
        told.draft.note("a movement without a type and direction this connector knows: the prisoner record is needed")
    elif rule.get("by code"):
        _decide(told, _looked_up(told))
    elif rule["reason"] == "ADMISSION" and _establishment(told.body.get("fromAgencyLocationId"), transit=True):
        _move(told, {**rule, "reason": "TRANSFERRED"}, None)
    else:
        _move(told, rule, None)


def _looked_up(told: Told) -> str | None:
    """The code of the last movement in the prisoner record, when that movement was a release."""
    found = told.draft.context.records(told.number) or {}
    return _word(found.get("lastMovementReasonCode")) if found.get("lastMovementTypeCode") == "REL" else None


def _merged(told: Told) -> None:
    removed = told.more.get("removedNomsNumber")
    if removed is None:
        told.draft.note("a merge that does not say which number went: nothing to tell")
    else:
        _join(told, removed)


def _booking_moved(told: Told) -> None:
    """A booking may move because it stood under the wrong person: that alone never joins two of them."""
    told.draft.note("a booking moved between two numbers: compare both records, merge them only if they are one")


def _join(told: Told, gone: object) -> None:
    removed = told.draft.context.pseudonyms.seal(_checked(gone))
    if removed == told.record:
        raise RefusedError("a prisoner merged with themselves", "correct it in the sending system")
    kept = told.draft.seen(told.record).get("registered", {})
    merged = {"kept": told.record, "removed": removed, "link": kept.get("link")}
    told.draft.tell("person.merged", removed, told.at, told.at, **merged)
    told.draft.remember(removed, None)


def _erased(told: Told) -> None:
    told.say("person.erased")
    told.draft.remember(told.record, None)


def _record(told: Told) -> None:
    """An event that only says `go and fetch`: compare the record, when the agency can look it up."""
    found = told.draft.context.records(told.number)
    if found is None:
        told.draft.note("the prisoner record is needed: this event carries no dates")
    elif prisoner(found.get("prisonerNumber")) != told.number:
        raise RefusedError("the look-up answered with another prisoner", "check the folder of records")
    else:
        compare(told.draft, found, told.at)


DOES: Mapping[str, Callable[[Told], None]] = {
    "released": _released,
    "released at once": _released_at_once,
    "received": _received,
    "moved": _moved,
    "merged": _merged,
    "booking moved": _booking_moved,
    "erased": _erased,
    "record": _record,
}


def _licence(told: Told) -> bool | None:
    """On licence, as far as the record last seen tells; None when it does not."""
    known = told.draft.seen(told.record)
    if known.get("dates", {}).get("led"):
        return True
    return False if known.get("legal") in UNSENTENCED else None


def _forget_dates(told: Told) -> None:
    """The plan is over: whatever dates a later record brings are news again."""
    known = told.draft.seen(told.record)
    if known.get("dates"):
        told.draft.remember(told.record, {**known, "dates": {}})


def _code(told: Told) -> str | None:
    code = _word(told.more.get("nomisMovementReasonCode"))
    if code and CODE.fullmatch(code):
        return code
    found = DETAILS.search(_word(told.more.get("details")) or "")
    return found[1] if found else None


def _prison(told: Told) -> str | None:
    out = told.body.get("directionCode") == "OUT"
    side = told.body.get("fromAgencyLocationId" if out else "toAgencyLocationId")
    return _establishment(told.more.get("prisonId") or side)


def _establishment(told: object, transit: bool = False) -> str | None:
    name = _word(told)
    if name is None or not PRISON.fullmatch(name) or (name in NOT_PRISONS and not (transit and name == "TRN")):
        return None
    return name


def _booking(told: Told) -> str | None:
    booking = told.more.get("bookingId") or told.body.get("bookingId")
    return told.draft.context.pseudonyms.seal(str(booking), BOOKING) if isinstance(booking, str | int) else None


def _word(told: object) -> str | None:
    return told if isinstance(told, str) and told else None
