"""
What an alert could say: of all this, its team's agreement and the minimum take their few.

Only what is to be said is worked out; None is not known, and is never said.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from hub.core import release, services
from hub.core.events import Value
from hub.core.identity import reference
from hub.core.person import Alert, Person
from hub.core.routing import LEAVERS, Circumstances, within
from hub.core.rules import LEAD, Rules
from hub.core.view import View, care_status, ehcp, home_authority, looked_after


@dataclass(frozen=True)
class Told:
    """One *alert* about a person as *seen* on the day *today*, and what several of its fields rest on."""

    alert: Alert
    person: Person
    seen: View
    rules: Rules
    today: date

    @cached_property
    def freed(self) -> release.Released | None:
        """The release that happened."""
        return release.actual_release(self.seen, None, self.rules, 0)

    @property
    def licence(self) -> bool:
        """Whether the release is, or was, on licence."""
        return self.freed is None or self.freed.licence

    @cached_property
    def window(self) -> release.Dates | None:
        """The day of the release, until when it may move, and which date says so."""
        if self.freed is not None:
            return release.Dates(self.freed.on, self.freed.on, "ACTUAL")
        return None if release.stopped(self.seen) else release.planning_date(self.seen, self.rules)

    @cached_property
    def lead(self) -> str | None:
        """The lead professional's team: of two in the joint window, by the age on the day of the alert (rule J1)."""
        routes = self.rules.routes.get(self.alert.kind.lower(), {})
        now = Circumstances(self.seen, self.alert.basis or self.today, self.licence, self.rules)
        first = LEAD if now["adult"] == "yes" else reversed(LEAD)
        return next((team for team in first if team in self.rules.teams and within(routes.get(team, ()), now)), None)


def particulars(told: Told, names: Iterable[str]) -> dict[str, Value]:
    """Those of the fields *names* that such an alert can say."""
    about = told.alert.about or told.alert.kind
    tables = [OF_ALL, OF_RELEASE if about == "RELEASE" else OF_AGE]
    if told.alert.services:
        tables.append(OF_SERVICES)
    return {name: table[name](told) for name in names for table in tables if name in table}


def _primary(told: Told) -> Value:
    return None if told.window is None else release.primary(told.seen, told.window.day, told.rules)


def _care(told: Told) -> Value:
    return care_status(told.seen) or ("LOOKED_AFTER" if looked_after(told.seen) else None)


def _accommodation(told: Told) -> Value:
    """Whether there is somewhere to live; None when nobody said so, nor that the person is at risk of homelessness."""
    if "accommodation.confirmed" in told.seen.facts:
        return True
    return False if told.seen.about("homeless") is True else None


def _consent(told: Told) -> Value:
    """How the team may quote the consent it relies on: no two teams can find by it that they rely on the same."""
    team = told.alert.team
    given = told.seen.facts.get(f"consent:{team}")
    return None if given is None or given.fields.get("given") is not True else reference(given.id, team)


def _accepting(told: Told) -> Value:
    """The services that took on an alert of this plan, of those that a lead may see to have done so."""
    took = {
        other.team
        for other in told.person.alerts.values()
        if (other.kind, other.episode) == (told.alert.kind, told.alert.episode) and other.answer == "ACCEPTED"
    }
    return tuple(sorted(took & told.rules.accepting)) or None


def _estimated(told: Told) -> Value:
    return True if told.seen.birth is not None and told.seen.birth.estimated else None


def _handover(told: Told) -> Value:
    """How far the handover of the service is that is least advanced."""
    found = services.endings(told.seen, told.today, told.rules)
    states = [found[name].handover for name in told.alert.services if name in found]
    return min(states, key=services.ADVANCE.index, default=None)


Says = Mapping[str, Callable[[Told], Value]]
OF_ALL: Says = {
    "age": lambda told: told.seen.age(told.today),
    "care": _care,
    "care_leaver": lambda told: care_status(told.seen) in LEAVERS,
    "ehcp": lambda told: ehcp(told.seen),
    "homeless": lambda told: told.seen.about("homeless"),
    "substance": lambda told: told.seen.about("substance"),
    "care_needs": lambda told: told.seen.about("care_needs"),
    "accommodation": _accommodation,
    "home_authority": lambda told: home_authority(told.seen),
    "consent": _consent,
    "lead": lambda told: told.lead,
    "risk_from_lead": lambda told: told.lead is not None,
    "accepting": _accepting,
}
OF_RELEASE: Says = {
    "window_from": lambda told: None if told.window is None else told.window.day,
    "window_until": lambda told: None if told.window is None else told.window.until,
    "release_type": lambda told: None if told.window is None else told.window.source.upper(),
    "licence": lambda told: told.licence,
    "prison": lambda told: release.prison(told.seen),
    "primary": _primary,
}
OF_AGE: Says = {"eighteenth": lambda told: told.seen.eighteenth, "estimated": _estimated}
OF_SERVICES: Says = {
    "ends_on": lambda told: told.alert.basis,
    "services": lambda told: told.alert.services,
    "non_health_services": lambda told: services.spoken(told.alert.services, told.rules),
    "handover": _handover,
}
FIELDS = frozenset({*OF_ALL, *OF_RELEASE, *OF_AGE, *OF_SERVICES})
