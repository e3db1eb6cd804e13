"""
Disclosure: what each subscribed team gets of an event, and whether an alert may be told to its team.

Both ask the same agreements, and both leave a decision record: an alert is a disclosure too (promise P5).
"""

from collections.abc import Mapping
from datetime import date

from hub.core import release, services
from hub.core.alerts import Refused
from hub.core.events import Answer, Decision, Delivery, Event, Notice, Outcome, Value
from hub.core.identity import alert_id, identity
from hub.core.person import Alert, Person
from hub.core.policy import NO_AGREEMENT, Ask, Verdict, decide, project
from hub.core.rules import Rules, Team
from hub.core.view import Attributes, View, view

Answers = list[Answer]
NOT_A_TEAM, BUNDLE_EXPIRED = (Verdict(False, None, reason) for reason in ("NOT_A_TEAM", "BUNDLE_EXPIRED"))
ALERT_FIELDS = {
    *("window_from", "window_until", "release_type", "licence", "prison", "eighteenth"),
    *("care", "ehcp", "homeless", "substance", "care_needs", "authority"),
    *("ends_on", "services", "non_health_services", "handover"),
}


def disclose(person: Person, handle: str, event: Event, rules: Rules | None, now: int, stale: str | None) -> Answers:
    """The event's decision, with one outcome for every subscribed team, and the deliveries it allows."""
    key = identity("decision", handle, f"{event.agency}/{event.id}")
    if rules is None:
        return [Decision(key, handle, event.type, event.id, event.agency, now, "", ())]
    unknown = not (event.fields.keys() <= rules.vocabulary.get(event.type, frozenset()))
    asked, outcomes, deliveries = _Asked(person, view(person), now, rules), [], []
    for team in rules.subscribers.get(event.type, ()):
        verdict = asked.verdict(team, event.type, event.agency)
        reason = stale or ("UNKNOWN_FIELD" if unknown else verdict.reason)
        outcomes.append(outcome(team.code, verdict, reason))
        if reason is None and verdict.clause is not None:
            fields = project(event.fields, verdict.clause)
            deliveries.append(
                Delivery(team.code, handle, key, verdict.clause.id, event.type, event.agency, event.at, fields)
            )
    return [Decision(key, handle, event.type, event.id, event.agency, now, rules.hash, tuple(outcomes)), *deliveries]


def teller(person: Person, handle: str, rules: Rules, seen: View, answers: Answers) -> Refused:
    """Asks the agreements each time an alert is to be told, and writes the decision, and the notice if it may be."""

    def refused(alert: Alert, at: int) -> str | None:
        subject, mark = f"alert.{alert.kind}", alert_id(handle, alert)
        team = rules.teams.get(alert.team) or Team(alert.team, alert.team, None, frozenset())
        verdict = _Asked(person, seen, at, rules).verdict(team, subject, "HUB")
        reason = "NO_CONSENT" if verdict.reason == "CONDITION:consent" else verdict.reason
        # What expired rules leave untold is decided once more, under the next: that is another decision.
        key = identity("decision", handle, f"{mark}/{rules.hash}" if verdict is BUNDLE_EXPIRED else mark)
        outcomes = (outcome(team.code, verdict, reason),)
        answers.append(Decision(key, handle, subject, mark, "HUB", at, rules.hash, outcomes))
        if verdict.clause is not None and reason is None:
            fields = project(_shown(alert, seen, rules, rules.calendar.local_date(at)), verdict.clause)
            answers.append(_notice(alert, handle, key, verdict.clause.id, mark, at, fields))
        return reason

    return refused


def outcome(team: str, verdict: Verdict, reason: str | None) -> Outcome:
    """What the decision log says of one team: the clause looked at last, the fields kept or the reason withheld."""
    clause = verdict.clause
    agreement, number = (clause.agreement, clause.id) if clause else (None, None)
    return Outcome(team, reason is None, agreement, number, reason, clause.fields if clause and reason is None else ())


class _Asked:
    """The agreements, asked about one person at one instant; what all teams share is worked out once."""

    def __init__(self, person: Person, seen: View, now: int, rules: Rules) -> None:
        self._person, self._seen, self._rules = person, seen, rules
        self._on = rules.calendar.local_date(now)
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
        told = Attributes(self._shared, self._person, self._seen, self._on, team.code, team.agency)
        return decide(Ask(subject, source, team.code, self._on, told), rules.clauses)


def _shown(alert: Alert, seen: View, rules: Rules, today: date) -> dict[str, Value]:
    freed = release.actual_release(seen, None, rules, 0)
    dates: dict[str, Value] = {"eighteenth": seen.eighteenth}
    if alert.kind == "RELEASE":
        dates = release.shown(seen, freed, rules)
    if alert.services:
        dates |= services.shown(alert.services, alert.basis, seen, today, rules)
    return {**dates, **release.needs(seen)}


def _notice(
    alert: Alert, handle: str, key: str, clause: str, mark: str, at: int, fields: Mapping[str, Value]
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
        alert.version,
        alert.due_at,
        at,
        word,
        alert.action,
        fields,
    )
