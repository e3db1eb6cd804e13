"""
The moment of one decision, found again: the records of one person through the engine once more, and of nobody else.

The log keeps no attribute that was asked, for those are more personal than the reasons: whoever may read the person's
log can work them out, and nobody else.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from hub import topics
from hub.core.person import Person
from hub.core.rules import Rules
from hub.engine import Batch, Program
from hub.log import Record
from hub.replay.play import Fresh
from hub.wire.codec import CodecError, decode_event

PORTION = 200  # records applied at once


class Moment(NamedTuple):
    """
    A person just *before* and *after* the record that led to a decision, the rules it was taken under, and when the
    event *happened* that the record is, if it is one.
    """

    before: Person
    after: Person
    rules: Rules
    happened: int | None


def moment(program: Program, records: Iterable[Record], handle: str, decision: str) -> Moment | None:
    """
    The moment at which the decision *decision* (its id) about *handle* was taken, from *records* of their partition.

    What concerns others is passed over: no decision about a person rests on another's records. None when these records
    do not lead to it.
    """
    mine = (record for record in records if record.key in (None, handle.encode()))
    fresh: Fresh | None = None
    while some := [*islice(mine, PORTION)]:
        fresh = fresh or Fresh(some[0].partition, program)
        batch = fresh.apply(some)
        if _led(batch, decision):
            return _narrowed(fresh, program, some, handle, decision)
        fresh.commit(batch)
    return None


def _narrowed(fresh: Fresh, program: Program, some: Sequence[Record], handle: str, decision: str) -> Moment | None:
    for record in some:
        before, batch = fresh.person(handle), fresh.apply([record])
        rules = batch.change.rules
        if rules is not None and _led(batch, decision):
            return Moment(before, batch.change.people.get(handle, before), rules, _happened(program, record))
        fresh.commit(batch)
    return None


def _happened(program: Program, record: Record) -> int | None:
    try:
        return decode_event(program.schemas, record.value or b"").at
    except CodecError:
        return None


def _led(batch: Batch, decision: str) -> bool:
    key = ("ce_id", decision.encode())
    return any(out.topic == topics.DECISIONS and key in out.headers for out in batch.outs)
