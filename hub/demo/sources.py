"""A wave of messages as the files that agencies' systems would drop: JSON a line, or rows under a header."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from hub.demo.diary import POLICE, PRISON, SCHOOL, YOUTH, Message

FOLDERS = {PRISON: "prison", POLICE: "police", YOUTH: "youth_justice", SCHOOL: "schools"}  # each one's connector
COLUMNS: Mapping[str, Sequence[str]] = {
    PRISON: ("event", "prisoner_number", "at", "name", "link_reference", "homeless", "lha", "substance", "consent",
             "teams"),
    POLICE: ("event", "at", "person_ref", "name", "date_of_birth", "sex", "link_reference", "force", "offence_group",
             "ward", "outcome", "status", "start", "end", "scheme", "date", "child_present", "measure", "court_date"),
    SCHOOL: ("event", "upn", "forename", "surname", "date_of_birth", "sex", "link_reference", "date", "session", "code",
             "category", "start", "end", "sessions", "reasons", "plan"),
}  # fmt: skip
BROKEN: Mapping[str, Sequence[Mapping[str, Any] | str]] = {
    PRISON: (
        '{"eventType": "prison-offender-events.prisoner.released", "version": 1, "occurr',
        {"eventType": "prison-offender-events.prisoner.received", "occurredAt": "2026-01-09T10:00:00Z",
         "additionalInformation": {"nomsNumber": "Z12", "reason": "ADMISSION"}},
        {"prisonerNumber": "Z9999ZZ", "conditionalReleaseDate": "31/04/2026", "recordedAt": "2026-02-09T10:00:00Z"},
    ),
    POLICE: (
        {"event": "arest", "at": "2026-02-03T10:00:00Z", "person_ref": "TEST-99999"},
        {"event": "arrest", "at": "yesterday", "person_ref": "TEST-99999", "force": "06"},
    ),
    YOUTH: (
        {"header": {"ypid": "TEST-YP-99999"}, "offence": [{"offenceLegalOutcome": [{"legalOutcome": "A_NEW_ORDER"}]}]},
    ),
    SCHOOL: (
        {"event": "attendance", "upn": "UNKNOWN", "date": "2026-03-02", "session": "AM", "code": "O"},
        {"event": "attendance", "upn": "B999000000421", "date": "2026-03-02", "session": "AM", "code": "??"},
    ),
}  # fmt: skip


def files(agency: str, messages: Sequence[Message]) -> list[tuple[str, bytes]]:
    """
    One agency's messages as its systems would drop them: (suffix, file), each in the order given.

    A prison's messages and records are JSON; what its resettlement team knows comes as rows, in a file of its own.

    >>> files("YJS", [Message(0, "YJS", 1, {"header": {"ypid": "TEST-YP-00001"}})])
    [('jsonl', b'{"header": {"ypid": "TEST-YP-00001"}}\\n')]
    """
    rows = [one.body for one in messages if not isinstance(one.body, str) and "event" in one.body]
    lines = [one.body for one in messages if isinstance(one.body, str) or "event" not in one.body]
    made = [("jsonl", "".join(f"{_line(body)}\n" for body in lines).encode())] if lines else []
    return [*made, ("csv", _sheet(COLUMNS[agency], rows))] if rows else made


def _sheet(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    told = io.StringIO(newline="")
    sheet = csv.DictWriter(told, columns, lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(rows)
    return told.getvalue().encode()


def _line(body: Mapping[str, Any] | str) -> str:
    return body if isinstance(body, str) else json.dumps(body)
