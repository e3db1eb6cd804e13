"""accountability.yaml: what the partnership answers for, as people write it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hub.core.withheld import PLAIN, REASONS
from hub.edges.policy_files import fault, read
from hub.edges.policy_words import Shape


class Accountability(Shape):
    """accountability.yaml."""

    review: dict[str, str]


def compiled(file: Path, teams: Iterable[str]) -> dict[str, Any]:
    """The file as the bundle carries it; whoever it names must be a team, and every reason one that there is."""
    told = read(file, Accountability)
    known = set(teams)
    for reason, team in told.review.items():
        if reason not in REASONS:
            raise fault(
                file,
                ("review", reason),
                f"unknown reason `{reason}`",
                f"write one of {', '.join(PLAIN)}, or MISSING:age and the like",
            )
        if team not in known:
            raise fault(file, ("review", reason), f"unknown team `{team}`", "see teams.yaml")
    return told.model_dump(mode="json")
