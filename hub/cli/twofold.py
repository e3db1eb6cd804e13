"""Two-person control at the command line: two leads sign one request, together or one after the other."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub import words
from hub.cli.decisions import now
from hub.cli.faults import USAGE, CommandError
from hub.cli.keys import private_key
from hub.cli.screen import note
from hub.place import Place

if TYPE_CHECKING:
    from hub.edges.home import Home
    from hub.log import Out

ASKED = ("what", "person", "entries", "since", "until", "of", "by", "second", "reason")
ROLE = re.compile(r"[A-Z][A-Z0-9_]{1,39}")


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Control:
    """Who asks, who is the second person, why, and their keys."""

    reason: Annotated[str | None, Parameter(help="why: a code of policies/accountability.yaml")] = None
    by: Annotated[str | None, Parameter(help="who asks: a role such as IG_LEAD, never a name")] = None
    second: Annotated[str | None, Parameter(help="the second person: another role, such as CALDICOTT_GUARDIAN")] = None
    key: Annotated[
        tuple[Path, ...], Parameter(help="a signer's private key; twice, or once each by way of --request")
    ] = ()
    request: Annotated[
        Path | None, Parameter(help="a file in which the signed request waits for, or comes from, the other person")
    ] = None

    @property
    def waiting(self) -> bool:
        """Whether a request of the first person lies there."""
        return self.request is not None and self.request.exists()


ALONE = Control()


def agreed(
    kind: str, asked: Mapping[str, Any], control: Control, reasons: Iterable[str], place: Place
) -> dict[str, Any] | None:
    """
    The request with the signatures of two people; None when it waits in the request file for the second.

    *asked* is what is asked beside by whom and why; a request that lies there already says it all itself.
    """
    from hub.wire import twofold

    home, file = place.open(), control.request
    values = _waiting(kind, file) if file is not None and control.waiting else _begun(asked, control)
    _checked(values, reasons)
    values["id"] = twofold.named(kind, values)
    keys = [private_key(path) for path in control.key]
    if not keys and home.synthetic:
        keys = home.signers()
    if not keys:
        raise CommandError(
            "--key: none; hint: each of the two people gives the .key file of `hub policy keygen`", USAGE
        )
    values["signatures"] = [*values["signatures"], *(twofold.sign(kind, values, key) for key in keys)]
    trusted = home.trusted()
    if file is not None and len(twofold.signers(kind, values, trusted)) == 1:
        _lay_down(kind, values, file)
        return None
    twofold.check(kind, values, trusted)
    return values


def _begun(asked: Mapping[str, Any], control: Control) -> dict[str, Any]:
    told = {"by": control.by or "", "second": control.second or "", "reason": control.reason}
    return {**asked, **told, "at": now(None), "signatures": []}


def _checked(values: Mapping[str, Any], reasons: Iterable[str]) -> None:
    """Whichever way it came, a request says a reason that is one, and two roles, not people."""
    because(values["reason"], reasons)
    for name in ("by", "second"):
        role(name, values[name])
    if values["by"] == values["second"]:
        raise CommandError("--second: the same role; hint: a second person in a role of their own", USAGE)


def because(reason: str | None, reasons: Iterable[str]) -> str:
    """Why, if it is one of *reasons*."""
    known = list(reasons)
    if reason not in known:
        raise CommandError(f"--reason: {'unknown' if reason else 'missing'}; hint: one of {', '.join(known)}", USAGE)
    return str(reason)


def role(option: str, told: object) -> str:
    """Who asks, if it is a role and no person."""
    if not ROLE.fullmatch(str(told)):
        hint = "name a role such as IG_LEAD or CALDICOTT_GUARDIAN, never a person"
        raise CommandError(f"--{option}: {'not a role' if told else 'missing'}; hint: {hint}", USAGE)
    return str(told)


def _waiting(kind: str, file: Path) -> dict[str, Any]:
    from hub.wire.twofold import DAY

    try:
        told = json.loads(file.read_text("utf-8"))
        values: dict[str, Any] = told["values"]
        values["signatures"] = [{**one, "signature": bytes.fromhex(one["signature"])} for one in values["signatures"]]
        fresh = told["kind"] == values["what"] == kind and now(None) - values["at"] < DAY
        shown = [f"{name} {values[name]}" for name in ASKED if values.get(name) is not None]
    except (ValueError, KeyError, TypeError) as bad:
        raise CommandError(f"{file}: not a request; hint: the first person makes it with --request", USAGE) from bad
    if not fresh:
        raise CommandError(f"{file}: not of this kind, or older than a day; hint: the first person asks anew", USAGE)
    note(f"{file}: asked {words.minute(values['at'])}: {', '.join(shown)}")
    return values


def _lay_down(kind: str, values: Mapping[str, Any], file: Path) -> None:
    signed = [{**one, "signature": one["signature"].hex()} for one in values["signatures"]]
    file.write_text(json.dumps({"kind": kind, "values": {**values, "signatures": signed}}, indent=2) + "\n", "utf-8")
    note(f"{file}: signed by one of two; next, within a day: the same command, --request {file} and the other's --key")


def commit(place: Place, home: "Home", outs: "list[Out]") -> None:
    """Append records to the hub's log, and return once they are there."""
    if place.on_kafka:
        from hub.edges.appending import append

        append(place.broker, place.auth, "hub.access", lambda count: outs)
        return
    log = place.log(home)
    try:
        log.append(outs)
    finally:
        log.close()
