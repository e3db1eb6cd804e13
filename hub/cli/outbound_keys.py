"""`hub outbound keygen`, `rotate` and `verifier`: what a receiver knows the hub by."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from hub import words
from hub.cli.faults import USAGE, CommandError
from hub.cli.outbound import Name, one
from hub.cli.screen import Json, emit, note, say
from hub.place import HERE, Place

if TYPE_CHECKING:
    from hub.outbound.keys import Key

Days = Annotated[int, Parameter(help="how long the old key signs beside the new one; 0 where it is compromised")]


def keygen(name: Name, /, *, place: Place = HERE, as_json: Json = False) -> int:
    """
    Make the key by which webhooks to an endpoint are signed, and print its public half for the receiver.

    Example: hub outbound keygen prob-cases
    """
    from hub.outbound import keys

    file = _key_file(name, place)
    _told_keys(name, [keys.keygen(file)], as_json)
    return 0


def rotate(
    name: Name,
    /,
    *,
    days: Annotated[
        int, Parameter(help="how long the old key signs beside the new one; 0 where it is compromised")
    ] = 7,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Make a new key for an endpoint; for some days both sign, so that the receiver may change in its own time.

    Example: hub outbound rotate prob-cases --days 14
    """
    from time import time

    from hub.outbound import keys

    if not 0 <= days <= 90:
        raise CommandError("--days: not between 0 and 90; hint: 7 to 14 for a receiver with people to ask", USAGE)
    _told_keys(name, keys.rotate(_key_file(name, place), time(), days), as_json)
    return 0


def verifier() -> int:
    """
    Print what a receiver checks webhooks with: one file of Python that needs `cryptography` and nothing of the hub.

    Example: hub outbound verifier > verify_webhook.py
    """
    from hub.outbound import verifier

    print(Path(verifier.__file__).read_text("utf-8"), end="")
    return 0


def _key_file(name: str, place: Place) -> Path:
    from hub.outbound import keys

    home = place.open()
    if name not in one(name, home)[1].webhooks:
        raise CommandError(f"{name}: a mailbox needs no key; hint: keys are for webhooks", USAGE)
    return keys.file(home.path, name)


def _told_keys(name: str, held: "Sequence[Key]", as_json: bool) -> None:
    if as_json:
        emit({"endpoint": name, "keys": [key.told() for key in held]})
        return
    for key in held:
        say(f"{name}: {key.public}{f', until {words.moment(int(key.until * 1_000_000))}' if key.until else ''}")
    note("next: give the receiver every line, by a way it trusts; `hub outbound verifier` prints what checks them")
