"""
Consent: what ends when it is withdrawn (rule C2), and what a lead is prompted to ask for (rules C3 and C4).

Which teams need consent is for the agreements to say. What the lead is told rides on the lead's own alerts, as codes.
"""

from collections.abc import Iterable

from hub.core import debounce
from hub.core.alerts import correct, discredit
from hub.core.life import Life, was_of, with_, without
from hub.core.marks import kind_of
from hub.core.view import View, consents

CLOSED = "CONSENT_ROUTE_CLOSED"
NO_CONSENT, WITHDRAWN = "NO_CONSENT", "CONSENT_WITHDRAWN"
REVIEWED_AT = 16  # the age at which a consent that a parent gave is reviewed (rule C3)


def stop(life: Life) -> None:
    """Whoever may not go on without the consent that was withdrawn stops, and hears so once; others hear nothing."""
    told: set[str] = set()
    for name, held in list(life.plans.items()):
        if closed := life.agreements.closed(kind_of(name)):
            for team in sorted(closed.intersection((*held.knows, *held.teams, *held.copied))):
                _stop(life, name, team, team not in told)
                told |= {team} & {*held.knows, *held.copied}


def _stop(life: Life, name: str, team: str, first: bool) -> None:
    held, episode = life.plans[name], int(name.split("/")[1])
    for key, alert in (life.live(name) | life.live(f"CORRECTION:{name}")).items():
        if alert.team == team:
            life.put(key, alert._replace(state="CANCELLED", was=was_of(alert), urgency=None, reason=WITHDRAWN))
    debounce.forget(life, name, team)
    if first and team in {*held.knows, *held.copied}:
        copy = team not in held.knows
        correct(
            life, name, "STOP_PROCESSING", team, episode, held.version, held.basis or held.told, WITHDRAWN, copy=copy
        )
    discredit(life, name, episode, (team,))
    held = life.plans[name]
    knows, copied = (without(teams, team) for teams in (held.knows, held.copied))
    life.plans[name] = held._replace(knows=knows, copied=copied, muted=with_(held.muted, team))


def prompts(needed: Iterable[str], closed: frozenset[str], parents: frozenset[str]) -> tuple[str, ...]:
    """
    What an alert to a lead says of consent: whose is *needed*, of which that the *parents* gave is to be reviewed, and
    whether any route is *closed*, but not which.

    >>> prompts(["HOUS", "SMS"], frozenset({"SMS"}), frozenset({"VCSE"}))
    ('ASK_CONSENT_HOUS', 'REVIEW_CONSENT_VCSE', 'CONSENT_ROUTE_CLOSED')
    """
    asked = {*needed} - closed
    made = [f"ASK_CONSENT_{team}" for team in sorted(asked)]
    made += [f"REVIEW_CONSENT_{team}" for team in sorted(parents - asked)]
    return (*made, CLOSED) if closed else tuple(made)


def own_prompts(seen: View, team: str) -> tuple[str, ...]:
    """
    What *team* is to ask for itself before the 18th birthday: an adult stays in the NRM by consent of their own (C1).

    Its agreement decides whether it may know at all that there is a referral.
    """
    referred = "nrm" in seen.facts or seen.about("nrm") is not None
    return ("ADULT_CONSENT_NOT_RECORDED",) if referred and not consents(seen, team, child=False) else ()
