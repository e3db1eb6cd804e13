"""What teams were told so far: the only thing the oracle remembers, and how it changes when a plan does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from hub.simulate.oracle import clock
from hub.simulate.oracle.days import HOUR, day_of, instant
from hub.simulate.oracle.facts import Known
from hub.simulate.oracle.lines import NOT_OURS, OVER, Line, Origin, Plan, end, over
from hub.simulate.oracle.support import handed_over

FAR_DAYS, SETTLE = 14, 4 * HOUR
URGENT_DAYS = 3
CONSENT = frozenset({"HOUS", "SMS", "RECONNECT", "VCSE", "ENG"})
REARMS = frozenset({"T8W", "T0", "TDNA", "C0"})
YOUNG = range(10, 25)  # who is offered help after enforcement
DUTY = "CSP_DUTY"
ANSWERS = frozenset({"ACCEPTED", NOT_OURS, "ALREADY_HELD"})
DESK = 3  # the level at which the duty desk hears, whoever's the alert is
WITHDRAWN = "CONSENT_WITHDRAWN"
WRONG, WRONG_NOTICE = "WRONG_PERSON", "WITHDRAWN_WRONG_PERSON"
Due = Callable[[str, date], tuple[date, int]]


def _stood(at: int, what: str, since: int) -> tuple[int, str]:
    """What was said of a version aside is said of it when it stands again."""
    said = what.removeprefix("aside ")
    return (at, what) if said == what else (max(at, since), said)


@dataclass(slots=True)
class Book:
    """One person's plans at a moment, and the facts known then."""

    found: Known = field(default_factory=Known)
    now: int = 0
    closed: set[str] = field(default_factory=set)
    hushed: dict[str, int] = field(default_factory=dict)
    corrected: bool = False
    wrong: bool = False
    rejoined: bool = False
    reading: int = 0

    @property
    def today(self) -> date:
        """The London day of the moment."""
        return day_of(self.now)

    # telling

    def may(self, team: str) -> str | None:
        """Why a team may not be told now, if so: age and consent count at the moment of raising (J6)."""
        if self.found.says("protected"):
            return "FORBIDDEN"
        return "NO_CONSENT" if team in CONSENT and not self.found.consents(team, self.today) else None

    def tell(self, plan: Plan, line: Line) -> None:
        """What has fallen due is raised, or suppressed with the reason."""
        if line.stage == "DATE_MOVED":
            self.correct(plan, line)
            return
        if line.stage == "TDNA" and self.found.attended >= instant(line.day or self.today, 0):
            line.state = "SKIPPED"
            return
        if line.stage == "T1M" and line.team in handed_over(self.found, self.today):
            line.state = "SKIPPED"
            return
        line.reason = self.may(line.team)
        line.state = "RAISED" if line.reason is None else "SUPPRESSED"
        if line.reason is None:
            line.raised, line.reading = self.now, self.reading
            self._start(line, clock.urgency(line.kind, line.stage, line.day, self.today))
            plan.raised[line.stage, line.team] = line.day
            if line.day is not None:
                before = set() if line.stage == "T0U" else plan.seen.get(line.team, set())
                plan.seen[line.team], plan.latest[line.team] = before | {line.day}, line.day

    def _start(self, line: Line, word: str) -> None:
        """Its clock runs from now on, by its urgency."""
        line.word, line.urgent = word, word in {"IMMEDIATE", "URGENT"}
        line.rings = tuple(clock.rings(word, line.team, self.now, line.day))
        line.again = clock.again(line.stage, line.team, self.today, line.day)

    def call(self, line: Line) -> None:
        """Nobody has answered, so one more person hears; or the team itself hears once more (2.7)."""
        at = max(line.calls or 0, line.stood)
        if self._needless(line) or instant((line.day or day_of(line.at)) + OVER) <= at:
            line.state = "CLOSED"
        elif line.rings and (line.again is None or line.rings[0] <= line.again):
            desk = line.level + 1 == DESK and line.team != DUTY
            if desk or not self._refused(line):
                line.level, line.rings = line.level + 1, line.rings[1:]
                line.life = (*line.life, (at, f"level {line.level}"))
            else:
                line.rings = ()
        else:
            line.again = clock.again(line.stage, line.team, day_of(at), line.day)
            if not self._refused(line):
                line.life = (*line.life, (at, "again"))
            else:
                line.again = None

    def _refused(self, line: Line) -> bool:
        """Whether its team may no longer hear of it: help is offered to the young alone (2.4)."""
        old = line.kind == "OFFER_OF_SUPPORT" and self.found.age_on(self.today) not in YOUNG
        return old or self.may(line.team) is not None

    def _needless(self, line: Line) -> bool:
        """What it asks for has happened."""
        if line.stage == "T1M":
            return line.team in handed_over(self.found, self.today)
        if line.stage == "TDNA":
            return self.found.attended >= instant(line.day or self.today, 0)
        return (line.stage, line.team) == ("T2W", "HOUS") and self.found.confirmed > self.found.admitted

    def done(self, plan: Plan) -> None:
        """A first appointment was kept, or an address confirmed: that is the end of what asked for it."""
        for line in plan.lines:
            if line.state == "RAISED" and line.stage in {"TDNA", "T2W"} and self._needless(line):
                line.state = "CLOSED"

    def answered(self, plan: Plan, line: Line, answer: str, beside: Iterable[Line]) -> None:
        """A team says whose it is: the clock stops, though the fortnight's stage of housing is told again (2.7)."""
        line.answer, line.rings = answer, ()
        line.again = None if answer == NOT_OURS else line.again
        line.life = (*line.life, (self.now, answer))
        if answer != NOT_OURS or line.stage == NOT_OURS:
            return
        stands = {"PENDING", "RAISED"}
        back = self._back(plan)
        same = [other for other in beside if other.stage == line.stage and (other.state in stands or id(other) in back)]
        if any(other.answer != NOT_OURS for other in same):
            return
        if any(other.about == line.stage and other.stage == NOT_OURS and other.state == "RAISED" for other in beside):
            return
        now = self.now
        made = Line("CLIFF_EDGE", line.stage, line.episode, NOT_OURS, DUTY, line.version, "RAISED", now, now, line.day)
        made.raised, made.owner, made.reading = now, line.team, self.reading
        self._start(made, min((other.word for other in same), key=clock.GRAVEST.index))
        plan.lines.append(made)
        plan.desk = plan.kind == "CLIFF_EDGE"
        day = line.day or plan.day
        if plan.kind not in {"CLIFF_EDGE", "REVIEW"} and line.stage != "HOSP" and day is not None:
            before = set() if line.stage == "T0U" else plan.seen.get(DUTY, set())
            plan.seen[DUTY], plan.latest[DUTY] = before | {day}, day

    def _back(self, plan: Plan) -> set[int]:
        """What was told for a day that is the day again, while that settles, to teams that heard of no other (R7)."""
        if plan.origin is None or plan.back_at is None:
            return set()
        old = set(map(id, plan.origin[0]))
        after = [line for line in plan.stages() if id(line) not in old]
        misled = {line.team for line in after if line.day != plan.day and line.raised}
        return {id(line) for line in plan.origin[2] if line.was == "RAISED" and line.team not in misled}

    def aside(self, plan: Plan, line: Line, answer: str, beside: Iterable[Line]) -> None:
        """An answer to what stands aside while a date settles: it counts if that stands again (R7)."""
        back_at = plan.back_at
        while back_at is not None and line.rings and max(line.rings[0], back_at) <= self.now:
            line.state, line.stood = "RAISED", back_at
            self.call(line)
            line.state = "SUPERSEDED"
        if id(line) in self._back(plan):
            self.answered(plan, line, answer, beside)
            return
        line.answer, line.rings = answer, ()
        line.again = None if answer == NOT_OURS else line.again
        line.life = (*line.life, (self.now, f"aside {answer}"))

    def correct(self, plan: Plan, line: Line) -> None:
        """Only a net change is told (R7): nothing, if all that the team has seen is true again."""
        wrong = plan.seen.get(line.team, set()) - {plan.day}
        if plan.day is None or not wrong:
            line.state, line.was, line.reason = "CANCELLED", "PENDING", None
            return
        line.state, line.raised = "RAISED", self.now
        plan.seen[line.team], plan.latest[line.team] = {plan.day}, plan.day

    def withdraw(self, plan: Plan, stage: str, teams: Iterable[str], urgent: Mapping[str, bool] | None = None) -> None:
        """A correction that goes at once; what a team reads at that moment already is not said twice."""
        now = self.now
        same = (stage, self.reading, now)
        said = {line.team for line in plan.lines if (line.stage, line.reading, line.raised) == same}
        for team in sorted({*teams} - said):
            line = Line("CORRECTION", plan.kind, plan.episode, stage, team, plan.version, "RAISED", now, now, None)
            line.raised, line.urgent = now, (urgent or {}).get(team, False)
            line.reading = self.reading
            plan.lines.append(line)

    # plans

    def move(
        self, plan: Plan, day: date, reason: str | None = None, spare: Iterable[str] = (), keeps: bool = False
    ) -> None:
        """Another day: the old version is superseded, who saw it is told at once or when it has settled (R6, R7)."""
        if plan.live and self.wrong and not keeps:  # all of it was somebody else's: it begins anew
            self.cancel(plan, WRONG)
        before = plan.day
        if plan.origin is not None and plan.origin[1] == before:  # it was back, and is not
            fell = {(line.stage, line.team) for line in plan.origin[2] if line.was == "PENDING" and line.at <= self.now}
            kept = [line for line in plan.stages() if line.state == "SUPPRESSED" and (line.stage, line.team) in fell]
            self._settled(plan)
            plan.lines += [line for line in kept if not any(line is other for other in plan.lines)]
        waits = [line.at for line in plan.waiting() if line.stage == "DATE_MOVED"]
        stood = [line for line in plan.stages() if line.state in {"PENDING", "RAISED"}]
        end(plan.stages(), "SUPERSEDED")
        end((line for line in plan.waiting() if line.stage == "DATE_MOVED"), "SUPERSEDED")
        if before is None:
            self._begin(plan, day)
            return
        believed = before if plan.origin is None else plan.origin[1]  # nobody need have heard of the day between
        far = plan.kind == "RELEASE" and min((each - self.today).days for each in (believed, day)) > FAR_DAYS
        plan.back_at = self.now if plan.origin is not None and plan.origin[1] == day else None
        if not far and plan.back_at is None:  # back where it was it still settles, be it near by now
            plan.settles = plan.origin = None
        elif far and plan.settles is None:
            plan.settles, plan.origin = self.now + SETTLE, (list(plan.lines), before, stood)
        self._begin(plan, day)
        at = min(waits, default=self.now + SETTLE) if far else self.now
        for team, seen in sorted(plan.seen.items()):
            if not seen - {day} or team in spare:
                continue
            line = Line("CORRECTION", plan.kind, plan.episode, "DATE_MOVED", team, plan.version, "PENDING", at, at, day)
            told = plan.latest.get(team, day)
            told = min(seen - {day}) if told == day else told
            line.reason = reason or ("DATE_EARLIER" if day < told else "DATE_LATER")
            plan.lines.append(line)
            if not far:
                self.correct(plan, line)

    def _begin(self, plan: Plan, day: date) -> None:
        plan.version, plan.day, plan.live, plan.laid = plan.version + 1, day, True, set()
        plan.back, plan.since = set(), {}

    def settle(self, plan: Plan) -> None:
        """The four hours end: with no net change the version before them stands for all who saw no other (R7)."""
        origin, plan.settles, plan.origin = plan.origin, None, None
        if origin is None or origin[1] != plan.day or not plan.live:
            return
        misled, told = self._between(plan, origin)
        for line in [line for line in origin[2] if line.team not in misled]:
            if line.was == "PENDING" and line.team not in plan.laid:  # whom it concerns no longer
                continue
            if line.state == "SUPERSEDED" and line.was is not None and (line.stage, line.team) not in told:
                line.state, line.was = line.was, None
                line.stood = plan.back_at or self.now
                line.life = tuple(_stood(at, what, line.stood) for at, what in line.life)

    def _settled(self, plan: Plan) -> None:
        """Settle it now, and what stands again has had its clock run on."""
        self.settle(plan)
        for line in plan.stages():
            while line.calls is not None and max(line.calls, line.stood) <= self.now:
                self.call(line)

    def _between(self, plan: Plan, origin: Origin) -> tuple[set[str], set[tuple[str, str]]]:
        """
        Forget what was laid out since *origin* and told to nobody for whom the version before stands; who was told of
        another day meanwhile, and what of this one.
        """
        old = set(map(id, origin[0]))
        after = [line for line in plan.stages() if id(line) not in old and line.stage != "T0U"]
        misled = {line.team for line in after if line.day != plan.day and line.raised}
        before = [line for line in plan.stages() if id(line) in old and line.reason != "NOT_ROUTED"]
        before = [line for line in before if line.state != "SUPPRESSED" or self.may(line.team)]  # or consent has come
        stands = {line.team for line in before if line.day == plan.day} - misled
        plan.since = {team: version for team, version in plan.since.items() if team not in stands}
        for line in [line for line in after if line.raised is None and line.team in stands]:
            if line.state != "SUPPRESSED" or line.day == plan.day:
                plan.lines = [other for other in plan.lines if other is not line]
        return misled, {(line.stage, line.team) for line in after if line.day == plan.day and line.raised}

    def cancel(self, plan: Plan, reason: str, notice: str | None = None) -> None:
        """Nothing comes of it: who was told learns that, once, by a *notice*, and what was pending vanishes."""
        if not plan.live:
            return
        self._settled(plan)  # be it back where it was, what stood before is what ends
        if self.wrong:
            reason, notice = WRONG, WRONG_NOTICE
        elif plan.day is not None and over(plan.day, self.now):
            plan.seen = {}
        days = (plan.day - self.today).days if plan.day else URGENT_DAYS + 1
        urgent = dict.fromkeys(plan.seen, plan.kind == "RELEASE" and days <= URGENT_DAYS and not self.wrong)
        for line in plan.stages():
            if line.state == "RAISED" and line.urgent:
                urgent[line.team] = True
        end([*plan.stages(), *plan.waiting()], "CANCELLED", reason)
        if reason == "EPISODE_CLOSED" and notice is None:
            self.withdraw(plan, "CLOSE_DO_NOT_CONTACT", plan.seen.keys() - self.closed)
            self.closed |= plan.seen.keys()
        else:
            self.withdraw(plan, notice or "CANCEL", plan.seen, urgent)
        plan.seen, plan.raised, plan.laid = {}, {}, set()
        plan.live, plan.day, plan.settles, plan.origin = False, None, None, None

    def route(self, plan: Plan, teams: set[str], table: Mapping[str, tuple[str, ...]], due: Due) -> None:
        """Lay out the stages of teams newly concerned, and take back what is pending for those no longer."""
        self.consent(plan)
        for team in sorted(plan.laid - teams):
            self.drop(plan, team)
        plan.back &= teams
        past = plan.kind == "RELEASE" and plan.day is not None and over(plan.day, self.now)
        for team in () if past else sorted(teams - plan.laid):
            for line in self.lay(plan, team, [stage for stage, asked in table.items() if team in asked], due):
                self.tell(plan, line)
        for team in sorted(teams & CONSENT):
            self.agreed(plan, team)

    def drop(self, plan: Plan, team: str) -> None:
        """Whom it concerns no longer; one who never should have been told, for a wrong date of birth, learns that."""
        mine = [line for line in plan.stages() if line.team == team]
        plan.laid.discard(team)
        urgent = {team: any(line.state == "RAISED" and line.urgent for line in mine)}
        if self.wrong:
            end(mine, "CANCELLED", WRONG)
            self.withdraw(plan, WRONG_NOTICE, [team] if plan.seen.pop(team, None) else [], urgent)
        elif self.corrected and plan.seen.get(team):
            plan.seen.pop(team)
            end(mine, "CANCELLED", "DOB_CORRECTED")
            near = plan.kind == "RELEASE" and plan.day is not None and (plan.day - self.today).days <= URGENT_DAYS
            self.withdraw(plan, "CANCEL", [team], {team: near or urgent[team]})
        else:
            end((line for line in mine if line.state == "PENDING"), "CANCELLED", "NOT_ROUTED")
            return
        plan.raised = {key: day for key, day in plan.raised.items() if key[1] != team}

    def agreed(self, plan: Plan, team: str, only: str | None = None) -> None:
        """Consent that comes late: the team is told of the latest stage, or the *only* one, that was kept from it."""
        mine = [line for line in plan.stages() if line.team == team and line.day == plan.day]
        mine = [line for line in mine if line.version >= plan.since.get(team, 0)]  # not of that day when it was before
        mine = [line for line in mine if only in {None, line.stage}]
        mine = [line for line in mine if line.state not in {"SUPERSEDED", "CANCELLED"}]
        late = max((line for line in mine if line.at <= self.now), key=lambda line: line.at, default=None)
        past = self.today if plan.kind == "TRANSITION" else date.min
        if plan.day is None or over(plan.day, self.now) or plan.day < past:
            return
        if late is None or late.reason != "NO_CONSENT" or self.may(team) is not None:
            return
        if (late.stage, team) in plan.raised:
            return
        if not any(line.state == "PENDING" and line.due == self.today for line in mine):
            again = replace(late, version=plan.version + 1, state="PENDING", reason=None, catch_up=True)
            again.due = again.at = self.now
            plan.lines.append(again)
            self.tell(plan, again)

    def consent(self, plan: Plan) -> None:
        """Consent that is withdrawn stops what rested on it (C2); given once more, the plan is laid out anew."""
        gone = {team for team, (given, _) in self.found.consent.items() if not given} & CONSENT
        for team in sorted(gone - plan.stopped):
            if plan.origin is not None:  # nothing of theirs stands again
                plan.origin = (*plan.origin[:2], [line for line in plan.origin[2] if line.team != team])
            mine = [line for line in plan.lines if line.team == team]
            end((line for line in mine if line.kind == plan.kind or line.state == "PENDING"), "CANCELLED", WITHDRAWN)
            if plan.seen.pop(team, None) and self.hushed.get(team) != self.now:
                self.withdraw(plan, "STOP_PROCESSING", [team])
                plan.lines[-1].reason, self.hushed[team] = WITHDRAWN, self.now
            plan.raised = {key: day for key, day in plan.raised.items() if key[1] != team}
        plan.back = (plan.back | (plan.stopped - gone) & plan.laid) - gone
        plan.laid -= plan.stopped - gone
        plan.stopped = gone

    def lay(self, plan: Plan, team: str, names: Iterable[str], due: Due) -> list[Line]:
        """A team's stages; the answer holds the one that is to be told at once, if any (R8)."""
        made: list[Line] = []
        day = plan.day or self.today
        before = [line.version for line in plan.stages() if line.team == team]
        version = max([plan.version, *(number + 1 for number in before)])  # no key is used twice (R9)
        plan.since[team] = version
        for stage in names:
            on, at = due(stage, day)
            line = Line(plan.kind, None, plan.episode, stage, team, version, "PENDING", on, at, day)
            under = plan.raised.get((stage, team))
            if under is not None and day > under and stage not in REARMS:
                line.state = "SKIPPED"
            elif team in plan.stopped:
                line.state, line.reason = "SUPPRESSED", "NO_CONSENT"
            made.append(line)
        plan.laid.add(team)
        plan.lines += made
        ready = self.catch_up(plan, made)
        for line in ready if team in plan.back else ():  # consent came back: what is told, is told late
            line.due, line.at, line.catch_up = self.now, self.now, True
        plan.back.discard(team)
        return ready

    def catch_up(self, plan: Plan, lines: list[Line], rested: bool = False) -> list[Line]:
        """
        Of one team's lines those missed are skipped but for the latest; one of today absorbs them all (R8).

        What *rested* was to be told, whatever was told before it.
        """
        due_today = [line for line in lines if line.due == self.today]
        lines = [line for line in lines if line.state != "SUPPRESSED" or line.at <= self.now]
        late = [line for line in lines if line.at <= self.now]
        for line in late:
            line.state = "SKIPPED"
        told = [line for line in lines if (line.stage, line.team) in plan.raised]
        if due_today:
            again = [line for line in due_today if line.at <= self.now and self._again(plan, line)]
            ready = [line for line in due_today if line.at <= self.now and (line not in told or line in again)][-1:]
            for line in ready:
                line.state = "PENDING"
            return ready
        latest = max(late, key=lambda line: line.at, default=None)
        handed = latest is not None and latest.stage in {"T1M", "TDNA"} and self._needless(latest)
        if latest is None or handed or (latest in told and not rested):
            return []
        latest.state, latest.due, latest.at, latest.catch_up = "PENDING", self.now, self.now, True
        return [latest]

    def _again(self, plan: Plan, line: Line) -> bool:
        """A stage that is told anew for a later day, though it was told before (R8)."""
        under = plan.raised.get((line.stage, line.team))
        return line.stage in REARMS and under is not None and line.day is not None and line.day > under
