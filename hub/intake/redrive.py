"""
Sending again what is in quarantine: as it came, to where it came from, once.

That it was sent and the sending are one transaction, in which it is first looked whether it was sent before; so a crash
leaves both or neither, and of two people at once the second finds it done. Should a record reach its topic twice all
the same, the core knows the event by its id.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hub import topics
from hub.edges.appending import append
from hub.edges.reader import Reader
from hub.intake.masked import PLACE, original
from hub.intake.trial import Trial, Verdict
from hub.log import Out, Record
from hub.place import Place, values
from hub.wire.schemas import Schemas
from hub.wire.twofold import DAY, named

KIND = "redrive"
ASKED, SENT = "ASKED", "SENT"
MOST = 500  # records at once
Values = dict[str, Any]


class RedriveError(Exception):
    """What cannot be sent again; the text says the cure."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record: by place what was sent, and the requests that wait for a second person, by id."""

    sent: Mapping[str, Values]
    waiting: Mapping[str, Values]

    def asked(self, place: str) -> Values | None:
        """The request that a record in quarantine waits on."""
        return next((one for one in self.waiting.values() if place in one["entries"]), None)


class Plan(NamedTuple):
    """What is to become of some records: those to send, why others stay, which were sent before, and their types."""

    sends: Mapping[str, Record]
    stays: Mapping[str, str]
    gone: tuple[str, ...]
    two_people: bool
    types: Mapping[str, str]


def known(told: Iterable[Values], now: int) -> Known:
    """What the records of redrives.v1 say by now; a request that nobody granted within a day is over."""
    sent: dict[str, Values] = {}
    waiting: dict[str, Values] = {}
    for one in told:
        if one["state"] == ASKED:
            waiting[one["id"]] = one
            continue
        waiting.pop(one["id"], None)
        sent |= dict.fromkeys(one["sent"], one)
    fresh = {
        id: one for id, one in waiting.items() if abs(now - one["at"]) < DAY and not sent.keys() & {*one["entries"]}
    }
    return Known(sent, fresh)


def found(reader: Reader, places: Iterable[str]) -> Iterator[Record]:
    """The records that lie at *places*, as topic/partition/offset."""
    for place in places:
        named = PLACE.fullmatch(place)
        record = None
        if named is not None and named[1].startswith("quarantine."):
            record = reader.one(named[1], int(named[2]), int(named[3]))
        if record is None:
            raise RedriveError(f"{place}: nothing in quarantine there; hint: `hub quarantine list` says what is")
        yield record


def plan(records: Mapping[str, Record], trial: Trial, done: Known, rules: Mapping[str, Any] | None) -> Plan:
    """What would happen to *records*, by place: only what would be taken now is sent."""
    if len(records) > MOST:
        raise RedriveError(f"{len(records)} records: more than {MOST} at once; hint: send fewer, then the others")
    gone = tuple(place for place in records if place in done.sent)
    verdicts = {place: trial.run(record) for place, record in records.items() if place not in done.sent}
    sends = {place: records[place] for place, verdict in verdicts.items() if verdict.taken}
    stays = {place: verdict.reason or "" for place, verdict in verdicts.items() if not verdict.taken}
    types = {place: verdict.type for place, verdict in verdicts.items() if verdict.type}
    return Plan(sends, stays, gone, any(_special(verdicts[place], rules) for place in sends), types)


def _special(verdict: Verdict, rules: Mapping[str, Any] | None) -> bool:
    """Whether two people decide; where the rules in force do not say, they do."""
    told = (rules or {}).get("intake")
    return told is None or verdict.type in told["redrive"]["two_people"]


def reasons(rules: Mapping[str, Any] | None) -> Mapping[str, str]:
    """Why something may be sent again, by code."""
    found: Mapping[str, str] = (rules or {}).get("intake", {}).get("redrive", {}).get("reasons", {})
    return found or {"HUB_UPDATED": "the hub now knows the schema, or a fault of its own is mended"}


def request(places: Iterable[str], reason: str, by: str, at: int) -> Values:
    """A request to send again what lies at *places*."""
    made = {"what": KIND, "entries": sorted(places), "reason": reason, "by": by, "second": None, "at": at}
    return {**made, "id": named(KIND, made), "signatures": []}


def asked(schemas: Schemas, values: Mapping[str, Any]) -> Out:
    """The record of a request that waits for a second person."""
    return _out(schemas, {**values, "state": ASKED, "sent": [], "sent_at": None})


def _out(schemas: Schemas, values: Mapping[str, Any]) -> Out:
    return Out(topics.REDRIVES, 0, values["id"].encode(), schemas.encode(KIND, values), ())


def send(
    place: Place,
    schemas: Schemas,
    sends: Mapping[str, Record],
    request: Mapping[str, Any],
    second: str | None,
    now: int,
) -> tuple[str, ...]:
    """Send *sends* again, those that nobody has sent meanwhile, and record it; the places of what was sent."""
    sent: list[str] = []

    def outs() -> Iterator[Out]:
        """Asked for once nobody else can write."""
        before = known(values(schemas, place.reader(), topics.REDRIVES), now).sent
        sent[:] = [where for where in sends if where not in before]
        if sent:
            yield _out(schemas, {**request, "state": SENT, "second": second, "sent": sent, "sent_at": now})
            yield from originals(schemas, [sends[where] for where in sent])

    if place.on_kafka:
        append(place.broker, place.auth, "hub.redrive", lambda count: outs())
    else:
        log = place.log(place.open())
        try:
            log.append(outs())
        finally:
            log.close()
    return tuple(sent)


def originals(schemas: Schemas, records: Sequence[Record]) -> Iterator[Out]:
    """The records as they came, to where they came from."""
    for record in records:
        out = original(schemas, record)
        if out is not None:
            yield out
