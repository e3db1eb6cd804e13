"""
What one team can check by itself: that everything it was told is in the ledger, and says of the team what it was told.

It reads the team's own topics and the public checkpoints, and needs no secret.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hub import topics
from hub.audit.book import Log
from hub.audit.check import Report
from hub.core.ledger import Opening, leaf_of
from hub.core.merkle import ProofError, check_inclusion
from hub.log import Record
from hub.wire.codec import Schemas
from hub.wire.notes import NoteError, read_note
from hub.wire.witnesses import Policy, trusted

SLOW = 120_000  # milliseconds that a decision may take from its record to its commit, and more


def received(log: Log, schemas: Schemas, team: str, policy: Policy) -> Report:
    """Whether each delivery and alert of *team* has a proof that leads to a checkpoint which *policy* believes."""
    report, roots, due = Report(), dict[int, bytes](), 0
    notes = list(log.scan(topics.CHECKPOINTS))
    for record in notes:
        try:
            checkpoint = trusted(read_note((record.value or b"").decode("utf-8", "replace")), policy).checkpoint
            roots[checkpoint.size] = checkpoint.root
            report.counts["checkpoints"] += 1
        except NoteError as bad:
            report.fault("unsigned", f"{topics.CHECKPOINTS}/0/{record.offset}: {bad}")
    if len(notes) > 1:
        due = notes[-2].timestamp - SLOW  # what is older was there when the newest was made
    proofs = {record.key or b"": record for record in log.scan(topics.proofs(team)) if record.value is not None}
    for record, told in _told(log, schemas, team):
        report.counts["told"] += 1
        where, proof = f"{record.topic}/{record.partition}/{record.offset}", proofs.get(told["decision"].encode())
        if proof is not None:
            why = _fault(schemas.written(proof.value or b""), told, team, roots)
            report.counts["proved"] += not why
            if why:
                report.fault("unproved", f"{where}: {why}")
        elif record.timestamp < due:
            report.fault("unproved", f"{where}: no proof of it came, or it was erased since")
        else:
            report.counts["waiting"] += 1
    return report


def _told(log: Log, schemas: Schemas, team: str) -> Iterator[tuple[Record, Mapping[str, Any]]]:
    for topic in (topics.deliveries(team), topics.alerts(team)):
        for record in log.scan(topic):
            yield record, schemas.decode(record.value or b"")[2]


def _fault(proof: Mapping[str, Any], told: Mapping[str, Any], team: str, roots: Mapping[int, bytes]) -> str:
    """What is wrong with a proof of what was *told*, or nothing."""
    opened = Opening(proof["part"].encode(), proof["salt"], proof["number"], proof["parts"], tuple(proof["beside"]))
    try:
        check_inclusion(leaf_of(opened), proof["index"], proof["size"], proof["path"], roots.get(proof["size"], b""))
        part = json.loads(proof["part"])
        if not isinstance(part, dict):
            raise ValueError("no part")
    except (ProofError, ValueError, RecursionError):
        return "its proof leads to no checkpoint that is believed"
    said = (part.get("decision"), part.get("team"), part.get("delivered"), part.get("clause"))
    if said != (told["decision"], team, True, told["clause"]):
        return "its proof is of another decision, team or clause"
    return ""
