"""
A date far away settles before anybody is told that it moved (rule R7).

Its alerts are versioned anew at once, but for as long as the corrections wait, the rows before lie on a shelf. If the
date is back where it was by then, they stand again with their states, and nobody hears of the version between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hub.core.life import Life
from hub.core.person import Alert, Planned

SHELF = "WAS:"
NO_NET_CHANGE = "NO_NET_CHANGE"  # why a version that nobody heard of has ended: for the audit trail alone


@dataclass(frozen=True, slots=True)
class Move:
    """
    A plan's date moves: from what teams believe, and whether it is far enough away to settle first.

    *saw* are the days between that teams were told an alert of, *back* the teams for whom the one before stands again.
    """

    believed: date
    settles: bool
    saw: Mapping[str, date]
    back: frozenset[str]
    shelf: Mapping[str, Alert]


def move(life: Life, name: str, old: Planned, kind: str, day: date) -> Move:
    """The plan called *name*, so far *old*, is now for *day*; what lay on its shelf is taken along."""
    waits = any(alert.state == "PENDING" for alert in life.live(f"CORRECTION:{name}").values())
    believed = old.stood_on or (old.told if waits or old.basis is None else None) or old.basis or day
    near = min((one - life.today).days for one in (believed, day))
    settles = kind == "RELEASE" and old.basis is not None and near > life.rules.limits.debounce_days
    if old.settles_at is None:
        return Move(believed, settles, {}, frozenset(), life.live(name))
    home = old.basis == old.stood_on  # the version before stands again, but for those who were told of another day
    shelf, live = take_down(life, name), life.live(name)
    between = _between(shelf, live, home)
    saw = {alert.team: alert.basis or day for alert in between.values()}
    knew = {*old.stood_for, *(alert.team for alert in shelf.values())}  # the duty desk may know, and have no stages
    back = frozenset(knew - saw.keys() if day == old.stood_on else ())
    before = {key: alert for key, alert in (live if home else shelf).items() if alert.team not in saw}
    return Move(believed, settles, saw, back, before | between)


def _between(shelf: Mapping[str, Alert], live: Mapping[str, Alert], home: bool) -> dict[str, Alert]:
    """What each team was told last of the versions between; never to stand again, it says who saw which day."""
    misled = {alert.team for alert in shelf.values() if alert.was is None}
    told = {key: alert for key, alert in live.items() if alert.state != "PENDING"}
    told = {key: alert for key, alert in told.items() if alert.team in misled or not home}
    news = {alert.team for alert in told.values()}
    before = {key: alert for key, alert in shelf.items() if alert.was is None and alert.team not in news}
    return before | {key: alert._replace(state="SUPERSEDED", was=None) for key, alert in told.items()}


def shelve(life: Life, name: str, moved: Move, old: Planned, until: int) -> None:
    """Lay the rows before on the shelf of the plan called *name*; what lay there already goes on lying as long."""
    for key, alert in moved.shelf.items():
        shelved = alert if alert.state == "SUPERSEDED" else alert._replace(state="SUPERSEDED", was=alert.state)
        life.alerts[SHELF + key] = shelved
    if old.settles_at is None or old.basis == old.stood_on:
        teams = old.teams
    else:
        until, teams = old.settles_at, old.stood_for
    life.plans[name] = life.plans[name]._replace(settles_at=until, stood_on=moved.believed, stood_for=teams)
    life.plan_again(until)


def restore(life: Life, name: str, moved: Move, old: Planned, wanted: Mapping[str, object]) -> None:
    """
    The rows before stand again; those of teams not *wanted*, or no longer until now, only where they were told.

    What was told of the version between goes on lying there: it never stands again, but says who saw which day.
    """
    for key, alert in moved.shelf.items():
        if alert.was is None:
            life.alerts[SHELF + key] = alert
            settling = life.plans[name]._replace(settles_at=old.settles_at, stood_on=moved.believed)
            life.plans[name] = settling._replace(stood_for=old.stood_for)
        elif alert.was != "PENDING" or (alert.team in moved.back and alert.team in wanted):
            life.put(key, alert._replace(state=alert.was, was="SUPERSEDED"))
            life.alerts[key] = alert._replace(state=alert.was, was=None)


def take_down(life: Life, name: str) -> dict[str, Alert]:
    """Empty the shelf of the plan called *name*; what lay there, by the keys it had."""
    held = life.plans.get(name)
    if held is None or held.settles_at is None:
        return {}
    life.plans[name] = held._replace(settles_at=None, stood_on=None, stood_for=())
    return {key: life.alerts.pop(SHELF + key) for key in list(_shelved(life, name))}


def settle(life: Life) -> None:
    """Empty each shelf whose time is over, and come back for the others."""
    for name, held in list(life.plans.items()):
        if held.settles_at is not None and life.now >= held.settles_at:
            take_down(life, name)
        elif held.settles_at is not None:
            life.plan_again(held.settles_at)


def _shelved(life: Life, name: str) -> list[str]:
    start = f"{SHELF}{name}/"
    return [key.removeprefix(SHELF) for key in life.alerts if key.startswith(start)]


def forget(life: Life, name: str, team: str) -> None:
    """Nothing of *team* is to come back from the shelf of the plan called *name*."""
    for key in _shelved(life, name):
        if life.alerts[SHELF + key].team == team:
            del life.alerts[SHELF + key]
