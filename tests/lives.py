"""One person's life at its plainest: events by date and hour, and what came of them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shipped import rules

from hub.core.decide import advance, step
from hub.core.events import AlertChange, Event, Notice
from hub.core.person import Person


def at(text):
    """London's clocks: `2026-09-09 14:00`."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/London")).timestamp()) * 1_000_000


def told(when, kind, agency="HMPPS_PRISON", **fields):
    return Event(f"{kind}-{agency}-{when}", kind, agency, f"r-{agency}", at(when), None, fields)


def ack(when, team, stage, **fields):
    return told(when, "alert.ack", team, stage=stage, **fields)


class Lived:
    """A person to whom *happened*, up to the instant *until*; looked at from outside."""

    def __init__(self, *happened, until=None, made=rules):
        self.person, self.answers, self.rules = Person(), [], made()
        self.add(*happened)
        if until:
            self.wait(until)

    def add(self, *happened):
        for event in happened:
            self.person, answers = step(self.person, "p-1", event, self.rules)
            self.answers += answers
        return self

    def wait(self, until):
        instant = at(until) if isinstance(until, str) else until
        self.person, answers = advance(self.person, "p-1", instant, self.rules)
        self.answers += answers
        return self

    def changes(self, *stages, team=None):
        found = [answer for answer in self.answers if isinstance(answer, AlertChange)]
        return [change for change in found if change.stage in stages and team in {None, change.team}]

    def notices(self, team, *stages):
        found = [answer for answer in self.answers if isinstance(answer, Notice) and answer.team == team]
        return [notice for notice in found if not stages or notice.stage in stages]

    def states(self, team):
        """Where each living alert of *team* stands, by stage; acknowledged or not is all one."""
        alerts = (alert for key, alert in self.person.alerts.items() if not key.startswith("WAS:"))
        return {
            alert.stage: "PENDING" if alert.state == "PENDING" else "TOLD" for alert in alerts if alert.team == team
        }
