"""A worked case put to the oracle, and its answer compared as the hub's is."""

from shipped import rules

from hub import scenarios
from hub.simulate.oracle.relive import Arrival, relive

VERSIONED = {"RELEASE", "TRANSITION"}


def differences(case, kinds):
    """Where the oracle's lines of these kinds differ from those that the case expects, in plain words."""
    until = scenarios._instant(case["as_of"])
    told = sorted(scenarios._events(case), key=lambda told: told[0])
    told = [(heard, each) for heard, _, event in told for each in scenarios._by_team(event, rules())]
    lived = relive([Arrival(heard, event) for heard, event in told], until)
    lives = {handle: oracle.lines for handle, oracle in lived.people.items()}
    wanted = [(scenarios._expected(told), told) for told in case["expected"]]
    inside = _scope([row for row, _ in wanted])
    had = [
        row(line) | {"person": handle}
        for handle, lines in lives.items()
        for line in lines
        if line.kind in kinds and inside(line) and not _unsaid(line)
    ]
    asked = [pair for pair in wanted if pair[0]["kind"] in kinds]
    return list(scenarios._compare([row for row, _ in asked], had, [told for _, told in asked]))


def _scope(rows):
    kinds, teams = {row["kind"] for row in rows}, {row["team"] for row in rows}
    teams |= {"PROB", "YJS"} if "RELEASE" in kinds else set()
    return lambda line: not rows or (line.kind in kinds and line.team in teams)


def _unsaid(line):
    """A correction that another one overtook before anybody heard of it: the hub's cases leave it out as well."""
    return (line.kind, line.state, line.was) == ("CORRECTION", "SUPERSEDED", "PENDING")


def _state(line):
    """As the hub names it: what was told may have been answered, or somebody above has heard of it."""
    known = "ACKNOWLEDGED" if line.answer else "ESCALATED" if line.level else line.state
    return known if line.state == "RAISED" else line.state


def row(line):
    return {
        "kind": line.kind,
        "stage": line.stage,
        "team": line.team,
        "version": line.version if line.kind in VERSIONED else 1,
        "state": _state(line),
        "was": line.was,
        "due": line.due,
        "reason": line.reason,
        "urgent": line.urgent,
        "catch_up": line.catch_up,
    }
