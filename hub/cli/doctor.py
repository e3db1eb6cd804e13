"""`hub doctor`: what stands between an agency and the hub."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from hub.cli import logs
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.screen import Json, counted, emit, note, say
from hub.place import HERE, Place

if TYPE_CHECKING:
    from hub.rulebook import Bundle


def doctor(
    *,
    agency: Annotated[str, Parameter(name="--as", help="the agency, such as GMP")],
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Test an agency's connection: broker, sign-in, right to write, schemas, clock; each fault with its cure.

    On Kafka run it where the connector runs, with the connector's own settings. It sends one record in a transaction
    that it aborts, so nobody reads it, and shuts no running connector out. It exits 1 when something is in the way.

    Example: hub doctor --as GMP --kafka
    """
    logs.start("error")
    from hub.intake.doctor import examined
    from hub.wiring import schemas

    code, known = agency.upper().replace("-", "_"), place.agencies()
    if code not in known:
        raise CommandError(f"{agency}: no such agency; hint: one of {', '.join(known)}", USAGE)
    found = []
    for one in examined(place, code, schemas(), _rules(place)):
        found.append(one)
        if not as_json:
            say(f"{one.state:<4}  {one.says}")
            if one.cure:
                say(f"      -> {one.cure}")
    faults = sum(one.bad for one in found)
    if as_json:
        emit([one._asdict() for one in found])
    else:
        note(counted(faults, "fault"))
    return FAULT if faults else 0


def _rules(place: Place) -> "Bundle | None":
    """The rules in force, where whoever asks may read them."""
    from kafka.errors import KafkaError

    from hub.edges.home import HomeError
    from hub.edges.reader import ReadError
    from hub.rulebook import in_force

    try:
        return in_force(place)
    except (KafkaError, ReadError, HomeError):
        return None
