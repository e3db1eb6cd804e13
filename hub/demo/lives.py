"""
Life stories for made-up people: each is a plain function that writes one diary, with dice of its own.

Shares and delays are invented for a good look at every rule; they say nothing about any real population.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from random import Random

from hub.core.calendar import Calendar, birthday
from hub.demo.custody import OFFENCES, active, admitted, arrested, days, remanded, screened, sentenced
from hub.demo.diary import FIRST, OPENING, TODAY, Diary, Message, at_hour
from hub.demo.people import Made, born, dice, sex

YOUNG = "WYI"
REASONS = ("PP", "PA", "VP", "DB", "DR", "DM", "TH")
HOLIDAYS = (
    (date(2025, 12, 20), date(2026, 1, 4)),
    (date(2026, 2, 14), date(2026, 2, 22)),
    (date(2026, 4, 1), date(2026, 4, 19)),
    (date(2026, 5, 23), date(2026, 5, 31)),
    (date(2026, 7, 18), date(2026, 9, 2)),
    (date(2026, 10, 24), date(2026, 11, 1)),
)
Story = Callable[[Diary, Random], None]


def world(people: int, seed: int, calendar: Calendar) -> Iterable[tuple[Made, list[Message]]]:
    """Every made-up person with what their agencies say of them over the year."""
    for number in range(1, people + 1):
        roll = dice(seed, f"life {number}")
        make, story = _drawn(roll, number)
        one = make(number, roll)
        diary = Diary(one, calendar)
        story(diary, roll)
        yield one, sorted(diary.messages, key=lambda message: message.at)


def _drawn(roll: Random, number: int) -> tuple[Callable[[int, Random], Made], Story]:
    """Whose life this is; the first few people are one of each, so that even a small world shows everything."""
    if number <= len(STORIES):
        return STORIES[number - 1][1:]
    return roll.choices([line[1:] for line in STORIES], [line[0] for line in STORIES])[0]


def _aged(youngest: int, oldest: int, men: float) -> Callable[[int, Random], Made]:
    return lambda number, roll: Made(number, born(roll, FIRST, youngest, oldest), sex(roll, men))


# adults


def care_leaver(diary: Diary, roll: Random) -> None:
    """A sentence served by someone whom children's services still owe support."""
    since = birthday(diary.one.born, 18)
    diary.case["care_status"] = [_care(birthday(diary.one.born, 14), "LOOKED_AFTER")]
    diary.youth(FIRST, care_status=_care(since, "FORMER_RELEVANT"))
    sentenced(diary, roll)


def known_to_police(diary: Diary, roll: Random) -> None:
    """An adult whom only the police know: nothing of it is anybody else's business."""
    for _ in range(roll.randint(1, 3)):
        arrested(diary, roll, FIRST + days(roll.randint(1, 360)), roll.choice(("BAILED", "NO_FURTHER_ACTION")))


def _trouble(diary: Diary, roll: Random, often: float) -> None:
    """Arrests of a child, each with what followed."""
    while roll.random() < often:
        day = FIRST + days(roll.randint(5, 355))
        outcome = roll.choice(("BAILED", "CHARGED", "NO_FURTHER_ACTION", "OUT_OF_COURT_DISPOSAL"))
        arrested(diary, roll, day, outcome)
        if outcome == "BAILED":
            diary.police(at_hour(day, 23.75), "bail", status="PRE_CHARGE", start=day.isoformat())
        if outcome == "CHARGED":
            more = {"offence_group": roll.choice(OFFENCES), "court_date": (day + days(21)).isoformat()}
            diary.police(at_hour(day, 23.75), "charge", force="06", **more)
        if roll.random() < 0.2:
            diary.police(at_hour(day + days(4), 16), "enforcement", measure="COMMUNITY_PROTECTION_WARNING")


def _encompass(diary: Diary, roll: Random, often: float) -> None:
    """Domestic abuse that touched a child: the school hears before the next school day."""
    while roll.random() < often:
        day = FIRST + days(roll.randint(1, 360))
        diary.police(
            at_hour(day, 23), "safeguarding", scheme="OPERATION_ENCOMPASS", date=day.isoformat(), child_present="yes"
        )


# schools


def _at_school(diary: Diary, roll: Random, absent: float, often: float) -> None:
    """On the roll, with the marks of absence and the sanctions of a year."""
    diary.school(OPENING, "pupils")
    week = FIRST
    while week <= TODAY:
        if roll.random() < absent:
            _absence(diary, roll, week + days(roll.randint(0, 4)))
        week += days(7)
    while roll.random() < often:
        _sanction(diary, roll, FIRST + days(roll.randint(1, 355)))


def _absence(diary: Diary, roll: Random, day: date) -> None:
    code = roll.choices(("I", "O", "N", "U", "M"), (5, 3, 2, 2, 1))[0]
    if _school_day(diary.calendar, day) and _of_school_age(diary.one, day):
        diary.school(at_hour(day, 9), "attendance", date=day.isoformat(), session="AM", code=code)
        if code != "U":
            diary.school(at_hour(day, 13), "attendance", date=day.isoformat(), session="PM", code=code)


def _sanction(diary: Diary, roll: Random, day: date) -> None:
    if not (_school_day(diary.calendar, day) and _of_school_age(diary.one, day)):
        return
    reasons = ";".join(roll.sample(REASONS, roll.randint(1, 2)))
    if roll.random() < 0.08:
        diary.school(at_hour(day), "exclusion", category="PERM", start=day.isoformat(), reasons=reasons)
        return
    length = roll.randint(1, 4)
    more = {"end": (day + days(length - 1)).isoformat(), "sessions": str(2 * length), "reasons": reasons}
    diary.school(at_hour(day), "suspension", category="SUSP", start=day.isoformat(), **more)


def _school_day(calendar: Calendar, day: date) -> bool:
    return calendar.working(day) and not any(first <= day <= last for first, last in HOLIDAYS)


def _of_school_age(one: Made, day: date) -> bool:
    return day < birthday(one.born, 18)


def _planned(diary: Diary, roll: Random) -> None:
    """An education, health and care plan, from before the year or within it."""
    if roll.random() < 0.7:
        diary.school(OPENING, "ehcp", plan="EHCP", start=(FIRST - days(roll.randint(50, 900))).isoformat())
    else:
        day = FIRST + days(roll.randint(5, 250))
        diary.school(at_hour(day), "ehcp", plan="EHCP", start=day.isoformat())


def pupil(diary: Diary, roll: Random) -> None:
    """A pupil of whom a school has something to tell."""
    _at_school(diary, roll, roll.choice((0.03, 0.08, 0.08, 0.3)), 0.3)
    _encompass(diary, roll, 0.12)
    _trouble(diary, roll, 0.08)


def pupil_with_plan(diary: Diary, roll: Random) -> None:
    """A pupil with a plan who comes of age, or will next year."""
    _at_school(diary, roll, 0.1, 0.1)
    _planned(diary, roll)


# youth justice


def on_order(diary: Diary, roll: Random) -> None:
    """A youth order, in many lives one that outlasts childhood."""
    _misheard(diary, roll)
    begun = _case_begins(diary.one, roll)
    kind = roll.choice(("REFERRAL_ORDER", "YOUTH_REHABILITATION_ORDER", "YOUTH_REHABILITATION_ORDER"))
    _in_care(diary, roll, 0.3)
    _ordered(diary, begun, kind, begun + days(roll.randint(120, 720)))
    _at_school(diary, roll, 0.35, 0.4)
    _trouble(diary, roll, 0.3)
    _encompass(diary, roll, 0.1)
    if roll.random() < 0.25:
        _planned(diary, roll)
    _handed_over(diary, roll)


def detained(diary: Diary, roll: Random) -> None:
    """A detention and training order: half of it inside, among other children."""
    begun = _case_begins(diary.one, roll)
    length = roll.choice((120, 180, 240, 360))
    middle = begun + days(length // 2)
    _in_care(diary, roll, 0.5)
    if begun > FIRST:
        diary.youth(begun - days(1), hearing={"hearingDate": _day(begun - days(1)), "remandDecision": REMAND})
        admitted(diary, roll, begun, "I", YOUNG)
    _ordered(diary, begun, "DETENTION_AND_TRAINING_ORDER", begun + days(length))
    if middle > FIRST:
        told = {"imprisonmentStatus": "DTO", "midTermDate": middle, "sentenceExpiryDate": begun + days(length)}
        at = at_hour(begun + days(1), 12) if begun > FIRST else OPENING
        diary.record["prisonId"] = YOUNG
        diary.recorded(at, **active(diary, roll), **told)
        screened(diary, roll, at)
        _freed_child(diary, middle)
    _trouble(diary, roll, 0.2)


def looked_after(diary: Diary, roll: Random) -> None:
    """A child looked after who comes of age, and whose support must not stop that day."""
    since = FIRST - days(roll.randint(100, 900))
    diary.youth(FIRST, care_status=_care(since, "LOOKED_AFTER"))
    status = FIRST + days(roll.randint(5, 200))
    diary.youth(status, care_status=_care(status, "ELIGIBLE"))
    _at_school(diary, roll, 0.2, 0.2)
    _trouble(diary, roll, 0.15)


REMAND = "REMAND_TO_YOUTH_DETENTION_ACCOMMODATION"


def _misheard(diary: Diary, roll: Random) -> None:
    """A date of birth taken down wrongly, and corrected when the certificate comes."""
    if roll.random() < 0.12 or diary.one.number <= len(STORIES):
        right = diary.one.born
        diary.misheard = right - days(roll.choice((30, 61, 92)))


def _corrected(diary: Diary, day: date) -> None:
    if diary.misheard is not None:
        diary.misheard = None
        diary.youth(day)


def _case_begins(one: Made, roll: Random) -> date:
    """In childhood, before the year or within it."""
    begun = FIRST - days(roll.randint(1, 200)) if roll.random() < 0.5 else FIRST + days(roll.randint(3, 250))
    return min(begun, birthday(one.born, 18) - days(30))


def _in_care(diary: Diary, roll: Random, often: float) -> None:
    if roll.random() < often:
        since = FIRST - days(roll.randint(100, 900))
        diary.youth(FIRST, care_status=_care(since, roll.choice(("LOOKED_AFTER", "ELIGIBLE"))))


def _ordered(diary: Diary, begun: date, kind: str, until: date) -> None:
    """The order from its first day to its last, each told on the day."""
    outcome = {"legalOutcome": kind, "outcomeDate": _day(begun), "outcomeEndDate": _day(until)}
    diary.youth(max(begun, FIRST), offence={"offenceLegalOutcome": [outcome]})
    if diary.misheard is not None:
        _corrected(diary, max(begun, FIRST) + days(20))
    if until > FIRST:
        diary.youth(until)


def _handed_over(diary: Diary, roll: Random) -> None:
    adult = birthday(diary.one.born, 18)
    if adult <= TODAY and roll.random() < 0.6:
        diary.youth(adult, transfer={"date": _day(adult), "description": "TRANSFER_TO_PROBATION"})


def _freed_child(diary: Diary, middle: date) -> None:
    """A child is confirmed a day that leaves two working days for the first appointments."""
    calendar = diary.calendar
    day = calendar.working_day_on_or_before(middle)
    while day.weekday() > 2 or not calendar.eligible(day):
        day = calendar.eligible_day_on_or_before(day - days(1))
    diary.recorded(at_hour(calendar.working_day_on_or_before(day - days(20)), 15), confirmedReleaseDate=day)
    diary.moved(at_hour(day, 10), "released", "RELEASED", "D1")
    diary.recorded(at_hour(day, 14), status="INACTIVE OUT", prisonId="OUT", confirmedReleaseDate=None)


def _care(since: date, status: str) -> Mapping[str, str]:
    return {"startDate": _day(since), "status": status}


def _day(day: date) -> str:
    return day.isoformat()


STORIES: tuple[tuple[int, Callable[[int, Random], Made], Story], ...] = (
    # share in a thousand, who, and what happens to them
    (400, _aged(19, 62, 0.95), sentenced),
    (60, _aged(18, 23, 0.95), care_leaver),
    (90, _aged(19, 55, 0.93), remanded),
    (40, _aged(19, 60, 0.8), known_to_police),
    (200, _aged(8, 16, 0.5), pupil),
    (40, _aged(16, 17, 0.6), pupil_with_plan),
    (90, _aged(15, 17, 0.8), on_order),
    (40, _aged(16, 17, 0.95), detained),
    (40, _aged(16, 17, 0.6), looked_after),
)
