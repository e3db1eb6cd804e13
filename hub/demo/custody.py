"""Lives inside: from the reception desk to the gate, with all that moves a release date on the way."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from connectors.times import london_day
from hub.core.calendar import Calendar
from hub.demo.diary import FIRST, OPENING, Diary, at_hour

PRISONS = ("MDI", "LEI", "FNI", "HHI", "BZI", "PNI")
DAY = 24 * 3600 * 1_000_000
WARDS = ("E05011368", "E05011350", "E05011377", "E05011362")
OFFENCES = ("VIOLENCE", "ROBBERY", "THEFT", "BURGLARY", "DRUGS", "WEAPONS", "PUBLIC_ORDER", "MOTORING")


def days(count: int) -> timedelta:
    return timedelta(days=count)


def sentenced(diary: Diary, roll: Random) -> None:
    """A determinate sentence: dates told, perhaps moved, confirmed, released on the day."""
    due = FIRST + days(roll.randint(8, 520))
    entered = FIRST + days(roll.randint(3, 200)) if roll.random() < 0.3 else None
    if entered is not None and due < entered + days(30):
        due = entered + days(roll.randint(45, 250))
    _serve(diary, roll, entered, due)


def remanded(diary: Diary, roll: Random) -> None:
    """On remand: freed by the court, or sentenced and then served."""
    entered = FIRST + days(roll.randint(2, 300))
    arrested(diary, roll, entered - days(1), "REMANDED")
    admitted(diary, roll, entered, "N")
    diary.recorded(at_hour(entered + days(1), 10), legalStatus="REMAND", imprisonmentStatus="JR")
    screened(diary, roll, at_hour(entered + days(2), 11))
    for _ in range(roll.randint(0, 2)):
        _to_court(diary, entered + days(roll.randint(5, 25)))
    heard = diary.calendar.working_day_on_or_before(entered + days(roll.randint(30, 110)))
    diary.moved(at_hour(heard, 7.5), "released", "SENT_TO_COURT")
    if roll.random() < 0.55:
        diary.moved(at_hour(heard, 15.5), "released", "RELEASED", roll.choice(("NCS", "NG", "BL")))
        diary.recorded(at_hour(heard, 17), status="INACTIVE OUT", prisonId="OUT")
    else:
        diary.moved(at_hour(heard, 18), "received", "RETURN_FROM_COURT")
        _serve(diary, roll, None, heard + days(roll.randint(20, 200)), known=heard + days(1))


def _serve(diary: Diary, roll: Random, entered: date | None, due: date, known: date | None = None) -> None:
    """From the day the dates are *known* (None: before the year began) to release, or to a death."""
    if entered is not None:
        admitted(diary, roll, entered, "I")
        known = entered + days(2)
    start = OPENING if known is None else at_hour(known, 11)
    begun = known or FIRST
    diary.recorded(start, **active(diary, roll), **_sentence(due, roll))
    if roll.random() < 0.8:
        screened(diary, roll, start)
    due = _moved_dates(diary, roll, begun, due)
    begun = max(begun, london_day(diary.latest) + days(1))
    _meanwhile(diary, roll, begun, due)
    if roll.random() < 0.012:
        last = london_day(diary.latest)
        _died(diary, last + days(roll.randint(1, max(2, (due - last).days - 1))))
        return
    _freed(diary, roll, due)


def active(diary: Diary, roll: Random) -> Mapping[str, Any]:
    prison = diary.record.get("prisonId") or roll.choice(PRISONS)
    booking = diary.record.get("bookingId") or f"9{diary.one.number:06d}"
    return {"status": "ACTIVE IN", "prisonId": prison, "bookingId": booking, "legalStatus": "SENTENCED"}


def _sentence(due: date, roll: Random) -> Mapping[str, Any]:
    licence = due + days(roll.randint(60, 400))
    dates = {"conditionalReleaseDate": due, "licenceExpiryDate": licence, "sentenceExpiryDate": licence}
    return {"imprisonmentStatus": "SENT03", **dates}


def screened(diary: Diary, roll: Random, at: int) -> None:
    """What the resettlement screening found, what the person agreed to share, and how some change their mind."""
    homeless, substance = roll.random() < 0.4, roll.random() < 0.35
    needed = [team for team, need in (("HOUS", homeless), ("SMS", substance)) if need]
    if not needed:
        return
    town = roll.choices(("MANCHESTER", "SALFORD", "LEEDS"), (7, 2, 1))[0] if homeless else ""
    agreed = [team for team in needed if roll.random() < 0.6]
    diary.resettled(at, "needs", homeless=_yes(homeless), lha=town, substance=_yes(substance), consent=" ".join(agreed))
    if roll.random() < 0.15:
        changed = "consent_withdrawn" if agreed else "consent"
        diary.resettled(at + roll.randint(10, 60) * DAY, changed, teams=" ".join(agreed or needed))


def _yes(need: bool) -> str:
    return "yes" if need else "no"


def admitted(diary: Diary, roll: Random, day: date, code: str, prison: str = "") -> None:
    diary.record |= {"prisonId": prison or roll.choice(PRISONS), "bookingId": f"9{diary.one.number:06d}"}
    diary.moved(at_hour(day, 17), "received", "ADMISSION", code)


def _moved_dates(diary: Diary, roll: Random, known: date, due: date) -> date:
    """One in five release dates moves, some of them twice, and a few only days before."""
    while roll.random() < 0.2 and (due - known).days > 40:
        known += days(roll.randint(10, (due - known).days - 20))
        due = max(due + days(roll.choice((-21, -10, 7, 21, 35, 56))), known + days(15))
        diary.recorded(at_hour(known, 14), **_sentence(due, roll))
    return due


def _meanwhile(diary: Diary, roll: Random, begun: date, due: date) -> None:
    """Transfers, days at court, days out: nothing that is a release."""
    stay = (due - begun).days
    if roll.random() < 0.2 and stay > 60:
        day = diary.calendar.working_day_on_or_before(begun + days(roll.randint(5, stay - 40)))
        diary.moved(at_hour(day, 8), "released", "TRANSFERRED")
        diary.record["prisonId"] = roll.choice(PRISONS)
        diary.moved(at_hour(day, 15), "received", "TRANSFERRED")
    if roll.random() < 0.1 and stay > 30:
        _to_court(diary, diary.calendar.working_day_on_or_before(begun + days(roll.randint(5, stay - 20))))
    if roll.random() < 0.06 and stay > 90:
        day = due - days(roll.randint(20, 50))
        diary.moved(at_hour(day, 9), "released", "TEMPORARY_ABSENCE_RELEASE")
        diary.moved(at_hour(day, 18), "received", "TEMPORARY_ABSENCE_RETURN")


def _to_court(diary: Diary, day: date) -> None:
    diary.moved(at_hour(day, 7.5), "released", "SENT_TO_COURT")
    diary.moved(at_hour(day, 18.5), "received", "RETURN_FROM_COURT")


def _died(diary: Diary, day: date) -> None:
    diary.moved(at_hour(day, 4), "released", "RELEASED", "DEC")
    diary.recorded(at_hour(day, 12), status="INACTIVE OUT", legalStatus="DEAD", prisonId="OUT")


def _freed(diary: Diary, roll: Random, due: date) -> None:
    """Out on the planned day, earlier on curfew, or, rarely, weeks early with no word of why."""
    calendar, code, day, fate = diary.calendar, "CR", _gate(diary.calendar, due), roll.random()
    if fate < 0.15 and at_hour(due - days(90)) > diary.latest:
        day, code = _gate(calendar, due - days(45)), "HR"
        diary.recorded(at_hour(due - days(90), 15), homeDetentionCurfewActualDate=day)
    confirmed = calendar.working_day_on_or_before(day - days(14))
    if fate > 0.985 and at_hour(due - days(25)) > diary.latest:
        day = calendar.working_day_on_or_before(due - days(21))
    elif roll.random() < 0.7 and at_hour(confirmed) > diary.latest:
        diary.recorded(at_hour(confirmed, 16), confirmedReleaseDate=day)
    diary.moved(at_hour(day, roll.choice((8.5, 9, 9.5, 10))), "released", "RELEASED", code)
    diary.recorded(at_hour(day, 13), status="INACTIVE OUT", prisonId="OUT", confirmedReleaseDate=None)
    if roll.random() < 0.12:
        _recalled(diary, roll, day + days(roll.randint(10, 80)))


def _gate(calendar: Calendar, due: date) -> date:
    """The day on which the gate opens: never on a day off, a Friday or the eve of a holiday (rules R3 and R4)."""
    day = calendar.working_day_on_or_before(due)
    return day if calendar.eligible(day) else calendar.eligible_day_on_or_before(day)


def _recalled(diary: Diary, roll: Random, day: date) -> None:
    """Back for 28 days, and out again."""
    if roll.random() < 0.5:
        arrested(diary, roll, day, "RECALLED")
    diary.record.pop("conditionalReleaseDate", None)
    diary.record.pop("homeDetentionCurfewActualDate", None)
    admitted(diary, roll, day + days(1), "24")
    until = day + days(29)
    back = dict(active(diary, roll)) | {"legalStatus": "RECALL", "imprisonmentStatus": "FTR_ORA"}
    diary.recorded(at_hour(day + days(2), 11), **back, postRecallReleaseDate=until)
    out = _gate(diary.calendar, until)
    diary.moved(at_hour(out, 9), "released", "RELEASED", "FR1")
    diary.recorded(at_hour(out, 13), status="INACTIVE OUT", prisonId="OUT", postRecallReleaseDate=None)


def arrested(diary: Diary, roll: Random, day: date, outcome: str) -> None:
    hour = roll.randint(10, 21)
    diary.police(at_hour(day, hour), "arrest", force="06", offence_group=roll.choice(OFFENCES), ward=roll.choice(WARDS))
    diary.police(at_hour(day, hour + 2.5), "custody_release", force="06", outcome=outcome)
