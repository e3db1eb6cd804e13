"""
Block B3: a protected person is routed to nobody; one named custodian is asked what may be shared, by hand.

Protected persons, witnesses, adoptions and refuges bear one mark, which no alert and no team ever sees.
"""

from hub.core import debounce
from hub.core.alerts import reconcile
from hub.core.life import Life, was_of
from hub.core.person import Alert, Planned
from hub.core.rest import wake

NAME, KIND, STAGE = "PROTECTED/1", "REVIEW", "PROTECTED"


def withhold(life: Life) -> None:
    """End every plan without a word to those who knew of it, and ask the custodian, once."""
    life.again = None
    wake(life)
    for name in list(life.plans):
        debounce.take_down(life, name)
    asks = life.rules.support.protected
    mine = f"{NAME}/{STAGE}/{asks.team}"
    for key, alert in list(life.alerts.items()):
        if key != mine:
            life.put(key, alert._replace(state="CANCELLED", was=was_of(alert), reason=STAGE, urgency=None))
    for name, held in life.plans.items():
        if name != NAME:
            life.plans[name] = Planned(held.version, None, None)
    for mark in list(life.raised):
        if not mark.startswith(f"{KIND}/1/{STAGE}/"):
            del life.raised[mark]
    held = life.plans.get(NAME) or Planned(0, None, None)
    if held.basis is None:
        life.plans[NAME] = Planned(held.version + 1, life.today, life.today, teams=(asks.team,), rules=life.rules.hash)
        made = Alert(
            KIND, 1, STAGE, asks.team, held.version + 1, "PENDING", None, life.now, asks.rule, asks.action, None
        )
        life.tell(mine, made)


def lift(life: Life) -> None:
    """The mark is gone: the custodian is told that nothing is asked any more, and all is planned as for anybody."""
    held = life.plans.get(NAME)
    if held is not None and held.basis is not None:
        reconcile(life, NAME, 1, None, "PROTECTION_LIFTED")
