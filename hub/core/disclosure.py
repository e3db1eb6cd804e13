"""
Disclosure: what each subscribed team gets of an event, and whether an alert may be told to its team.

Both ask the same agreements, and both leave a decision record: an alert is a disclosure too (promise P5).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from hub.core import release
from hub.core.attributes import Asked, Attributes
from hub.core.consent import NO_CONSENT, REVIEWED_AT, own_prompts, prompts
from hub.core.emergency import LEADS, OPENED, granted, others
from hub.core.events import Answer, Decision, Delivery, Event, Notice, Outcome, Value
from hub.core.identity import alert_id, identity
from hub.core.particulars import FIELDS, OF_ALL, OF_RELEASE, Told, particulars
from hub.core.person import Alert, Grant, Person
from hub.core.policy import NO_AGREEMENT, Ask, Clause, Effect, Verdict, decide, project
from hub.core.rules import LEAD, Rules, Team
from hub.core.view import View, parental, view, withdrawn

Answers = list[Answer]
NOT_A_TEAM, BUNDLE_EXPIRED = (Verdict(False, None, reason) for reason in ("NOT_A_TEAM", "BUNDLE_EXPIRED"))
PROMPTED: Mapping[str, Callable[[Alert, View, Rules], bool]] = {
    "HOLD_IN_YOUTH_ESTATE": lambda alert, seen, rules: alert.team == "YJS" and release.held_in_youth_estate(seen, rules)
}
ALERT_FIELDS = FIELDS | {"prompts", "unanswered_by"}
STANDING = frozenset({*OF_ALL, *OF_RELEASE})  # what can be told of how things stand when the glass is broken


def disclose(person: Person, handle: str, event: Event, rules: Rules | None, now: int, stale: str | None) -> Answers:
    """The event's decision, with one outcome for every subscribed team, and the deliveries it allows."""
    key = identity("decision", handle, f"{event.agency}/{event.id}")
    if rules is None:
        return [Decision(key, handle, event.type, event.id, event.agency, now, "", ())]
    unknown = not (event.fields.keys() <= rules.vocabulary.get(event.type, frozenset()))
    asked, outcomes, deliveries = _Asked(person, view(person, rules, now), now, rules, event.at), [], []
    for team in _concerned(person, event, rules, now):
        verdict = asked.verdict(team, event.type, event.agency)
        grant = granted(person, team.code, now) if person.glass and not verdict.allowed else None
        if grant is not None:
            verdict = rules.emergency.verdict(asked.ask(team, event.type, event.agency), verdict)
        reason = stale or ("UNKNOWN_FIELD" if unknown else verdict.reason)
        outcomes.append(outcome(team.code, verdict, reason, rules, grant and grant.id))
        if reason is None and verdict.clause is not None:
            fields = project(event.fields, verdict.clause, rules.bands)
            deliveries.append(
                Delivery(team.code, handle, key, verdict.clause.id, event.type, event.agency, event.at, fields)
            )
    return [Decision(key, handle, event.type, event.id, event.agency, now, rules.hash, tuple(outcomes)), *deliveries]


def _concerned(person: Person, event: Event, rules: Rules, now: int) -> Iterable[Team]:
    """The teams that asked to be told, and those that hear for an emergency access alone."""
    asked = rules.subscribers.get(event.type, ())
    if not person.glass:
        return asked
    codes, clauses = frozenset(team.code for team in asked), rules.emergency.clauses
    more = others(person, now, event.type, event.agency, clauses, codes)
    return (*asked, *(rules.teams[code] for code in more if code in rules.teams))


def break_glass(person: Person, handle: str, grant: Grant, rules: Rules, now: int) -> tuple[Person, Answers]:
    """
    Keep *grant*, and tell its team at once how things stand, if the clauses for emergencies allow that.

    It is a decision like any other. What has ended by then is forgotten.
    """
    person = person._replace(glass=(*(one for one in person.glass if one.until > now), grant), clock=now)
    seen, team = view(person, rules, now), rules.teams[grant.team]
    verdict = BUNDLE_EXPIRED
    if rules.calendar.local_date(now) <= rules.valid_until:
        verdict = decide(_Asked(person, seen, now, rules).ask(team, OPENED, LEADS), rules.emergency.clauses)
    key = identity("decision", handle, f"{LEADS}/{grant.id}")
    told = outcome(team.code, verdict, verdict.reason, rules, grant.id)
    answers: Answers = [Decision(key, handle, OPENED, grant.id, LEADS, now, rules.hash, (told,))]
    if verdict.allowed and verdict.clause is not None:
        fields = project(_standing(person, seen, team.code, verdict.clause, rules, now), verdict.clause, rules.bands)
        answers.append(Delivery(team.code, handle, key, verdict.clause.id, OPENED, LEADS, now, fields))
    return person, answers


def _standing(person: Person, seen: View, team: str, clause: Clause, rules: Rules, now: int) -> dict[str, Value]:
    """How things stand with a person, as an alert of their release would say it: the fields that *clause* names."""
    alert = Alert("RELEASE", person.episode, OPENED, team, 1, "RAISED", None, now, "", "", None)
    names = [name for name, _ in clause.fields if name in STANDING]
    return particulars(Told(alert, person, seen, rules, rules.calendar.local_date(now)), names)


class Teller:
    """
    The agreements, as the alerts of one person ask them at one instant.

    Each telling leaves a decision, and the notice if there may be one; *answers* takes them.
    """

    def __init__(self, person: Person, handle: str, rules: Rules, seen: View, now: int, answers: Answers) -> None:
        self._person, self._handle, self._rules, self._seen, self._now = person, handle, rules, seen, now
        self._answers = answers
        self._closed: dict[str, frozenset[str]] = {}

    @cached_property
    def _asked(self) -> "_Asked":
        return _Asked(self._person, self._seen, self._now, self._rules)

    @cached_property
    def _withdrawn(self) -> frozenset[str]:
        return withdrawn(self._seen, self._rules.teams)

    def tell(self, alert: Alert, teams: Iterable[str] = ()) -> str | None:
        """Tell *alert*, or a copy of one, whose plan concerns *teams*; or answer why it may not be told."""
        rules, handle, now = self._rules, self._handle, self._now
        subject, mark = f"alert.{alert.kind}", alert_id(handle, alert)
        team = rules.teams.get(alert.team) or Team(alert.team, alert.team, None, frozenset(), None)
        verdict = self._asked.verdict(team, subject, "HUB")
        reason = _reason(verdict)
        # What expired rules leave untold is decided once more, under the next: that is another decision.
        told = f"{mark}/{alert.level}/{alert.repeats}" if alert.level or alert.repeats else mark
        key = identity("decision", handle, f"{told}/{rules.hash}" if verdict is BUNDLE_EXPIRED else told)
        self._answers.append(
            Decision(key, handle, subject, mark, "HUB", now, rules.hash, (outcome(team.code, verdict, reason, rules),))
        )
        if verdict.clause is not None and reason is None:
            kept = project(self._said(alert, teams, verdict.clause), verdict.clause, rules.bands)
            self._answers.append(_notice(alert, handle, key, verdict.clause.id, mark, now, kept, rules))
        return reason

    def _said(self, alert: Alert, teams: Iterable[str], clause: Clause) -> dict[str, Value]:
        """What *alert* says of the fields that *clause* names."""
        names = [name for name, _ in clause.fields]
        told = Told(alert, self._person, self._seen, self._rules, self._rules.calendar.local_date(self._now))
        fields = particulars(told, names)
        if alert.kind == "ESCALATION":
            fields["unanswered_by"] = alert.owner
        if "prompts" in names:
            fields["prompts"] = tuple(dict.fromkeys((*alert.prompts, *self._prompts(alert, teams)))) or None
        return fields

    def withheld(self, kind: str, team: str) -> str | None:
        """Why *team* could not be told an alert of *kind* now, without a word to anybody; None if it could."""
        return self._withheld(kind, team, self._asked)

    def closed(self, kind: str) -> frozenset[str]:
        """The teams that may not have alerts of *kind*, and from which the consent they need was withdrawn."""
        if kind not in self._closed:
            self._closed[kind] = frozenset(team for team in self._withdrawn if self._stops(kind, team))
        return self._closed[kind]

    def _stops(self, kind: str, team: str) -> bool:
        """Whether *team* has nothing without consent now: by it alone, or where another condition fails as well."""
        reason = self.withheld(kind, team)
        if reason is None or not reason.startswith("CONDITION:"):
            return reason == NO_CONSENT
        clauses = self._rules.clauses[f"alert.{kind}", "HUB", team]
        return all("consent" in dict(clause.when) for clause in clauses if clause.effect is Effect.PERMIT)

    def _withheld(self, kind: str, code: str, asked: "_Asked") -> str | None:
        team = self._rules.teams.get(code)
        return "NOT_A_TEAM" if team is None else _reason(asked.verdict(team, f"alert.{kind}", "HUB"))

    def _prompts(self, alert: Alert, teams: Iterable[str]) -> tuple[str, ...]:
        stage = self._rules.stage(alert.kind, alert.stage)
        asks = stage is not None and stage.asks
        if alert.team not in LEAD:
            return own_prompts(self._seen, alert.team) if asks else ()
        asked = [self._asked]
        if stage and asks and alert.basis:
            day = self._rules.calendar.instant(alert.basis, stage.hour)
            asked.append(_Asked(self._person, self._seen, max(day, self._now), self._rules))
        need = [team for team in teams if NO_CONSENT in [self._withheld(alert.kind, team, one) for one in asked]]
        asks_for = prompts(need, self.closed(alert.kind).intersection(teams), self._parental().intersection(teams))
        prompted = (code for code in (stage.prompts if stage else ()) if PROMPTED[code](alert, self._seen, self._rules))
        return (*asks_for, *prompted)

    def _parental(self) -> frozenset[str]:
        age = self._seen.age(self._rules.calendar.local_date(self._now))
        return parental(self._seen) if age is not None and age >= REVIEWED_AT else frozenset()


def _reason(verdict: Verdict) -> str | None:
    return NO_CONSENT if verdict.reason == "CONDITION:consent" else verdict.reason


def outcome(team: str, verdict: Verdict, reason: str | None, rules: Rules, grant: str | None = None) -> Outcome:
    """
    What the decision log says of one team: the clause looked at last, the fields kept, or the reason withheld and whose
    it is to decide.
    """
    clause, owner = verdict.clause, None if reason is None else rules.owners.get(reason)
    if clause is None:
        return Outcome(team, False, None, None, reason, (), None, None, owner, grant)
    kept = clause.fields if reason is None else ()
    law = clause.purpose, clause.gateway
    return Outcome(team, reason is None, clause.agreement, clause.id, reason, kept, *law, owner, grant)


def asked(
    person: Person, now: int, rules: Rules, team: Team, subject: str, source: str, happened: int | None = None
) -> Ask:
    """
    What the agreements are asked about *person* at the instant *now*, for whoever looks into a decision.

    *happened* is the instant of the event, None of an alert.
    """
    return _Asked(person, view(person, rules, now), now, rules, happened).ask(team, subject, source)


class _Asked:
    """The agreements, asked about one person at one instant; what all teams share is worked out once."""

    def __init__(self, person: Person, seen: View, now: int, rules: Rules, happened: int | None = None) -> None:
        self._rules, self._on = rules, rules.calendar.local_date(now)
        self._asked = Asked(person, seen, rules, self._on, happened)
        self._shared: dict[str, str | None] = {}

    def verdict(self, team: Team, subject: str, source: str) -> Verdict:
        """May *team* have *subject* from *source*?"""
        rules = self._rules
        if team.code not in rules.teams:
            return NOT_A_TEAM
        if self._on > rules.valid_until:
            return BUNDLE_EXPIRED
        if (subject, source, team.code) not in rules.clauses:
            return NO_AGREEMENT
        return decide(self.ask(team, subject, source), rules.clauses)

    def ask(self, team: Team, subject: str, source: str) -> Ask:
        """What the agreements are asked."""
        return Ask(subject, source, team.code, self._on, Attributes(self._shared, self._asked, team))


def _notice(
    alert: Alert, handle: str, key: str, clause: str, mark: str, at: int, fields: Mapping[str, Value], rules: Rules
) -> Notice:
    word = alert.urgency or "ROUTINE"
    return Notice(
        alert.team,
        handle,
        key,
        clause,
        mark,
        alert.kind,
        alert.about,
        alert.stage,
        alert.due_at,
        at,
        word,
        alert.action,
        fields,
        rules.actions.get(alert.action, ""),
        rules.calendar.local_time(alert.due_at),
        alert.rule,
        rules.hash,
        (alert.changed,) if alert.changed and not alert.repeats else (),
        alert.before,
        alert.ack_by,
        alert.level,
        alert.repeats,
    )
