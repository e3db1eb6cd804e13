"""`hub demo`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hub import settings
from hub.cli.screen import Json


def demo(
    *,
    kafka: Annotated[bool, Parameter(negative="", help="on a real Kafka, found or started: the same result")] = False,
    people: Annotated[int, Parameter(help="how many people to make up")] = 1000,
    seed: Annotated[int, Parameter(help="the same seed makes the same year")] = 1,
    home: Annotated[Path | None, Parameter(help="the folder to leave it in (else HUB_HOME, else .hub)")] = None,
    keep: Annotated[bool, Parameter(negative="", help="with --kafka: leave it up, to look at, until Ctrl-C")] = False,
    as_json: Json = False,
) -> int:
    """
    Play a year of a made-up partnership: four agencies publish, agreements decide, teams are alerted in time.

    Everybody in it is made up. It leaves a home to look into with hub decisions, hub explain and hub tail.

    Example: hub demo --people 200
    """
    from hub.demo.play import Options, run

    where = home or settings.read().home
    return run(Options(home=where, kafka=kafka, seed=seed, people=people, json=as_json, keep=keep))
