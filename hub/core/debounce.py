"""
A date far away settles before anybody is told that it moved (rule R7).

Its alerts are versioned anew at once, but for as long as the corrections wait, the rows before lie on a shelf. If the
date is back where it was by then, they stand again with their states, and nobody hears of the version between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hub.core.life import Life, saw
from hub.core.person import Alert, Planned

SHELF = "WAS:"
NO_NET_CHANGE = "NO_NET_CHANGE"  # why a version that nobody heard of has ended: for the audit trail alone


@dataclass(frozen=True, slots=True)
class Move:
    """
    A plan's date moves: from what teams believe, and whether it is far enough away to settle first.

    *saw* are the teams that were told last of another day than most *believed*; *back* those for whom the rows of the
    *shelf* stand again. Those are of the day *origin*, laid out for the teams in *stood_for*.
    """

    believed: date
    saw: Mapping[str, date]
    settles: bool
    back: frozenset[str]
    origin: date | None
    shelf: Mapping[str, Alert]
    stood_for: tuple[str, ...]

    def believes(self, team: str) -> date:
        """The day that *team* was told last."""
        return self.saw.get(team, self.believed)


def move(life: Life, name: str, old: Planned, kind: str, day: date) -> Move:
    """The plan called *name*, so far *old*, is now for *day*; what lay on its shelf is taken along."""
    unsaid = old.basis is None or old.settles_at is not None or _waits(life, name)  # or else all know of the day so far
    believed = (old.told if unsaid else old.basis) or day
    saw = {team: date.fromisoformat(at) for team, _, at in (one.partition("/") for one in old.saw if unsaid)}
    near = min((one - life.today).days for one in (old.stood_on or believed, day))
    settles = kind == "RELEASE" and old.basis is not None and near > life.rules.limits.debounce_days
    live = life.live(name)
    if old.settles_at is None:
        return Move(believed, saw, settles, frozenset(), old.basis, live, old.teams)
    told = {alert.team for alert in live.values() if alert.state != "PENDING"}
    shelf = {key: alert for key, alert in take_down(life, name).items() if alert.team not in told}
    stood_for = tuple(team for team in old.stood_for if team not in told)
    # The duty desk may know, and have no stages.
    back = {*stood_for, *(alert.team for alert in shelf.values())} if day == old.stood_on else ()
    return Move(believed, saw, settles, frozenset(back), old.stood_on, shelf, stood_for)


def _waits(life: Life, name: str) -> bool:
    return any(alert.state == "PENDING" for alert in life.live(f"CORRECTION:{name}").values())


def hear(life: Life, name: str, team: str, day: date | None) -> None:
    """*team* has read that the plan called *name* is now for *day*: so much is remembered until all have."""
    held = life.plans.get(name)
    if held is not None and held.basis is not None and held.basis == day:
        life.plans[name] = held._replace(saw=saw(held, team, day))
        _agree(life, name)


def _agree(life: Life, name: str) -> None:
    """Once nothing of it settles or waits any more, all who know of a plan believe in its day."""
    held = life.plans[name]
    if held.basis is not None and held.settles_at is None and not _waits(life, name):
        life.plans[name] = held._replace(told=held.basis, saw=())


def shelve(life: Life, name: str, moved: Move, old: Planned, until: int) -> None:
    """Lay the rows before on the shelf of the plan called *name*; what lay there already goes on lying as long."""
    for key, alert in moved.shelf.items():
        shelved = alert if alert.state == "SUPERSEDED" else alert._replace(state="SUPERSEDED", was=alert.state)
        life.alerts[SHELF + key] = shelved
    until, held = old.settles_at or until, life.plans[name]
    life.plans[name] = held._replace(settles_at=until, stood_on=moved.origin, stood_for=moved.stood_for)
    life.plan_again(until)


def restore(life: Life, moved: Move, wanted: Mapping[str, object]) -> None:
    """The rows before stand again; those of teams not *wanted*, or no longer until now, only where they were told."""
    for key, alert in moved.shelf.items():
        if alert.was and (alert.was != "PENDING" or (alert.team in moved.back and alert.team in wanted)):
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
            _agree(life, name)
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
