"""A whole history once more, moment by moment: what each team should have been told, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from hub.core.events import Event
from hub.simulate.oracle import asking, closing, coming, leaving, offering
from hub.simulate.oracle.asking import Asking
from hub.simulate.oracle.book import ANSWERS, Book
from hub.simulate.oracle.closing import Closing
from hub.simulate.oracle.days import day_of, instant
from hub.simulate.oracle.facts import Known, happened, known
from hub.simulate.oracle.leaving import Leaving
from hub.simulate.oracle.lines import NOT_OURS, OVER, Line, Plan, over
from hub.simulate.oracle.offering import Offer

ASKS, HOLD, LINE, SETTLES = range(4)  # what goes first of all that is due at one moment; last, that support ends


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event and the moment at which the hub heard of it."""

    at: int
    event: Event


@dataclass(slots=True)
class Oracle:
    """One person: the events that have come, the plans, and every line of what was to be told."""

    events: list[Event] = field(default_factory=list)
    book: Book = field(default_factory=Book)
    past: list[Plan] = field(default_factory=list)
    leaving: Leaving = field(default_factory=lambda: Leaving("RELEASE", 1))
    coming: Plan = field(default_factory=lambda: Plan("TRANSITION", 1))
    closing: Closing = field(default_factory=Closing)
    offers: list[Offer] = field(default_factory=list)
    asking: Asking = field(default_factory=lambda: Asking("REVIEW", 1))
    born: date | None = None

    @property
    def lines(self) -> list[Line]:
        """Everything that was ever planned or told."""
        plans = [*self.past, self.leaving, self.coming, self.asking, *self.offers]
        return [line for plan in plans for line in plan.lines] + self.closing.lines

    def _plans(self) -> list[Plan]:
        return [*self.past, self.leaving, self.coming, self.asking, *self.offers, *self.closing.plans]

    def until(self, moment: int) -> None:
        """Let everything fall due up to *moment*, each at its own time."""
        while True:
            ready = [(line.at, plan, line) for plan in self._plans() if not plan.away for line in plan.waiting()]
            ready += [
                (line.calls, plan, line) for plan in self._plans() for line in plan.lines if line.calls is not None
            ]
            at, plan, line = min(ready, key=lambda one: one[0], default=(None, self.coming, None))
            times = (self.asking.wake, self.leaving.hold, at, self.leaving.settles, self.closing.wake)
            when, what = min((time, number) for number, time in enumerate((*times, moment + 1)) if time is not None)
            if when > moment:
                return
            self.book.now = max(self.book.now, when)
            if line is not None and what == LINE:
                self._due(plan, line)
            elif what == SETTLES:
                self.book.settle(self.leaving)
            else:
                self._wake(what)

    def _due(self, plan: Plan, line: Line) -> None:
        if line.state == "RAISED":
            self.book.call(line)
        else:
            self.book.tell(plan, line)

    def _wake(self, what: int) -> None:
        """Time alone has changed something."""
        if what == ASKS:
            self.asking.wake = None
        elif what == HOLD:
            self.leaving.hold = None
        else:
            self.closing.wake = None
        self._close(self.book.now)
        self._follow(heard=False)

    def hear(self, arrival: Arrival) -> None:
        """An event comes: what is due before is told first, then the whole history is read again."""
        event, moment = arrival.event, max(self.book.now, arrival.at, arrival.event.at)
        self.until(moment)
        self.book.now = moment
        self._close(moment)
        if any(_same(event, other) for other in self.events):
            return
        self.events.append(event)
        if event.type == "alert.ack":
            self._answer(event)
        elif event.type not in {"person.merged", "person.unmerged"}:  # whose records move, is read again with them
            self.book.found = known(self.events)
            self._follow()
            leaving.transferred(self.book, self.leaving, event)
            self._over()

    def _answer(self, event: Event) -> None:
        """A team answers what it was told, whichever of its alerts bears that stage."""
        answer = str(event.fields.get("answer", "ACCEPTED"))
        if answer not in ANSWERS:
            return
        for plan in self._plans():
            asked = [one for one in plan.lines if (one.stage, one.team) == (event.fields.get("stage"), event.agency)]
            for line in [one for one in asked if one.answer is None and one.at <= event.at]:
                aside = plan.origin is not None and any(line is one for one in plan.origin[2]) and line.was == "RAISED"
                if line.state == "RAISED":
                    self.book.answered(plan, line, answer, self._beside(plan, line))
                    self._share(plan, line)
                    if plan.away:
                        leaving.rest(plan)
                elif aside and line.state == "SUPERSEDED":
                    self.book.aside(plan, line, answer, self._beside(plan, line))

    def _share(self, plan: Plan, line: Line) -> None:
        """That nobody takes on a stage is said of all the support that ends on its day."""
        made = plan.lines[-1]
        if plan.kind != "CLIFF_EDGE" or (made.stage, made.about, made.raised) != (NOT_OURS, line.stage, self.book.now):
            return
        for other in self.closing.plans:
            edges = [one for one in other.lines if one.kind == plan.kind]
            same = [one for one in edges if (one.owner or one.team, one.episode) == (line.team, line.episode)]
            if other is not plan and any(one.state in {"PENDING", "RAISED"} for one in same):
                other.lines.append(replace(made))
                other.desk = True

    def _beside(self, plan: Plan, line: Line) -> list[Line]:
        """The alerts of the same plan; support that ends on one day is one plan of the team that gives it."""
        if line.stage == "IDENTITY_SPLIT":
            return [line]
        if plan.kind != "CLIFF_EDGE":
            return plan.lines
        mine = (line.episode, line.owner or line.team)
        return [one for one in self.closing.every if (one.episode, one.owner or one.team) == mine]

    def _over(self) -> None:
        """What was asked for has happened, or the day is history."""
        for plan in self._plans():
            self.book.done(plan)
            for line in plan.lines:
                if (
                    line.state == "RAISED"
                    and line.kind != "CORRECTION"
                    and over(line.day or day_of(line.at), self.book.now)
                ):
                    line.state = "CLOSED"

    def _close(self, moment: int) -> None:
        """Four weeks after their day alerts are history."""
        for plan in self._plans():
            for line in plan.lines:
                past = line.kind != "CORRECTION" and instant((line.day or day_of(line.at)) + OVER) <= moment
                if past and line.state == "RAISED":
                    line.state = "CLOSED"
                elif past and plan.away and line.state == "PENDING":
                    line.state, line.was = "CANCELLED", "PENDING"

    def reread(self, events: list[Event], moment: int, wrong: bool) -> None:
        """Records turn out to be another's, or this person's: the whole history is read again without, or with them."""
        self.until(moment)
        self._close(moment)
        self.book.now, self.events, self.book.wrong = max(self.book.now, moment), events, wrong
        self.book.found, self.book.rejoined = known(self.events), True
        self._follow()
        self._over()
        self.book.wrong = self.book.rejoined = False

    def vanish(self, moment: int) -> None:
        """Nothing is left to say of this person, who was another all along: their plans are off (2.2)."""
        self.until(moment)
        self._close(moment)
        self.book.now, self.events, self.book.found = max(self.book.now, moment), [], Known()
        for plan in self.closing.edges:
            if plan.day is not None and over(plan.day, self.book.now):
                closing.close(plan)
        for plan in self._plans():
            self.book.cancel(plan, "EPISODE_CLOSED", "CANCEL")
        leaving.told_of_another(self.book, self.leaving)
        self.past.append(self.leaving)
        self.closing = Closing(past=self.closing.plans)
        self.asking.causes = {stage: why for stage, why in self.asking.causes.items() if stage == "STATUS_AGE_CHECK"}
        self.leaving, self.born = Leaving("RELEASE", self.leaving.episode), None

    def _follow(self, heard: bool = True) -> None:
        believed, corrected = self.born, self.born is not None and self.book.found.born != self.born
        self.born, self.book.corrected = self.book.found.born, corrected
        self.book.reading += 1
        before, self.leaving = self.leaving, leaving.follow(self.book, self.leaving)
        if before is not self.leaving:
            self.past.append(before)
        asking.follow(self.book, self.asking, believed, self.leaving.episode)
        coming.follow(self.book, self.coming, corrected)
        closing.follow(self.book, self.closing, corrected)
        offering.follow(self.book, self.offers, corrected, heard)


def _same(one: Event, other: Event) -> bool:
    """The same message again, or the same word of its source under a new envelope id."""
    if one.agency != other.agency:
        return False
    said = (one.type, one.record, happened(one), one.seq, one.fields)
    return one.id == other.id or said == (other.type, other.record, happened(other), other.seq, other.fields)


@dataclass(slots=True)
class Lives:
    """Everybody whom the records were ever taken for."""

    people: dict[str, Oracle] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[Line]:
        """Everything that was ever planned or told of any of them."""
        return [line for oracle in self.people.values() for line in oracle.lines]

    def hear(self, arrival: Arrival) -> None:
        """An event of whom its record is taken for; a merge or a split takes records from one to the other."""
        event, moment = arrival.event, max(arrival.at, arrival.event.at)
        name = event.record.partition(".")[0]
        self._of(name if event.type == "alert.ack" else self.merged.get(name, name)).hear(arrival)
        if event.type == "person.merged":
            kept, removed = str(event.fields["kept"]), str(event.fields["removed"])
            self.merged[removed] = kept
            self._hand(removed, removed, kept, moment)
        elif event.type == "person.unmerged":
            one, other = str(event.fields["a"]), str(event.fields["b"])
            self.merged.pop(other, None)
            self._hand(other, one, other, moment)
            asking.split(self._of(one).book, self._of(one).asking)

    def _of(self, name: str) -> Oracle:
        return self.people.setdefault(name, Oracle())

    def _hand(self, name: str, here: str, there: str, moment: int) -> None:
        """What was said in the records of *name* leaves *here* and counts *there*."""
        said = [event for event in self._of(here).events if event.record.startswith(f"{name}.")]
        left = [event for event in self._of(here).events if event not in said]
        if left or not said:
            self._of(here).reread(left, moment, True)
        else:
            self._of(here).vanish(moment)
        self._of(there).reread([*self._of(there).events, *said], moment, False)


def relive(arrivals: Sequence[Arrival], until: int) -> Lives:
    """All of a history up to *until*."""
    lives = Lives()
    for arrival in arrivals:
        if max(arrival.at, arrival.event.at) <= until:
            lives.hear(arrival)
    for oracle in lives.people.values():
        oracle.until(until)
        oracle._close(until)
    return lives
