"""
What an alert could say beside its dates: of all this, its team's agreement and the minimum take their few.
"""

from collections.abc import Mapping
from datetime import date

from hub.core.events import Value
from hub.core.identity import reference
from hub.core.person import Alert, Person
from hub.core.routing import LEAVERS, Circumstances, within
from hub.core.rules import LEAD, Rules
from hub.core.view import View, care_status, home_authority


def particulars(
    alert: Alert, person: Person, seen: View, rules: Rules, day: date, today: date, licence: bool
) -> dict[str, Value]:
    """All but the dates, on the *day* that the alert is about; None is not known, and is never said."""
    lead = _lead(alert, seen, rules, day, licence)
    return {
        "age": seen.age(today),
        "care_leaver": care_status(seen) in LEAVERS,
        "accommodation": _accommodation(seen),
        "home_authority": home_authority(seen),
        "consent": _consent(seen, alert.team),
        "lead": lead,
        "risk_from_lead": lead is not None,
        "accepting": _accepting(alert, person.alerts, rules),
    }


def _accommodation(seen: View) -> Value:
    """Whether there is somewhere to live; None when nobody said so, nor that the person is at risk of homelessness."""
    if "accommodation.confirmed" in seen.facts:
        return True
    return False if seen.about("homeless") is True else None


def _consent(seen: View, team: str) -> Value:
    """How the team may quote the consent it relies on: no two teams can find by it that they rely on the same."""
    told = seen.facts.get(f"consent:{team}")
    return None if told is None or told.fields.get("given") is not True else reference(told.id, team)


def _lead(alert: Alert, seen: View, rules: Rules, day: date, licence: bool) -> str | None:
    """The lead professional's team: of the two in the joint window, by the age on *day* (rule J1)."""
    routes = rules.routes.get(alert.kind.lower(), {})
    now = Circumstances(seen, day, licence, rules)
    first = LEAD if now["adult"] == "yes" else reversed(LEAD)
    return next((code for code in first if code in rules.teams and within(routes.get(code, ()), now)), None)


def _accepting(alert: Alert, alerts: Mapping[str, Alert], rules: Rules) -> Value:
    """The services that took on an alert of this plan, of those that a lead may see to have done so."""
    took = {
        other.team
        for other in alerts.values()
        if (other.kind, other.episode) == (alert.kind, alert.episode) and other.answer == "ACCEPTED"
    }
    return tuple(sorted(took & rules.accepting)) or None
