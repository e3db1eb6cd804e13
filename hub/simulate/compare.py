"""The hub's answers beside the oracle's, for one person: every alert told, kept back, or still to come."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from hub.core.decide import advance, step
from hub.core.events import AlertChange, Answer, Notice
from hub.core.person import Person
from hub.core.rules import Rules
from hub.scenarios import join_or_part
from hub.simulate.oracle.lines import Line
from hub.simulate.oracle.relive import Arrival, relive

KINDS = ("RELEASE", "TRANSITION", "CLIFF_EDGE", "REVIEW", "OFFER_OF_SUPPORT")
NOT_LIVED = (
    "people who live in another area",
    "placements and interventions",
    "disputed or estimated ages",
    "protected people",
    "erasure",
)
SILENT = frozenset({"SKIPPED", "SUPERSEDED", "CANCELLED", "RESTING"})
REASONS = frozenset(
    [
        "NO_RELEASE_DATE",
        "FURTHER_REMAND",
        "HOSPITAL_TRANSFER",
        "REMOVED_FROM_UK",
        "EPISODE_CLOSED",
        "RELEASE_UNRECONCILED",
        "WRONG_PERSON",
        "CONSENT_WITHDRAWN",
        "NO_CONSENT",
        "DUTY_CONTINUES_RELEVANT",
        "DATE_EARLIER",
        "DATE_LATER",
        "DOB_CORRECTED",
        "FORBIDDEN",
    ]
)
OUTCOMES = {
    "RAISED": "raised",
    "SUPERSEDED": "corrected",
    "CANCELLED": "cancelled",
    "SUPPRESSED": "suppressed",
    "SKIPPED": "skipped",
    "ACKNOWLEDGED": "answered",
    "ESCALATED": "escalated",
}
URGENT = frozenset({"URGENT", "IMMEDIATE"})


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """
    One alert as it matters to a team: told at *raised* and what became of it, kept back for a *reason*, or to come.

    Its *life* is what happened since it was told: who above heard, when it was told again, and what its team answered.
    What was never told and ended in silence is the hub's own bookkeeping, and so are versions and internal reasons.
    """

    raised: int
    kind: str
    about: str
    stage: str
    team: str
    state: str
    due: str
    reason: str
    urgent: bool
    catch_up: bool
    life: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with one person's alerts: *missed* ones only the oracle has, *uncalled* ones only the hub."""

    missed: tuple[Seen, ...]
    uncalled: tuple[Seen, ...]
    broken: tuple[str, ...]
    counts: Counter[tuple[str, str]]

    @property
    def agrees(self) -> bool:
        """Whether nothing is."""
        return not (self.missed or self.uncalled or self.broken)


def decided(arrivals: Sequence[Arrival], until: int, rules: Rules) -> list[Answer]:
    """All that the engine's core answers to one person's events, each heard at its own moment."""
    people: dict[str, Person] = {}
    merged: dict[str, str] = {}
    answers: list[Answer] = []
    for arrival in arrivals:
        event = arrival.event
        if max(arrival.at, event.at) <= until:
            name = event.record.partition(".")[0]
            handle = name if event.type == "alert.ack" else merged.get(name, name)  # it names whom it was told of
            people[handle], made = step(people.get(handle, Person()), handle, event, rules, arrival.at)
            answers += [*made, *join_or_part(people, merged, event, rules)]
    for handle, person in people.items():
        answers += advance(person, handle, until, rules)[1]
    return answers


def judge(arrivals: Sequence[Arrival], until: int, rules: Rules, kinds: Iterable[str] = KINDS) -> Verdict:
    """Compare both, and ask of the hub's answers by themselves what every history must keep."""
    answers = decided(arrivals, until, rules)
    asked = set(kinds)
    hub = Counter(seen for seen in _hub(answers) if _asked(seen, asked))
    oracle = Counter(seen for seen in _oracle(relive(arrivals, until).lines) if _asked(seen, asked))
    missed, uncalled = sorted((oracle - hub).elements()), sorted((hub - oracle).elements())
    return Verdict(tuple(missed), tuple(uncalled), tuple(_broken(answers)), _counts(answers))


def _asked(seen: Seen, kinds: set[str]) -> bool:
    return (seen.about if seen.kind == "CORRECTION" else seen.kind) in kinds


@dataclass(slots=True)
class Life:
    """What the audit trail says of one alert after it was told."""

    level: int = 0
    repeats: int = 0
    answer: str | None = None
    steps: list[tuple[int, str]] = field(default_factory=list)

    def step(self, change: AlertChange) -> None:
        """One more step; what stands again says once more what was so before."""
        if change.level > self.level:
            self.steps.append((change.at, f"level {change.level}"))
        if change.repeats > self.repeats:
            self.steps.append((change.at, "again"))
        if change.answer is not None and self.answer is None and change.state == "ACKNOWLEDGED":
            self.steps.append((change.at, change.answer))
            self.answer = change.answer
        self.level, self.repeats = max(self.level, change.level), max(self.repeats, change.repeats)


def _hub(answers: Iterable[Answer]) -> Iterable[Seen]:
    last: dict[str, AlertChange] = {}
    raised: dict[str, AlertChange] = {}
    lives: dict[str, Life] = {}
    for change in answers:
        if isinstance(change, AlertChange):
            last[change.alert] = change
            lives.setdefault(change.alert, Life()).step(change)
            if change.state == "RAISED":
                raised.setdefault(change.alert, change)
    for alert, change in last.items():
        told = raised.get(alert)
        if told is not None or change.state not in SILENT:
            urgent = told is not None and told.urgency in URGENT
            due = change.due_on or change.due_at
            life = lives[alert].steps if change.kind != "CORRECTION" else []
            yield _seen(change, change.state, due, told.at if told else 0, urgent, life)


def _oracle(lines: Iterable[Line]) -> Iterable[Seen]:
    for line in lines:
        if line.raised is not None or line.state not in SILENT:
            life = [step for step in line.life if not step[1].startswith("aside")]
            yield _seen(line, line.state, line.due, line.raised or 0, line.urgent, life)


def _seen(
    one: AlertChange | Line, state: str, due: date | int, raised: int, urgent: bool, life: Iterable[tuple[int, str]]
) -> Seen:
    """A correction that was told stays told; a death and the end of a consent are told once, whatever they close."""
    about, reason = one.about or "", one.reason if one.reason in REASONS else None
    if one.kind == "CORRECTION" and raised:
        state = "RAISED"
    if one.stage in {"CLOSE_DO_NOT_CONTACT", "STOP_PROCESSING"}:
        about, urgent = "RELEASE", False
    if state in {"ACKNOWLEDGED", "ESCALATED", "CLOSED"}:
        state = "RAISED"
    if state == "RAISED" and one.kind != "CORRECTION":  # why somebody above was not told is another's question
        reason = None
    if one.kind == "REVIEW":
        about = ""
    told = raised, one.kind, about, one.stage, one.team, state, str(due), reason or "", urgent, one.catch_up
    return Seen(*told, tuple(sorted(life)))


def _broken(answers: Sequence[Answer]) -> Iterable[str]:
    """Promises that need no oracle: raised once, told once, and who saw what was withdrawn is told of that."""
    told = {answer.alert for answer in answers if isinstance(answer, Notice)}
    steps = [answer for answer in answers if isinstance(answer, AlertChange) and answer.state == "RAISED"]
    raised = Counter(step.alert for step in steps if step.was in {None, "PENDING"})
    twice, untold = sum(count > 1 for count in raised.values()), len(raised.keys() - told)
    if twice:
        yield f"{twice} alerts raised twice"
    if untold:
        yield f"{untold} alerts raised and delivered to nobody"


def _counts(answers: Iterable[Answer]) -> Counter[tuple[str, str]]:
    """How many alerts of each stage were raised, and how many ended in each way; ends in silence count as that."""
    made: Counter[tuple[str, str]] = Counter()
    for answer in answers:
        if isinstance(answer, AlertChange) and answer.state in OUTCOMES:
            unseen = answer.state in {"SUPERSEDED", "CANCELLED"} and answer.was == "PENDING"
            outcome = "ended unseen" if unseen else OUTCOMES[answer.state]
            made[f"{answer.kind} {answer.stage}", outcome] += 1
    return made
