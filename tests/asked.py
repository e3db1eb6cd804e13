"""A worked case put to the oracle, and its answer compared as the hub's is."""

from hub import scenarios
from hub.simulate.oracle.relive import Arrival, relive

VERSIONED = {"RELEASE", "TRANSITION"}


def differences(case, kinds):
    """Where the oracle's lines of these kinds differ from those that the case expects, in plain words."""
    until = scenarios._instant(case["as_of"])
    told = sorted(scenarios._events(case), key=lambda told: told[0])
    lived = relive([Arrival(heard, event) for heard, _, event in told], until)
    lives = {handle: oracle.lines for handle, oracle in lived.people.items()}
    wanted = [(_told(scenarios._expected(told)), told) for told in case["expected"]]
    inside = _scope([row for row, _ in wanted])
    had = [
        row(line) | {"person": handle}
        for handle, lines in lives.items()
        for line in lines
        if line.kind in kinds and inside(line)
    ]
    asked = [pair for pair in wanted if pair[0]["kind"] in kinds]
    return list(scenarios._compare([row for row, _ in asked], had, [told for _, told in asked]))


def _told(row):
    """Answers and escalations are not the oracle's: such an alert was raised."""
    return row | {"state": "RAISED" if row["state"] in {"ACKNOWLEDGED", "ESCALATED", "CLOSED"} else row["state"]}


def _scope(rows):
    kinds, teams = {row["kind"] for row in rows}, {row["team"] for row in rows}
    teams |= {"PROB", "YJS"} if "RELEASE" in kinds else set()
    return lambda line: not rows or (line.kind in kinds and line.team in teams)


def row(line):
    return {
        "kind": line.kind,
        "stage": line.stage,
        "team": line.team,
        "version": line.version if line.kind in VERSIONED else 1,
        "state": "RAISED" if line.state == "CLOSED" else line.state,
        "was": line.was,
        "due": line.due,
        "reason": line.reason,
        "urgent": line.urgent and line.state != "CLOSED",  # an alert that is over is urgent no more
        "catch_up": line.catch_up,
    }
