"""`hub policy`: check the rules, make the keys that sign them, bring them into force."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from hub import words
from hub.cli import agreement_lint
from hub.cli.decisions import AsOf, now
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.policy_diff import agree, review
from hub.cli.screen import Json, counted, emit, note, say
from hub.place import HERE, Place, compiled
from hub.rulebook import meant, members
from hub.words import day

app = App(name="policy", help="Agreements and the other rules: check them, sign them, bring them into force.")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@app.command
def check(
    folder: Path | None = None,
    /,
    *,
    against: Annotated[str | None, Parameter(help="rules it is to follow: as OLD of `hub policy diff`")] = None,
    place: Place = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
) -> int:
    """
    Check a folder of policies (else those shipped with the hub): every line of every file.

    All that an agreement lacks is named, as `hub agreement lint` does, and what lapses within a month. With --against,
    also that amendment.yaml lists what the change from those rules opens, no more and no less.

    Example: hub policy check ./policies
    """
    lacking = agreement_lint.findings(*agreement_lint.placed(folder))
    for one in lacking:
        note(str(one))
    if lacking:
        return FAULT
    made = compiled(folder, members(place) if against else ())
    soon = agreement_lint.lapses(made, words.local(now(as_of)).date())
    told = {**_summary(made), "soon": soon}
    found = None if against is None else review(meant(against, place), made)
    if as_json:
        emit(told if found is None else {**told, "unlisted": found.unlisted, "idle": found.idle})
        return 0 if found is None or found.agreed else FAULT
    for line in soon:
        note(line)
    if found is not None:
        agree(found)
    say(f"ok: {counted(told['agreements'], 'agreement')} with {counted(told['rules'], 'rule')}")
    rules = f"{counted(told['permits'], 'permit')}, {counted(told['forbids'], 'forbid')}"
    say(f"    {rules}, for {told['teams']} teams of {told['agencies']} agencies")
    until = day(date.fromisoformat(told["valid_until"]))
    say(f"    {told['stages']} alert stages, {told['types']} event types; valid until {until}")
    say(f"    bundle {told['hash'][:12]} as its first version; next: hub policy activate --key FILE --key FILE")
    if found is not None:
        say(f"    against {against}: {counted(len(found.diff.opened), 'disclosure')} opened, all in the amendment")
    return 0


def _summary(made: dict[str, Any]) -> dict[str, Any]:
    from hub.wire.bundle import digest

    clauses = made["clauses"]
    return {
        "hash": digest(made),
        "agreements": len({clause["agreement"] for clause in clauses}),
        "rules": len(clauses),
        "permits": sum(clause["effect"] == "permit" for clause in clauses),
        "forbids": sum(clause["effect"] == "forbid" for clause in clauses),
        "teams": len(made["teams"]),
        "agencies": len(made["agencies"]),
        "stages": sum(map(len, made["stages"].values())),
        "types": len(made["vocabulary"]),
        "valid_until": made["valid_until"],
    }


@app.command
def keygen(
    name: str, /, *, to: Annotated[Path, Parameter(help="the folder to write them to")] = Path(), as_json: Json = False
) -> int:
    """
    Make the key pair of one information governance lead.

    The `.key` file is the lead's alone; the `.pub` file goes into the keys folder of the hub's home.

    Example: hub policy keygen amina --to ~/keys
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from hub.edges.home import write_pair
    from hub.wire.signing import key_id

    stem = f"ig-{name.removeprefix('ig-')}"
    if not NAME.fullmatch(stem):
        raise CommandError("NAME: not a word; hint: lower-case letters and digits, such as `amina`", USAGE)
    if any((to / f"{stem}{end}").exists() for end in (".key", ".pub")):
        raise CommandError(f"{to / stem}.key: there already; hint: name another, or move the old pair away")
    key = Ed25519PrivateKey.generate()
    to.mkdir(parents=True, exist_ok=True)
    write_pair(to, stem, key)
    if as_json:
        emit({"key": key_id(key.public_key()), "private": str(to / f"{stem}.key"), "public": str(to / f"{stem}.pub")})
        return 0
    say(f"{to / stem}.key: the private key, for {name} alone; keep it off this machine when you can")
    say(f"{to / stem}.pub: the public key {key_id(key.public_key())}, for the keys folder of the hub's home")
    return 0
