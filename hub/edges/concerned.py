"""Whom an alert may concern, as the policies say it: the ways in, offers of support, and people of other areas."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.core.routing import CIRCUMSTANCES
from hub.edges.policy_files import fault, read
from hub.edges.policy_models import AreasFile, Support, Team

Ways = Sequence[Mapping[str, Iterable[str]]]
Place = tuple[str | int, ...]


def check(
    file: Path, where: Place, asked: Iterable[str], ways: Ways, teams: Iterable[str], words: Mapping[str, Iterable[str]]
) -> None:
    """Each of the teams *asked* exists, and each of their *ways* in asks what can be known of a person."""
    if strange := [team for team in asked if team not in teams]:
        raise fault(file, where, f"unknown team `{strange[0]}`", "see teams.yaml")
    for number, way in enumerate(ways):
        if unknown := [name for name, told in way.items() if not set(told) <= set(words.get(name, ()))]:
            cure = f"write one of {', '.join(words.get(unknown[0], words))}"
            raise fault(file, (*where, number), f"unknown word in `{unknown[0]}`", cure)


def support(file: Path, teams: Iterable[str]) -> dict[str, Any]:
    """support.yaml as the bundle carries it."""
    told = read(file, Support)
    for where, team in (("panel", told.panel.team), ("protected", told.protected.team)):
        check(file, (where, "team"), (team,), (), teams, {})
    return told.model_dump(mode="json")


def areas(
    file: Path, teams: Mapping[str, Team], known: Iterable[str], clauses: Iterable[Mapping[str, Any]], ours: str
) -> dict[str, Any]:
    """areas.yaml as the bundle carries it: another authority has a team that the agreement named reaches."""
    told = read(file, AreasFile)
    check(file, ("home",), told.home, (), teams, {})
    check(file, ("both",), told.both, (), teams, {})
    check(file, ("away",), (told.duty.team,), told.away, teams, CIRCUMSTANCES)
    permits = {(clause["agreement"], team) for clause in clauses if _reaches(clause) for team in clause["teams"]}
    for name, reached in told.authorities.items():
        where = ("authorities", name)
        check(file, where, (reached.team,), (), teams, {})
        if name == ours:
            raise fault(file, where, f"`{name}` is the home authority", "name another, or leave the line out")
        if teams[reached.team].authority != name:
            raise fault(file, where, f"`{reached.team}` is not of `{name}`", f"write `authority: {name}` in teams.yaml")
        if reached.team in known and (reached.agreement, reached.team) not in permits:
            cure = "name the agreement by which it is told of alerts, or leave the line out: the duty desk is told then"
            raise fault(file, where, f"`{reached.agreement}` does not reach `{reached.team}`", cure)
    return told.model_dump(mode="json")


def _reaches(clause: Mapping[str, Any]) -> bool:
    """Whether the clause lets a team be told of something new; a correction alone does not."""
    told = [subject for subject in clause["subjects"] if subject.startswith("alert.") and subject != "alert.CORRECTION"]
    return clause["effect"] == "permit" and bool(told)
