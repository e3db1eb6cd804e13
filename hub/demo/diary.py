"""What each agency's system would say of a made-up life, message by message, in that agency's own format."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from connectors.times import start_of
from hub.core.calendar import Calendar
from hub.demo.people import Made

START = datetime(2025, 11, 24, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
FIRST, TODAY = START.date(), NOW.date()
PRISON, POLICE, YOUTH, SCHOOL = "HMPPS_PRISON", "GMP", "YJS", "SCHOOL"
AGENCIES = (PRISON, POLICE, YOUTH, SCHOOL)
Json = dict[str, Any]


def micros(moment: datetime) -> int:
    """UTC microseconds of a moment."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def iso(at: int) -> str:
    """
    An instant as agencies write it.

    >>> iso(micros(START))
    '2025-11-24T00:00:00Z'
    """
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")


def at_hour(day: date, hour: float = 0.0) -> int:
    """The instant of an hour, or part of one, of a London day."""
    return start_of(day, int(hour)) + int(hour % 1 * 60) * 60_000_000


OPENING, END = micros(START), micros(NOW)


@dataclass(frozen=True, slots=True)
class Message:
    """
    One thing an agency's system says: a row, a message or a record about one *person*.

    *body* is text when it is broken on purpose; a *resent* one has been said before, word for word.
    """

    at: int
    agency: str
    person: int | None
    body: Mapping[str, Any] | str
    resent: bool = False


@dataclass(slots=True)
class Diary:
    """Writes the messages of one life; what would lie outside the simulated year is left out."""

    one: Made
    calendar: Calendar
    messages: list[Message] = field(default_factory=list)
    record: Json = field(default_factory=dict)
    case: Json = field(default_factory=dict)
    latest: int = OPENING  # of what the prison said of custody
    misheard: date | None = None  # a date of birth that youth justice holds until it is corrected

    def _say(self, at: int, agency: str, body: Mapping[str, Any]) -> None:
        if agency == PRISON and "event" not in body:
            self.latest = max(self.latest, at)
        if OPENING <= at <= END:
            self.messages.append(Message(at, agency, self.one.number, body))

    # prison

    def moved(self, at: int, way: str, reason: str, code: str | None = None) -> None:
        """A domain event in its SNS notification: *way* is `received` or `released`."""
        prison = self.record.get("prisonId")
        more = {"nomsNumber": self.one.prisoner, "reason": reason, "prisonId": prison, "linkReference": self.one.link}
        body = {
            "eventType": f"prison-offender-events.prisoner.{way}",
            "version": 1,
            "occurredAt": iso(at),
            "personReference": {"identifiers": [{"type": "NOMS", "value": self.one.prisoner}]},
            "additionalInformation": more | ({"nomisMovementReasonCode": code} if code else {}),
        }
        number = sha256(f"{self.one.prisoner} {at} {way} {reason}".encode()).hexdigest()[:32]
        notification = {
            "Type": "Notification",
            "MessageId": str(UUID(number)),
            "Message": json.dumps(body),
            "Timestamp": iso(at),
            "MessageAttributes": {"eventType": {"Type": "String", "Value": body["eventType"]}},
        }
        self._say(at, PRISON, notification)

    def recorded(self, at: int, **changed: Any) -> None:
        """A prisoner record as it now reads; a None in *changed* takes a field away."""
        one = self.one
        self.record |= {
            "prisonerNumber": one.prisoner,
            "firstName": one.forename.upper(),
            "lastName": one.surname.upper(),
            "dateOfBirth": one.born.isoformat(),
            "gender": "Male" if one.sex == "M" else "Female",
            "linkReference": one.link,
        }
        plain = {name: told.isoformat() if isinstance(told, date) else told for name, told in changed.items()}
        self.record = {name: told for name, told in {**self.record, **plain}.items() if told is not None}
        self._say(at, PRISON, {**self.record, "recordedAt": iso(at)})

    def resettled(self, at: int, event: str, **cells: Any) -> None:
        """A row of the prison's resettlement team: needs, and what the person agreed to."""
        one = self.one
        about = {"event": event, "prisoner_number": one.prisoner, "at": iso(at), "link_reference": one.link}
        self._say(at, PRISON, {**about, "name": f"{one.forename} {one.surname}", **cells})

    # police and schools

    def police(self, at: int, event: str, **cells: Any) -> None:
        """A row of the police's export."""
        one = self.one
        about = {
            "event": event,
            "at": iso(at),
            "person_ref": one.nominal,
            "name": f"{one.forename} {one.surname}",
            "date_of_birth": one.born.isoformat(),
            "sex": one.sex,
            "link_reference": one.link,
        }
        self._say(at, POLICE, about | cells)

    def school(self, at: int, event: str, **cells: Any) -> None:
        """A row of a school's export."""
        one = self.one
        about = {
            "event": event,
            "upn": one.pupil,
            "forename": one.forename,
            "surname": one.surname,
            "date_of_birth": one.born.isoformat(),
            "sex": one.sex,
            "link_reference": one.link,
        }
        self._say(at, SCHOOL, about | cells)

    # youth justice

    def youth(self, day: date, **parts: Any) -> None:
        """The case as it reads on *day*; *parts* are added to what earlier returns said."""
        one = self.one
        for name, told in parts.items():
            self.case.setdefault(name, []).append(told)
        header = {"ypid": one.case, "return_end_date": day.isoformat(), "linkReference": one.link}
        person = {
            "firstName": one.forename,
            "lastName": one.surname,
            "dateOfBirth": (self.misheard or one.born).isoformat(),
            "sex": "1" if one.sex == "M" else "2",
        }
        at = OPENING if day <= FIRST else at_hour(day)
        self._say(at, YOUTH, {"header": header, "person_details": person, **json.loads(json.dumps(self.case))})
