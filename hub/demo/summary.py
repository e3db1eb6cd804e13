"""What the demo shows: counted from the log itself, and one decision each way told in plain English."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hub import explained, topics, words
from hub.cli import screen
from hub.core.identity import reference
from hub.demo.digest import digest
from hub.demo.ground import Ground
from hub.engine import Program

Told = Mapping[str, Any]
Part = Callable[["Played", "Summary"], None]
KINDS = ("RELEASE", "TRANSITION", "CLIFF_EDGE", "OFFER_OF_SUPPORT", "CORRECTION", "REVIEW", "ESCALATION")
INSTRUCTIVE = tuple((f"alert.{kind}", team) for kind in ("RELEASE", "TRANSITION") for team in ("HOUS", "SMS", "PROB"))
FEW = 9  # reasons worth a line of their own


@dataclass(slots=True)
class Sent:
    """What one agency's system put out, and what its connector made of it."""

    messages: int = 0
    resent: int = 0
    refused: int = 0
    events: int = 0
    repeated: int = 0
    why: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Played:
    """The year as it was played: what each agency sent, and how many waves, ticks and answers of teams it took."""

    sent: Mapping[str, Sent]
    waves: int = 0
    ticks: int = 0
    acknowledged: int = 0


@dataclass(slots=True)
class Example:
    """A decision, and the alert it let out, if it did."""

    decision: Told
    outcome: Told
    alert: Told | None = None


@dataclass(slots=True)
class Summary:
    """Everything that was counted and picked out of the log."""

    digest: Mapping[str, Any]
    book: words.Book
    subjects: Counter[str] = field(default_factory=Counter)
    delivered: int = 0
    withheld: Counter[str] = field(default_factory=Counter)
    alerts: Counter[tuple[str, str]] = field(default_factory=Counter)
    again: int = 0
    heard: set[tuple[str, str]] = field(default_factory=set)
    suppressed: Counter[tuple[str, str]] = field(default_factory=Counter)
    quarantined: int = 0
    examples: dict[tuple[bool, str, str], Example] = field(default_factory=dict)

    @property
    def decisions(self) -> int:
        return self.subjects.total()

    def example(self, delivered: bool) -> Example | None:
        """The most instructive decision of its sort that there is."""
        found = (self.examples.get((delivered, subject, team)) for subject, team in INSTRUCTIVE)
        return next((one for one in found if one is not None), None)


def summarise(ground: Ground, program: Program) -> Summary:
    """Count what the log holds, and take its digest."""
    told = Summary(
        digest(topics.answers(program.agencies, program.teams), ground.scan), words.Book(_bundles(ground, program))
    )
    for decision in _decoded(ground, program, topics.DECISIONS):
        _count(told, decision)
    told.quarantined = sum(1 for owner in (*program.agencies, "HUB") for _ in ground.scan(topics.quarantine(owner)))
    if (shown := told.example(True)) is not None:
        alerts = _decoded(ground, program, topics.alerts(shown.outcome["team"]))
        quoted = reference(shown.decision["id"], shown.outcome["team"])
        shown.alert = next((alert for alert in alerts if alert["decision"] == quoted), None)
    return told


def _decoded(ground: Ground, program: Program, topic: str) -> Iterator[Told]:
    return (program.schemas.decode(record.value or b"")[2] for record in ground.scan(topic))


def _bundles(ground: Ground, program: Program) -> Mapping[str, Told]:
    return {told["hash"]: json.loads(told["bundle"]) for told in _decoded(ground, program, topics.RULES)}


def _count(told: Summary, decision: Told) -> None:
    subject = decision["subject"]
    told.subjects[subject] += 1
    for outcome in decision["outcomes"]:
        if subject.startswith("alert."):
            _count_alert(told, decision, outcome)
        else:
            told.delivered += outcome["delivered"]
            told.withheld[outcome["reason"]] += not outcome["delivered"]
        _pick(told, (outcome["delivered"], subject, outcome["team"]), Example(decision, outcome))


def _count_alert(told: Summary, decision: Told, outcome: Told) -> None:
    """An alert counts once, however often its team hears of it."""
    kind, team, name = decision["subject"].removeprefix("alert."), outcome["team"], decision["event"]
    first = (team, name) not in told.heard
    told.alerts[kind, team] += outcome["delivered"] and first
    told.again += outcome["delivered"] and not first
    told.suppressed[team, outcome["reason"]] += not outcome["delivered"]
    if outcome["delivered"]:
        told.heard.add((team, name))


def _pick(told: Summary, key: tuple[bool, str, str], one: Example) -> None:
    """The latest of its sort, so that it is the same whichever log is read."""
    if key[1:] in INSTRUCTIVE and (key not in told.examples or _when(one) > _when(told.examples[key])):
        told.examples[key] = one


def _when(one: Example) -> tuple[int, str]:
    return one.decision["at"], one.decision["id"]


def document(played: Played, told: Summary, about: Told) -> dict[str, Any]:
    """Everything as one document; *about* says which demo this was."""
    examples = {name: told.example(delivered) for name, delivered in (("delivered", True), ("withheld", False))}
    return {
        **about,
        "waves": played.waves,
        "ticks": played.ticks,
        "acknowledged": played.acknowledged,
        "agencies": {agency: asdict(sent) for agency, sent in played.sent.items()},
        "decisions": dict(sorted(told.subjects.items())),
        "delivered": told.delivered,
        "withheld": _counted(told.withheld),
        "alerts": _nested(told.alerts),
        "again": told.again,
        "suppressed": _nested(told.suppressed),
        "quarantined": told.quarantined,
        "examples": {name: one.decision["id"] for name, one in examples.items() if one is not None},
        "digest": told.digest,
    }


def _counted(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in counts.most_common() if count}


def _nested(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    made: dict[str, dict[str, int]] = {}
    for (outer, inner), count in sorted((key, count) for key, count in counts.items() if count):
        made.setdefault(outer, {})[inner] = count
    return made


def show(played: Played, told: Summary) -> None:
    """Tell it all to people."""
    for number, (name, part) in enumerate(PARTS, 1):
        screen.say()
        screen.say(f"[{number}/{len(PARTS)}] {name}")
        part(played, told)


def _connectors(played: Played, told: Summary) -> None:
    rows = [
        [agency, *(f"{count:,}" for count in (sent.messages, sent.events, sent.repeated, sent.refused))]
        for agency, sent in played.sent.items()
    ]
    screen.table(["Agency", "Messages in its own format", "Events published", "Of them again", "Refused"], rows)
    sent = list(played.sent.values())
    resent, repeated = sum(one.resent for one in sent), sum(one.repeated for one in sent)
    screen.say(f"{resent:,} messages were sent twice: {repeated:,} events arrived twice and were decided once.")
    if refused := [line for one in sent for line in one.why]:
        screen.say(f"A refusal says where, why and the cure, never the value: {refused[-1]}")


def _decisions(played: Played, told: Summary) -> None:
    withheld = told.withheld.total()
    screen.say(
        f"{told.decisions:,} decisions in {played.waves} waves: {told.delivered:,} deliveries, {withheld:,} withheld,"
        f" {told.quarantined} in quarantine."
    )
    found = told.withheld.most_common(FEW)
    rows = [[f"{count:,}", reason, _reason(reason)] for reason, count in found if count]
    screen.table(["Withheld", "Reason", "In words"], rows)


def _reason(code: str) -> str:
    """Of many clauses at once, a condition can only be named."""
    name = code.removeprefix("CONDITION:")
    return words.reason(code) if name == code else f"the clause sets a condition on `{name}`, and it was not met"


def _alerts(played: Played, told: Summary) -> None:
    teams = sorted({team for _, team in told.alerts})
    kinds = sorted({kind for kind, _ in told.alerts}, key=KINDS.index)
    rows = [[kind, *(f"{told.alerts[kind, team]:,}" for team in teams)] for kind in kinds]
    gone = [sum(count for (one, _), count in told.suppressed.items() if one == team) for team in teams]
    screen.table(["Alerts", *teams], [*rows, ["suppressed", *(f"{count:,}" for count in gone)]])
    reasons: Counter[str] = Counter()
    for (_, reason), count in told.suppressed.items():
        reasons[reason] += count
    said = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common() if count) or "none"
    screen.say(f"Suppressed: {said}. Acknowledged by their teams: {played.acknowledged:,}.")
    screen.say(
        f"Told again, or to somebody higher, because nobody had answered or it was not yet done: {told.again:,}."
    )


def _examples(played: Played, told: Summary) -> None:
    for delivered in (True, False):
        if (one := told.example(delivered)) is not None:
            decision = explained.decision(one.decision, told.book)
            screen.section(decision.title, decision.state, [line for line in decision.lines if line[0] in BRIEF])
            alert = one.alert
            made = explained.outcome(one.decision, one.outcome, told.book, alert["fields"] if alert else None)
            screen.section(made.title, made.state, [*_told(alert), *made.lines])


def _told(alert: Told | None) -> Sequence[tuple[str, str]]:
    if alert is None:
        return []
    asked = f"{alert['asks'] or words.action(alert['action'])} ({alert['urgency'].lower()})"
    return [("asks", asked), ("says", words.fields(alert["fields"]) or "nothing but this")]


BRIEF = {"decided", "what", "from"}
PARTS: tuple[tuple[str, Part], ...] = (
    ("connectors", _connectors),
    ("decisions", _decisions),
    ("alerts", _alerts),
    ("one alert and one refusal, explained", _examples),
)
