"""`hub init`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hub import settings
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.screen import Json, counted, emit, say
from hub.place import shipped

MOST = 1024


def init(
    home: Annotated[Path | None, Parameter(help="the new folder (else HUB_HOME, else .hub)")] = None,
    /,
    *,
    partitions: Annotated[int, Parameter(help="how many; the number cannot change later")] = 4,
    policies: Annotated[Path | None, Parameter(help="a folder of policies (else those shipped with the hub)")] = None,
    as_json: Json = False,
) -> int:
    """
    Make a new hub: a folder with its membership and its keys.

    Who belongs comes from partnership.yaml and teams.yaml of the policies.

    Example: hub init /srv/hub --partitions 12
    """
    made = make(home or settings.read().home, partitions, policies)
    if as_json:
        emit({"home": str(made), "partitions": partitions})
        return 0
    agencies, teams = shipped(policies)
    say(f"{made}: a new hub of {counted(len(agencies), 'agency', 'agencies')} and {counted(len(teams), 'team')}")
    say(f"keys: {made}/keys (keep a copy: without recipients.key no team's pseudonym can be opened again)")
    say("next: two information governance leads make a key pair each, and sign the rules")
    say(f"      hub policy keygen NAME --to {made}/keys")
    say(f"      hub policy activate --key {made}/keys/ig-ONE.key --key {made}/keys/ig-TWO.key --home {made}")
    say(f"      hub run --home {made}")
    return 0


def make(home: Path, partitions: int, policies: Path | None = None) -> Path:
    """Make the home, or say why not."""
    from hub.edges.home import HomeError, create

    if not 1 <= partitions <= MOST:
        raise CommandError(f"--partitions: not between 1 and {MOST}; hint: 4 for a pilot, 12 for an area", USAGE)
    agencies, teams = shipped(policies)
    try:
        return create(home, agencies, teams, partitions).path
    except HomeError as there:
        raise CommandError(str(there), FAULT) from there
