"""`hub policy`: check the rules, make the keys that sign them, bring them into force."""

import re
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from hub.cli.faults import UNREACHED, USAGE, CommandError
from hub.cli.keys import private_key
from hub.cli.place import HERE, Place, bundles, compiled
from hub.cli.screen import Json, counted, emit, note, say
from hub.words import day

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from hub.log import Out

app = App(name="policy", help="Agreements and the other rules: check them, sign them, bring them into force.")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@app.command
def check(folder: Path | None = None, /, *, as_json: Json = False) -> int:
    """
    Check a folder of policies (else those shipped with the hub): every line of every file.

    Example: hub policy check ./policies
    """
    told = _summary(compiled(folder))
    if as_json:
        emit(told)
        return 0
    say(f"ok: {counted(told['agreements'], 'agreement')} with {counted(told['rules'], 'rule')}")
    rules = f"{counted(told['permits'], 'permit')}, {counted(told['forbids'], 'forbid')}"
    say(f"    {rules}, for {told['teams']} teams of {told['agencies']} agencies")
    until = day(date.fromisoformat(told["valid_until"]))
    say(f"    {told['stages']} alert stages, {told['types']} event types; valid until {until}")
    say(f"    bundle {told['hash'][:12]} as its first version; next: hub policy activate --key FILE --key FILE")
    return 0


def _summary(made: dict[str, Any]) -> dict[str, Any]:
    from hashlib import sha256

    from hub.wire.bundle import canonical

    clauses = made["clauses"]
    return {
        "hash": sha256(canonical(made)).hexdigest(),
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
    from hub.wire.bundle import key_id

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


@app.command
def activate(
    folder: Path | None = None,
    /,
    *,
    key: Annotated[list[Path] | None, Parameter(help="the private key of an IG lead; give two or more")] = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Sign a folder of policies (else those shipped with the hub) and bring it into force, in one transaction.

    Each partition of the hub takes the new rules at one point of its log; everything decided before stands. A hub with
    made-up data holds its leads' keys itself and needs no --key.

    Example: hub policy activate --key ig-amina.key --key ig-ben.key
    """
    from hub.wiring import schemas

    known = schemas()
    held = bundles(known, place.reader())
    last = max((made["sequence"] for made in held.values()), default=0)
    teams = place.teams()
    if any(made == compiled(folder, teams, made["sequence"]) for made in held.values() if made["sequence"] == last):
        line = f"already in force as number {last}: nothing to do"
        return _told({"sequence": last, "activated": False}, as_json, line)
    signed = _signed(compiled(folder, teams, last + 1), _keys(place, key or []), place)
    partitions = _append(place, signed["hash"], known.encode("rules.activated", signed))
    made = {"sequence": last + 1, "hash": signed["hash"], "partitions": partitions, "activated": True}
    where = counted(partitions, "partition")
    return _told(made, as_json, f"rules number {last + 1}, bundle {signed['hash'][:12]}: in the log of {where}")


def _told(made: dict[str, Any], as_json: bool, line: str) -> int:
    if as_json:
        emit(made)
    else:
        say(line)
    return 0


def _signed(made: dict[str, Any], keys: "Iterable[Ed25519PrivateKey]", place: Place) -> dict[str, Any]:
    """The signed record, refused here when this hub's home would refuse it there."""
    from hub.edges.home import HomeError
    from hub.wire.bundle import sign
    from hub.wiring import opener

    values = sign(made, time.time_ns() // 1000, keys)
    try:
        trusted = place.open().trusted()
    except HomeError:
        if not place.on_kafka:
            raise
        note("no home here: whether the hub trusts these keys shows when it reads the rules")
    else:
        opener(lambda: trusted)(values, True)
    return values


def _keys(place: Place, files: Iterable[Path]) -> "list[Ed25519PrivateKey]":
    from hub.wire.bundle import NEEDED

    files = list(files)
    if not files and not place.on_kafka and (home := place.open()).synthetic:
        return home.signers()
    keys = [private_key(file) for file in files]
    if len(keys) < NEEDED:
        hint = f"give --key FILE {NEEDED} times; `hub policy keygen NAME` makes a pair"
        raise CommandError(f"--key: {len(keys)} of {NEEDED} keys; hint: {hint}", USAGE)
    return keys


def _append(place: Place, digest: str, value: bytes) -> int:
    """Put the rules into every partition and into the rules topic, in one transaction; how many partitions that was."""
    if place.on_kafka:
        return _append_kafka(place, digest, value)
    home = place.open()
    log = place.log(home)
    log.append(_outs(digest, value, home.partitions))
    log.close()
    return home.partitions


def _outs(digest: str, value: bytes, partitions: int) -> "list[Out]":
    from hub import topics
    from hub.log import Out

    taken = [Out(topics.PERSON, number, None, value, ()) for number in range(partitions)]
    return [*taken, Out(topics.RULES, 0, digest.encode(), value, ())]


def _append_kafka(place: Place, digest: str, value: bytes) -> int:
    from kafka import KafkaProducer

    from hub import topics

    producer = KafkaProducer(
        bootstrap_servers=place.broker, **place.auth, transactional_id="hub.rules", max_block_ms=30_000
    )
    try:
        producer.init_transactions()
        partitions = len(producer.partitions_for(topics.PERSON) or ())
        if not partitions:
            raise CommandError(f"{topics.PERSON}: no such topic; hint: start `hub run --kafka` first", UNREACHED)
        producer.begin_transaction()
        outs = _outs(digest, value, partitions)
        for one in [producer.send(out.topic, value=out.value, key=out.key, partition=out.partition) for out in outs]:
            one.get(timeout=30)
        producer.commit_transaction()
    finally:
        producer.close(timeout=5)
    return partitions
