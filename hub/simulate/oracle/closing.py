"""Alerts about support that ends with nobody to carry on: C90, C28, C0, CU and COLLAPSE (section 3.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hub.simulate.oracle.book import DUTY, REARMS, WRONG, Book
from hub.simulate.oracle.days import birthday, day_of, instant, next_working
from hub.simulate.oracle.lines import NOT_OURS, Line, Plan, end, over
from hub.simulate.oracle.support import Service, Support, due, false, support

COLLAPSE_DAYS, COLLAPSE_SERVICES = 60, 2
HISTORY_DAYS = 28
LATEST = 1 << 30  # the reading in which something ended that ended after all
IMPLIED = timedelta(days=366)  # how long before an end that nobody has told it is planned for


@dataclass(slots=True)
class Closing:
    """
    All cliff edges of one person: a plan for each service and day it ends on, and one for the whole.

    *told* keeps what was told of a day that was over, or carried on, should it be the day again.
    """

    ends: dict[tuple[str, date], Plan] = field(default_factory=dict)
    sudden: dict[tuple[str, date], Plan] = field(default_factory=dict)
    collapse: Plan = field(default_factory=lambda: Plan("CLIFF_EDGE", 1))
    past: list[Plan] = field(default_factory=list)
    told: dict[tuple[str, date], dict[tuple[str, str], date | None]] = field(default_factory=dict)
    wake: int | None = None

    @property
    def plans(self) -> list[Plan]:
        """Every plan there ever was."""
        return [*self.edges, self.collapse]

    @property
    def edges(self) -> list[Plan]:
        """Every plan there ever was of a service that ends."""
        return [*self.past, *self.ends.values(), *self.sudden.values()]

    @property
    def every(self) -> list[Line]:
        """Every line there ever was, of each service by itself."""
        return [line for plan in self.plans for line in plan.lines]

    @property
    def lines(self) -> list[Line]:
        """What a team is told of several services on one day, by one event or as it falls due, is one alert."""
        made: dict[tuple[object, ...], Line] = {}
        lives: dict[tuple[object, ...], set[tuple[int, str]]] = {}
        urgent: set[tuple[object, ...]] = set()
        for line in self.every:
            told, stage = line.raised or line.state, (line.stage, line.about, line.owner)
            key = (line.kind, line.episode, stage, line.team, line.due, told, line.reading, line.catch_up)
            lives.setdefault(key, set()).update(line.life)
            urgent |= {key} if line.urgent else set()
            if key not in made or _rank(line) > _rank(made[key]):
                made[key] = line
        return [replace(line, life=tuple(sorted(lives[key])), urgent=key in urgent) for key, line in made.items()]


def _rank(line: Line) -> tuple[bool, int, bool]:
    """Of several services told of in one alert the last to be over says what became of it, and one that goes on."""
    return line.state == "RAISED", line.ended or LATEST, line.state == "SUPERSEDED"


def follow(book: Book, closing: Closing, corrected: bool) -> None:
    """Bring every cliff edge up to what is known; *corrected* says that the date of birth is another than before."""
    if book.found.died:
        for plan in closing.plans:
            if plan.desk and plan.day is not None and plan.live:
                plan.seen[DUTY] = {plan.day}
            if plan.day is not None:
                book.cancel(plan, "EPISODE_CLOSED")
            end(plan.waiting(), "CANCELLED", "EPISODE_CLOSED")
        closing.past, closing.ends, closing.sudden = closing.plans, {}, {}
        closing.collapse = Plan("CLIFF_EDGE", 1)
        return
    known = support(book.found, book.today)
    ending = {(service.name, service.end): service for service in known.services.values() if _ends(service)}
    for key in [key for key in closing.ends if key not in ending]:
        _gone(book, closing, key, known.services.get(key[0]))
    closing.wake = _of_age(book)
    for (name, day), service in ending.items():
        if day is not None and _far(service, day, book.today) and (name, day) not in closing.ends:
            wake = instant(day - IMPLIED, 0)
            closing.wake = min(closing.wake or wake, wake)
        elif day is not None and _current(closing, service, day, book.today):
            if (name, day) not in closing.ends:
                closing.ends[name, day] = _joined(closing, _begun(service, day), service.team)
                closing.ends[name, day].raised |= closing.told.get((name, day), {})
            plan = closing.ends[name, day]
            _edge(book, plan, service, day, closing.told.get((name, day), {}))
    _sudden(book, closing, known, corrected)
    for key in [key for key in closing.ends if key not in ending]:
        _told(book, closing, key, known.services.get(key[0]), corrected)
    _collapse(book, closing, known, corrected)
    for line in closing.every:
        if line.state not in {"PENDING", "RAISED"}:
            line.ended = line.ended or book.reading


def _of_age(book: Book) -> int | None:
    """At 18 a remand makes nobody looked after any longer."""
    found = book.found
    remanded = found.youth_remand is not None or found.legal_status == "REMAND"
    if not remanded or found.born is None or birthday(found.born, 18) <= book.today:
        return None
    return instant(birthday(found.born, 18), 0)


def _ends(service: Service) -> bool:
    return service.end is not None and not service.met


def _current(closing: Closing, service: Service, day: date, today: date) -> bool:
    """An end that was long over before it was known is no cliff."""
    return (service.name, day) in closing.ends or (today - day).days < HISTORY_DAYS


def _begun(service: Service, day: date) -> Plan:
    return Plan("CLIFF_EDGE", int(day.strftime("%Y%m%d")), 1, day, True, laid={service.team})


def close(plan: Plan) -> None:
    """What was told is over, and nobody need hear of that."""
    plan.seen, plan.desk = {}, False
    for line in plan.lines:
        if line.state == "RAISED" and line.kind == "CLIFF_EDGE":
            line.state = "CLOSED"


def _joined(closing: Closing, plan: Plan, team: str) -> Plan:
    """That nobody takes on a stage is said of all the support of a team that ends on that day."""
    said = [line for line in closing.every if line.stage == NOT_OURS and line.state == "RAISED"]
    mine = {line.about: line for line in said if (line.owner, line.episode) == (team, plan.episode)}
    plan.lines += map(replace, mine.values())
    plan.desk = plan.desk or bool(mine)
    return plan


def _moved(service: Service | None) -> date | None:
    """On which other day a service ends, or has ended."""
    if service is None or service.met:
        return None
    return service.gone if service.end is None else service.end


def _far(service: Service | None, day: date, today: date) -> bool:
    """An end that nobody has told is not planned for yet."""
    return service is not None and not service.told and day - IMPLIED > today


def _gone(book: Book, closing: Closing, key: tuple[str, date], service: Service | None) -> None:
    """It does not end on that day: what was pending vanishes, and what was told counts for the other day."""
    plan, other = closing.ends[key], _moved(service)
    accepted = service is not None and service.accepted
    end(plan.waiting() if accepted else (), "CANCELLED")
    if accepted or (book.today - key[1]).days >= HISTORY_DAYS or _anew(service, key[1]):
        close(plan)
        closing.told[key] = plan.raised
        closing.past.append(closing.ends.pop(key))
    elif other is not None and service is not None and not _far(service, other, book.today):
        end(plan.lines, "SUPERSEDED")
        if service.end is not None and _current(closing, service, other, book.today):
            if (key[0], other) not in closing.ends:
                closing.ends[key[0], other] = _joined(closing, _begun(service, other), service.team)
            closing.ends[key[0], other].raised |= plan.raised


def _anew(service: Service | None, day: date) -> bool:
    """Whether it did end on that day, and has begun once more since."""
    again = None if service is None else service.opened
    return again is not None and again > day and not false(day, again)


def _told(book: Book, closing: Closing, key: tuple[str, date], service: Service | None, corrected: bool) -> None:
    """Who was told of a day that is not the day learns it (R6), be a stage of the new day told at once or not."""
    plan, other = closing.ends.pop(key), _moved(service)
    closing.past.append(plan)
    if other is None or _far(service, other, book.today):
        book.cancel(plan, "DOB_CORRECTED" if corrected else service.why if service is not None else "NOT_ROUTED")
        return
    after = closing.ends.get((key[0], other)) or closing.sudden.get((key[0], other))
    if after is not None and plan.desk:
        after.desk = True
    for team in sorted(plan.seen):
        now = book.now
        line = Line("CORRECTION", plan.kind, plan.episode, "DATE_MOVED", team, 1, "RAISED", now, now, other, raised=now)
        line.reading = book.reading
        line.reason = (
            WRONG
            if book.wrong
            else "DOB_CORRECTED"
            if corrected
            else "DATE_EARLIER"
            if other < key[1]
            else "DATE_LATER"
        )
        plan.lines.append(line)
        if after is not None:
            after.seen[team] = {other}
    plan.seen, plan.desk = {}, False


def _edge(book: Book, plan: Plan, service: Service, day: date, before: Mapping[tuple[str, str], object]) -> None:
    """The stages of one end of support, but for those told of it *before* it was over, and what comes before them."""
    past = service.accepted or (book.today - day).days >= HISTORY_DAYS
    wanted = [stage for stage in service.stages if not past and not (stage == "C90" and service.referred)]
    lines = {line.stage: line for line in plan.stages() if line.state != "CANCELLED"}
    if service.accepted:  # what was told was right, and is over
        close(plan)
    end((line for stage, line in lines.items() if line.state == "PENDING" and stage not in wanted), "CANCELLED")
    again = [stage for stage in wanted if (stage, service.team) in before]
    known = {*again, *(stage for stage, line in lines.items() if line.state != "PENDING")}
    told = [number for number, stage in enumerate(wanted) if stage in known and due(stage, day)[0] <= book.today]
    made = []
    for number, stage in enumerate(wanted):
        if stage not in lines and stage not in again and number > max(told, default=-1):
            on, at = due(stage, day)
            line = Line("CLIFF_EDGE", None, plan.episode, stage, service.team, 1, "PENDING", on, at, day)
            under = plan.raised.get((stage, service.team))
            hurried = stage == "C28" and service.declined is not None
            credited = under is not None and ((day > under and stage not in REARMS) or hurried)
            line.state = "SKIPPED" if credited else "PENDING"
            made.append(line)
    plan.lines += made
    for line in book.catch_up(plan, made):
        book.tell(plan, line)
    for line in plan.waiting():
        if line.stage == "C28" and service.declined is not None and not service.accepted:
            line.due = line.at = book.now
            book.tell(plan, line)


def _sudden(book: Book, closing: Closing, known: Support, corrected: bool) -> None:
    """Closed from one day to the next: the closing service is asked on the next working day."""
    wanted: dict[tuple[str, date], Service] = {}
    for service in known.services.values():
        if service.gone is not None and not service.noticed and not service.accepted and not service.met:
            wanted[service.name, service.gone] = service
        stood = [(service.name, day) for day in service.stood if (service.name, day) in closing.sudden]
        wanted |= dict.fromkeys(stood, service)
        for key in stood:  # it did end, and has begun once more since
            close(closing.sudden[key])
    asked: dict[str, date] = {}
    for key in [key for key in closing.sudden if key not in wanted]:
        plan = closing.sudden.pop(key)
        again = known.services.get(key[0])
        if again is not None and again.accepted:  # what was told was right, and is over
            end(plan.waiting(), "CANCELLED")
            close(plan)
            closing.told[key] = plan.raised
            closing.past.append(plan)
            continue
        if key not in closing.ends and again is not None and _other(again, key[1]):
            known_of = (book.today - key[1]).days < HISTORY_DAYS and plan.raised
            asked |= {key[0]: key[1]} if known_of else {}
            closing.ends[key] = plan
            _gone(book, closing, key, again)
            continue
        closing.past.append(plan)
        if (book.today - key[1]).days >= HISTORY_DAYS:  # nobody remembers whose it was
            close(plan)
            continue
        if key in closing.ends:  # there was notice after all, of that very day
            end(plan.waiting(), "CANCELLED")
            closing.ends[key].seen |= plan.seen
            continue
        why = again.why if again is not None and again.met else "NOT_ROUTED"
        book.cancel(plan, "DOB_CORRECTED" if corrected else why)
    for (name, day), service in wanted.items():
        if (name, day) not in closing.sudden and (book.today - day).days < HISTORY_DAYS:
            plan = closing.sudden[name, day] = _joined(closing, _begun(service, day), service.team)
            on = next_working(day)
            line = Line("CLIFF_EDGE", None, plan.episode, "CU", service.team, 1, "PENDING", on, instant(on), day)
            plan.lines.append(line)
            plan.raised |= {("CU", service.team): asked[name]} if name in asked else {}
            if (name in asked and asked[name] < day) or ("CU", service.team) in closing.told.get((name, day), {}):
                line.state = "SKIPPED"
                continue
            for late in book.catch_up(plan, [line]):
                book.tell(plan, late)


def _collapse(book: Book, closing: Closing, known: Support, corrected: bool) -> None:
    """Two services that end around the 18th birthday, both at C28 or beyond with nobody to carry on."""
    plan, born = closing.collapse, book.found.born
    if born is None:
        return
    adult = birthday(born, 18)
    levels = sorted(_levels(known, adult, book.today))
    pending, episode = plan.waiting(), int(adult.strftime("%Y%m%d"))
    if plan.live and (len(levels) < COLLAPSE_SERVICES or plan.episode != episode):
        end(pending, "CANCELLED")
        book.cancel(plan, "DOB_CORRECTED" if corrected else "NOT_ROUTED")
        pending = []
    if len(levels) < COLLAPSE_SERVICES:
        return
    at = levels[COLLAPSE_SERVICES - 1][0]
    last = max(adult, *(day for _, day in levels))
    if not plan.live and over(last, book.now):
        return
    plan.day = last
    for line in pending:
        line.day = last
    if plan.seen or (pending and pending[0].at == at):
        return
    end(pending, "CANCELLED")
    late = at <= book.now
    plan.live, plan.episode = True, episode
    when, moment = (book.now, book.now) if late else (day_of(at), at)
    line = Line("CLIFF_EDGE", None, plan.episode, "COLLAPSE", "CSP_DUTY", 1, "PENDING", when, moment, last)
    plan.lines.append(line)
    if late:
        book.tell(plan, line)


def _other(service: Service, day: date) -> bool:
    """Whether it was closed on another day, with notice after all or without."""
    return service.gone is not None and not service.accepted and (service.end or service.gone) != day


def _levels(known: Support, adult: date, today: date) -> Iterable[tuple[int, date]]:
    """When each service around the birthday comes to C28, or beyond, with nobody to carry on, and when it ends."""
    for service in known.services.values():
        gone = None if service.noticed else service.gone
        day = gone or service.end
        if (
            day is None
            or "C28" not in service.stages
            or service.accepted
            or service.met
            or abs((day - adult).days) > COLLAPSE_DAYS
        ):
            continue
        if gone is not None or not _far(service, day, today):
            at = due("C28", day)[1]
            yield instant(next_working(day)) if gone is not None else min(at, service.declined or at), day
