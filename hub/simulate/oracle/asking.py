"""Questions that one party alone can answer, asked at once and once for each cause (R2, K7, section 2.2)."""

from dataclasses import dataclass, field
from datetime import date

from hub.simulate.oracle.book import Book
from hub.simulate.oracle.days import HOUR, birthday, day_of
from hub.simulate.oracle.facts import Known, happened
from hub.simulate.oracle.lines import Line, Plan, over
from hub.simulate.oracle.release import doubted, planning_date, spent

DAY_AT_COURT = 24 * HOUR
RESPONSIBLE = 10  # years: the age of criminal responsibility


@dataclass(slots=True)
class Asking(Plan):
    """What was asked, and of each stage for which cause last; *wake* is when a day at court has passed."""

    causes: dict[str, object] = field(default_factory=dict)
    wake: int | None = None


def follow(book: Book, plan: Asking, before: date | None, episode: int) -> None:
    """Ask what is to be asked by all that is known; until now *before* was believed to be the date of birth."""
    found = book.found
    plan.wake = None
    if found.died:
        for line in plan.lines:
            if line.state == "RAISED" and line.stage != "IDENTITY_SPLIT":
                line.state = "CLOSED"
        return
    if before is not None and found.born not in {None, before} and found.justice and _child(book, before):
        adult = birthday(found.born or before, 18)
        _ask(book, plan, "STATUS_AGE_CHECK", adult, "YJS", 1, adult)
    _date(book, plan, episode)
    _court(book, plan, found, episode)


def split(book: Book, plan: Asking) -> None:
    """Governance assesses whether anybody was told of the wrong person."""
    _tell(book, plan, "IDENTITY_SPLIT", "IG_LEAD", 1, 1, None)


def _child(book: Book, before: date) -> bool:
    """Whether a court may have decided about a child, by either date of birth (K7)."""
    today = book.today
    return any(birthday(born, RESPONSIBLE) <= today < birthday(born, 18) for born in (before, book.found.born) if born)


def _date(book: Book, plan: Asking, episode: int) -> None:
    """A confirmed date that cannot be: the prison is asked, while the person is in it (R2)."""
    stay = book.found.stay
    if stay.away or (stay.released is not None and stay.left is None):
        return
    dates = book.found.dates
    confirmed = None if dates is None or happened(dates) <= book.found.freed else doubted(book.found)
    day = planning_date(book.found) or confirmed
    if confirmed is None or day is None or spent(book.found, day):
        plan.causes.pop("DATE_IMPLAUSIBLE", None)
        return
    _ask(book, plan, "DATE_IMPLAUSIBLE", (confirmed, day), "HMPPS_PRISON", episode, day)


def _court(book: Book, plan: Asking, found: Known, episode: int) -> None:
    """A day at court of which nothing more is heard (section 2.2)."""
    gone = found.court
    if gone <= found.elsewhere:
        plan.causes.pop("COURT_OUTCOME_UNKNOWN", None)
    elif book.now < gone + DAY_AT_COURT:
        plan.wake = gone + DAY_AT_COURT
    elif (book.today - day_of(gone)).days <= 28:
        _ask(book, plan, "COURT_OUTCOME_UNKNOWN", gone, "HMPPS_PRISON", episode, None)


def _ask(book: Book, plan: Asking, stage: str, cause: object, team: str, episode: int, day: date | None) -> None:
    if plan.causes.get(stage) == cause:
        return
    plan.causes[stage] = cause
    before = [line for line in plan.lines if (line.stage, line.episode) == (stage, episode)]
    for line in before:
        if line.state == "RAISED":
            line.was, line.state = "RAISED", "SUPERSEDED"
    _tell(book, plan, stage, team, episode, 1 + len(before), day)


def _tell(book: Book, plan: Asking, stage: str, team: str, episode: int, version: int, day: date | None) -> None:
    now = book.now
    line = Line("REVIEW", None, episode, stage, team, version, "PENDING", now, now, day)
    plan.lines.append(line)
    book.tell(plan, line)
    if over(day or book.today, now):
        line.state = "CLOSED"
