"""
A plan at rest: while somebody is unlawfully at large nothing of their release falls due, and on return it goes on.

Rows keep their dates, versions and states; only the instant at which they would be told is put off (section 2.2).
"""

from hub.core.alerts import history
from hub.core.debounce import NO_NET_CHANGE
from hub.core.life import Life
from hub.core.person import Alert
from hub.core.release import attended
from hub.core.view import View

NEVER = 1 << 62  # microseconds: later than any instant, and still an integer of 64 bits


def rest(life: Life, name: str) -> None:
    """Put off what is pending of the plan called *name*, and the corrections of it; no clock of it runs on."""
    for key, alert in (life.live(name) | life.live(f"CORRECTION:{name}")).items():
        if alert.state != "PENDING":
            life.alerts[key] = alert._replace(rings=(), again_at=None)
        elif alert.due_at != NEVER:
            if alert.kind == "CORRECTION":  # told on return, if at all: with its instant it is another alert
                life.put(key, alert._replace(state="SUPERSEDED", was="PENDING", reason=NO_NET_CHANGE))
            life.alerts[key] = alert._replace(due_at=NEVER)


def wake(life: Life) -> None:
    """Every row that rested has its instant again: the one of its day, or now for what had none."""
    resting = [(key, alert) for key, alert in life.alerts.items() if alert.due_at == NEVER]
    hours = {stage.name: stage.hour for stage in life.rules.release} if resting else {}
    for key, alert in resting:
        day, hour = alert.due_on, hours.get(alert.stage, 9)
        due = life.now if day is None else life.rules.calendar.instant(day, hour)
        life.alerts[key] = alert._replace(due_at=due)


def catch_up(life: Life, name: str, seen: View) -> None:
    """
    Of what a team missed meanwhile it is told the last, unless something falls due today (rule R8).

    Of a day that is history by then it is told nothing.
    """
    if not any(one.state == "PENDING" and one.due_on and one.due_on < life.today for one in life.alerts.values()):
        return
    held = life.plans.get(name)
    past = held is not None and held.basis is not None and history(life, held.basis)
    rows = sorted((alert.due_at, key) for key, alert in life.live(name).items() if alert.state == "PENDING")
    last = {life.alerts[key].team: key for _, key in rows if (day := life.alerts[key].due_on) and day <= life.today}
    for _, key in rows:
        alert = life.alerts[key]
        if alert.due_on is None or alert.due_on >= life.today:
            continue
        if past:
            life.put(key, alert._replace(state="CANCELLED", was="PENDING", reason="EPISODE_CLOSED"))
        elif last[alert.team] == key and not _kept(life, alert, seen):
            life.tell(key, alert._replace(due_on=None, due_at=life.now, catch_up=True))
        else:
            life.put(key, alert._replace(state="SKIPPED"))


def _kept(life: Life, alert: Alert, seen: View) -> bool:
    """Whether *alert* asks after an appointment that was kept."""
    stage, day = life.rules.stage(alert.kind, alert.stage), alert.basis
    asks = stage is not None and stage.unless == "appointment.attended"
    return asks and day is not None and attended(seen, day, life.rules)
