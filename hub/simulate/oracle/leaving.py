"""The plan of a release through all that happens to it: moved, cancelled, released, by mistake, or at large."""

from dataclasses import dataclass, field
from datetime import date

from hub.core.events import Event
from hub.simulate.oracle import release
from hub.simulate.oracle.book import WRONG, WRONG_NOTICE, Book
from hub.simulate.oracle.days import DAY, HOUR, day_of
from hub.simulate.oracle.facts import happened
from hub.simulate.oracle.lines import Line, Plan, end, over
from hub.simulate.oracle.release import LEAD, UNPLANNED, Wanted

UNRECONCILED_DAYS, HOLD = 14, 4 * HOUR


@dataclass(slots=True)
class Leaving(Plan):
    """
    A release: the moment it happened, if it did, and whether anybody had reckoned with it.

    *knew* holds the days that each team was told before one that looked like an error.
    """

    released: int | None = None
    hold: int | None = None
    unreconciled: bool = False
    unplanned: bool = False
    accepted: int = 0
    transferred: int = 0
    stay: int = 1
    knew: dict[str, set[date]] = field(default_factory=dict)
    admitted: int = 0
    out: int = 0
    hospital: int = 0
    inside: bool = False


def follow(book: Book, plan: Leaving) -> Leaving:
    """Bring the plan up to what is known; a new custody episode has a plan of its own (R9)."""
    want = release.wanted(book.found)
    book.consent(plan)
    returned = want.episode > plan.stay or plan.out < book.found.out < book.found.admitted
    stay = book.found.stay
    if book.wrong and stay.left == "HOSPITAL_TRANSFER" and day_of(stay.left_at) == day_of(plan.hospital):
        plan.inside = False  # if anybody was back since, it was another
    elif book.wrong:
        _not_theirs(book, plan)
    plan.inside = plan.inside or stay.left != "HOSPITAL_TRANSFER"
    if book.rejoined:  # whose stays those are is found out late: the plan that there is goes on, unless it was over
        returned = plan.released is not None and want.released is None and plan.released < book.found.admitted
        returned = returned or _returned(book, plan)
        plan.stay = want.episode
    if returned and want.released is not None and plan.released == happened(want.released):
        returned, plan.stay = False, want.episode  # the return was before the release that they know of
    if returned and plan.released is None and book.found.out < book.found.removed and not _returned(book, plan):
        if want.day is None:
            book.cancel(plan, "NO_RELEASE_DATE")  # removed meanwhile, as is only heard now
        returned, plan.stay = want.day is None, want.episode
    if (returned and not book.wrong) or _returned(book, plan):
        end(plan.waiting(), "CANCELLED", "EPISODE_CLOSED")
        for line in plan.lines:
            if line.state == "RAISED" and line.kind != "CORRECTION":
                line.state = "CLOSED"
        plan.live, plan.seen = False, {}
        plan = Leaving("RELEASE", plan.episode + 1, stay=want.episode)
    plan.admitted, plan.out = book.found.admitted, book.found.out
    told = set[str]()
    if plan.released is not None and want.released is None and not book.found.died:
        told = _mistaken(book, plan)
    if want.cancelled is not None:
        dates, freed = book.found.dates, book.found.freed
        day = release.planning_date(book.found) if dates is not None and happened(dates) > freed else None
        plan.seen = {team: days for team, days in plan.seen.items() if team not in told}
        book.cancel(plan, want.cancelled)
        day = None if day is not None and release.spent(book.found, day) else day
        if book.found.died:
            _died_in_hospital(book, plan)
        plan.hold = None
        news = plan.inside or day_of(stay.left_at) != day_of(plan.hospital)
        news = news and not over(day_of(stay.left_at), book.now)
        if want.cancelled == "HOSPITAL_TRANSFER" and news:
            _hospital(book, plan, stay.left_at, day)
    elif want.away:
        plan.away = True
        rest(plan)
        for line in plan.waiting():
            if line.stage == "DATE_MOVED":
                line.state = "RESTING"
        if book.wrong or book.corrected:
            _never_theirs(book, plan, want)
    elif want.released is not None:
        _released(book, plan, want, want.released)
    elif want.day is not None:
        _planned(book, plan, want.day)
    return plan


def rest(plan: Plan) -> None:
    """At large no clock of it runs on."""
    for line in plan.stages():
        line.rings, line.again = (), None


def _never_theirs(book: Book, plan: Leaving, want: Wanted) -> None:
    """At large nobody is told anything, but whoever was told of the wrong person, or for a wrong date of birth."""
    day, teams = want.day, set[str]()
    if want.released is not None and plan.unplanned:
        day = day_of(happened(want.released))
        teams = _concerned(book, want.released, day)
    elif day is not None:
        teams = release.routed(book.found, day, True, book.now)
    if day is not None and plan.day == day:
        for team in sorted(plan.laid - teams):
            book.drop(plan, team)
    elif book.wrong:
        book.cancel(plan, WRONG)


def _returned(book: Book, plan: Leaving) -> bool:
    """Received anew after the day of release was told, though nobody told of the release itself (R9)."""
    back = book.found.admitted
    days = [day for (stage, _), day in plan.raised.items() if stage == "T0" and day is not None]
    return back > plan.admitted and not plan.away and any(day < day_of(back) for day in days)


def _hospital(book: Book, plan: Leaving, at: int, day: date | None) -> None:
    """Those who plan the aftercare are told, and nobody else."""
    plan.hospital, plan.inside = at, False
    end((line for line in plan.lines if _of(line) == "HOSP"), "SUPERSEDED")
    licence = day is not None or release.ordered(book.found, day_of(at))
    leads = set(LEAD) & release.routed(book.found, day or day_of(at), licence, book.now)
    version = 1 + len({line.version for line in plan.lines if line.stage == "HOSP"})
    for team in sorted({"ASC"} | leads):
        line = Line("RELEASE", None, plan.episode, "HOSP", team, version, "PENDING", at, at, day or day_of(at))
        plan.lines.append(line)
        book.tell(plan, line)
        plan.seen.pop(team, None)


def _not_theirs(book: Book, plan: Leaving) -> None:
    """It was somebody else who is in hospital: who was told of it hears that."""
    told = [line for line in plan.lines if _of(line) == "HOSP" and line.state in {"RAISED", "CLOSED"}]
    for line in told:
        if line.state == "RAISED":
            line.was, line.state, line.reason = "RAISED", "CANCELLED", WRONG
    urgent = {line.team: line.urgent and line.state == "CANCELLED" for line in told}
    book.withdraw(plan, WRONG_NOTICE, urgent, urgent)


def _died_in_hospital(book: Book, plan: Leaving) -> None:
    """Who plans the aftercare of whoever has died hears so, and no more of the transfer."""
    told = [line for line in plan.lines if _of(line) == "HOSP" and line.state in {"RAISED", "CLOSED"}]
    end(told, "CANCELLED", "EPISODE_CLOSED")
    teams = set() if over(day_of(plan.hospital), book.now) else {line.team for line in told} - book.closed
    book.withdraw(plan, "CLOSE_DO_NOT_CONTACT", teams)
    book.closed |= teams


def told_of_another(book: Book, plan: Leaving) -> None:
    """Whom nothing is left of was one with somebody else, of whom the hospital is told of anew."""
    told = [line for line in plan.lines if _of(line) == "HOSP" and line.state in {"RAISED", "CLOSED"}]
    end(told, "CANCELLED", "EPISODE_CLOSED")
    teams = [] if over(day_of(plan.hospital), book.now) else [line.team for line in told]
    book.withdraw(plan, "CANCEL", teams, dict.fromkeys(teams, True))


def transferred(book: Book, plan: Leaving, event: Event) -> None:
    """Another prison: the lead who knows of the plan is told, once, that its contact changed (section 2.2)."""
    if event.type != "person.received" or event.fields.get("reason") != "TRANSFERRED":
        return
    if happened(event) > plan.transferred and plan.live and plan.released is None:
        book.withdraw(plan, "CONTACT_CHANGED", set(LEAD) & set(plan.seen))
    plan.transferred = max(plan.transferred, happened(event))


def _planned(book: Book, plan: Leaving, day: date) -> None:
    teams = release.routed(book.found, day, True, book.now)
    if plan.away:
        plan.away = False
        for line in plan.lines:
            if line.state == "RESTING":
                line.state, line.due, line.at = "PENDING", book.now, book.now
        if over(day, book.now):
            end((line for line in plan.waiting() if line.kind == plan.kind), "CANCELLED")
        for team in sorted(plan.laid & teams) if plan.day == day else ():
            mine = [line for line in plan.waiting() if line.team == team and line.kind == plan.kind]
            for line in book.catch_up(plan, mine, True):
                book.tell(plan, line)
    if not plan.live or plan.day != day:
        book.move(plan, day, "DOB_CORRECTED" if book.corrected else None)
        plan.laid = set(teams) if over(day, book.now) else set()
    book.route(plan, teams, release.STAGES, release.due)


def _released(book: Book, plan: Leaving, want: Wanted, event: Event) -> None:
    """A release that nobody had planned for that day is told at once, the lead alone if it looks like an error."""
    day, at, plan.away = day_of(happened(event)), happened(event), False
    if plan.released is not None and not plan.unreconciled and plan.day == day:
        plan.released = at  # told once more, or released once more that day
        _later(book, plan, event)
        return
    if plan.released is not None and plan.unplanned:
        _another_day(book, plan, event, day)
        return
    first, plan.released = plan.released is None or not plan.unreconciled, at
    if first and release.stale(event, book.now):
        if plan.live and plan.day != day:
            book.move(plan, day, keeps=_own(book, plan))
            plan.unplanned, plan.accepted = True, book.now
        return
    if first and plan.live and plan.day == day:
        return
    teams = _concerned(book, event, day)
    if plan.unreconciled and plan.hold is not None:
        held = [line for line in plan.stages() if line.stage == "T0U" and line.state != "CANCELLED"]
        held = [line for line in held if line.reason != "NO_CONSENT" or book.may(line.team)]
        for team in sorted(teams - {line.team for line in held} - _stopped(plan)):
            _tell(book, plan, team, day, 0 if team in LEAD else HOLD)
        end((line for line in held if line.state == "PENDING" and line.team not in teams), "CANCELLED", "NOT_ROUTED")
    far = plan.day is not None and plan.day - day > UNRECONCILED_DAYS * DAY
    newest = release.planning_date(book.found)
    early = not book.wrong if newest is None else newest - day > UNRECONCILED_DAYS * DAY
    far = far and early and book.now < at + HOLD
    if first and plan.live and far:
        plan.unreconciled, plan.hold = True, at + HOLD
        plan.knew = {team: set(seen) for team, seen in plan.seen.items()}
        for team in sorted(teams):
            _tell(book, plan, team, day, 0 if team in LEAD else HOLD)
        return
    if plan.hold is None or not far:
        _accept(book, plan, teams, day)


def _accept(book: Book, plan: Leaving, teams: set[str], day: date) -> None:
    """The release counts: the plan is superseded, and whoever waited is told."""
    told = [line for line in plan.stages() if _of(line) == "T0U" and line.state != "CANCELLED"]
    held = [line for line in told if plan.unreconciled and (line.team in teams or not book.wrong)]
    known = {line.team for line in held} | (_stopped(plan) if plan.unreconciled else set())
    plan.unreconciled, plan.unplanned, plan.hold, plan.accepted = False, True, None, book.now
    plan.lines = [line for line in plan.lines if not any(line is one for one in held)]  # of what stood before them
    book.move(plan, day, spare=[team for team in teams if book.may(team) is None], keeps=_own(book, plan))
    plan.lines += held
    for line in held:
        if line.state == "PENDING":
            line.at = line.due = min(line.at, book.now)
            book.tell(plan, line)
    plan.laid = set(teams)
    for team in sorted(teams):
        if team not in known:
            _tell(book, plan, team, day, 0)
        _next_day(book, plan, team, day)


def _own(book: Book, plan: Leaving) -> bool:
    """Whether the day that was planned is this person's, though they were one with somebody else."""
    return release.planning_date(book.found) == plan.day


def _stopped(plan: Leaving) -> set[str]:
    """The teams that would have heard when the hold ends, had consent not been withdrawn before."""
    return {line.team for line in plan.stages() if line.stage == "T0U" and line.state == "CANCELLED"} & plan.stopped


def _another_day(book: Book, plan: Leaving, event: Event, day: date) -> None:
    """The release was on another day than was told: those who know of it hear so, and what follows it moves."""
    plan.released, teams = happened(event), _concerned(book, event, day)
    past = over(day, book.now)
    anew = set() if past else {team for team in teams if ("T0U", team) not in plan.raised}
    book.move(plan, day, spare=[team for team in anew if book.may(team) is None], keeps=True)
    plan.laid = set(teams)
    for team in () if past else sorted(teams):
        _tell(book, plan, team, day, 0, team in anew)
        _next_day(book, plan, team, day)


def _later(book: Book, plan: Leaving, event: Event) -> None:
    """Who turns out to be concerned only after an unplanned release is told of it still."""
    if plan.unplanned and plan.day is not None:
        concerned = _concerned(book, event, plan.day)
        for team in sorted(plan.laid - concerned):
            book.drop(plan, team)
        plan.back &= concerned
        if over(plan.day, book.now):
            return
        new = concerned - plan.laid
        plan.laid |= concerned
        for team in sorted(team for team in new if ("T0U", team) not in plan.raised):
            _tell_late(book, plan, team, plan.day)
            _next_day(book, plan, team, plan.day)
        for team in sorted(concerned):
            book.agreed(plan, team, "T0U")


def _concerned(book: Book, event: Event, day: date) -> set[str]:
    licence = release.on_licence(event, book.found, day)
    return release.routed(book.found, day, licence, book.now, True) & set(UNPLANNED)


def _tell(book: Book, plan: Leaving, team: str, day: date, wait: int, anew: bool = True) -> None:
    at = (plan.released or book.now) + wait
    line = Line("RELEASE", None, plan.episode, "T0U", team, plan.version, "PENDING", at, at, day)
    plan.lines.append(line)
    if not anew:
        line.state = "SKIPPED"
    elif at <= book.now or team in plan.stopped:
        book.tell(plan, line)


def _tell_late(book: Book, plan: Leaving, team: str, day: date) -> None:
    """Who is concerned only now; and who was, before consent went and came back, is told late."""
    if team not in plan.back:
        return _tell(book, plan, team, day, 0)
    plan.back.discard(team)
    now = book.now
    line = Line("RELEASE", None, plan.episode, "T0U", team, plan.version, "PENDING", now, now, day, catch_up=True)
    plan.lines.append(line)
    book.tell(plan, line)


def _next_day(book: Book, plan: Leaving, team: str, day: date) -> None:
    """The lead looks for the first appointment, where there is a licence."""
    event = book.found.stay.released
    if team not in LEAD or event is None or not release.licensed(event, book.found):
        return
    on, at = release.due("TDNA", day)
    line = Line("RELEASE", None, plan.episode, "TDNA", team, plan.version, "PENDING", on, at, day)
    plan.lines.append(line)
    for late in book.catch_up(plan, [line]):
        book.tell(plan, late)


def _of(line: Line) -> str:
    """The stage that an alert is of, or that nobody says is theirs."""
    return line.about or line.stage


def _mistaken(book: Book, plan: Leaving) -> set[str]:
    """A release that should not have been: what was told of it is withdrawn, from the teams answered."""
    wrong = [line for line in plan.stages() if _of(line) == "T0U"]
    if plan.unplanned:
        wrong += [line for line in plan.stages() if _of(line) == "TDNA" and line.version == plan.version]
    teams = {line.team for line in wrong if line.state == "RAISED"}
    if plan.unplanned and not book.wrong and plan.day is not None:
        told = [line for line in plan.stages() if _of(line) in {"T0U", "TDNA"} and (line.raised or 0) >= plan.accepted]
        knew = {team for stage, team in plan.raised if stage == "T0U"} | {line.team for line in told if line.about}
        teams = set() if over(plan.day, book.now) else teams | (knew & plan.seen.keys())
    end(wrong, "CANCELLED", WRONG if book.wrong else "RELEASE_UNRECONCILED")
    book.withdraw(plan, WRONG_NOTICE if book.wrong else "CANCEL", teams, dict.fromkeys(teams, True))
    for team in teams:
        plan.seen.pop(team, None)
        plan.latest.pop(team, None)
        if not plan.unreconciled:
            plan.raised = {key: day for key, day in plan.raised.items() if key[1] != team}
        elif team in plan.knew:
            plan.seen[team] = plan.knew[team]
    plan.released, plan.hold, plan.unreconciled, plan.unplanned = None, None, False, False
    return teams
