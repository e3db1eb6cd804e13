"""`hub demo`."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hub import settings
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, eyes, say
from hub.place import Place


def demo(
    *,
    kafka: Annotated[bool, Parameter(negative="", help="on a real Kafka, found or started: the same result")] = False,
    people: Annotated[int, Parameter(help="how many people to make up")] = 1000,
    seed: Annotated[int, Parameter(help="the same seed makes the same year")] = 1,
    home: Annotated[Path | None, Parameter(help="the folder to leave it in (else HUB_HOME, else .hub)")] = None,
    keep: Annotated[bool, Parameter(negative="", help="with --kafka: leave it up, to look at, until Ctrl-C")] = False,
    serve: Annotated[
        bool | None, Parameter(help="then serve the console, with the hub at work beside it (else at a terminal only)")
    ] = None,
    as_json: Json = False,
) -> int:
    """
    Play a year of a made-up partnership: four agencies publish, agreements decide, teams are alerted in time.

    Everybody in it is made up. It leaves a home to look into with hub decisions, hub explain and hub tail, and at a
    terminal it ends by serving that home's console.

    Example: hub demo --people 200
    """
    from hub.demo.play import Options, run

    where = home or settings.read().home
    if serve and kafka:
        raise CommandError("--serve: for the demo on its own log; hint: leave --kafka out, or --serve", USAGE)
    code = run(Options(home=where, kafka=kafka, seed=seed, people=people, json=as_json, keep=keep))
    wanted = (sys.stdin.isatty() and eyes() and not (kafka or as_json)) if serve is None else serve
    return code or (_serve(where) if wanted else 0)


def _serve(home: Path) -> int:
    """The console of the demo's home, and whom to be there."""
    from hub.cli import console
    from hub.edges.home import open_home

    place = Place(home)
    say()
    say("Console  sign in as one of these; nobody needs a password")
    for one in console.those(place, open_home(home)):
        say(f"         {one.login:<22}{one.what}")
    return console.serve(run=True, place=place)
