"""`hub policy build`, `sign` and `activate`: one bundle, signed by two leads apart, in force through the log."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub import words
from hub.cli.decisions import instant
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.keys import private_key
from hub.cli.policy_diff import agree, review, show
from hub.cli.screen import Json, counted, emit, note, say
from hub.place import HERE, Place, compiled
from hub.rulebook import Bundle, in_force, meant, members, rules_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from hub.edges.bundle_file import SignedBundle
    from hub.log import Out

Keys = Annotated[list[Path] | None, Parameter(help="the private key of an IG lead; give two or more")]


def build(
    folder: Path | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(help="the file to write")] = Path("rules.bundle"),
    after: Annotated[str | None, Parameter(help="the rules it follows (else those in force), as a bundle file")] = None,
    start: Annotated[
        str | None, Parameter(name="--from", help="not before this London date or time (else now)")
    ] = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Compile a folder of policies (else those shipped with the hub) to one bundle, for the leads to sign.

    It names the rules it follows, and may be activated within four weeks. What it opens must be in amendment.yaml.

    Example: hub policy build ./policies --out rules.bundle
    """
    from hub.edges.bundle_file import save

    before = in_force(place) if after is None else meant(after, place)
    since = _now() if start is None else instant(start, "--from")
    made = _issued(compiled(folder, members(place)), before, since, place)
    agree(review(before, made.bundle))
    save(out, made)
    if as_json:
        emit({**_facts(made.bundle), "file": str(out)})
        return 0
    say(f"{out}: {_summary(made.bundle)}, to be activated by {words.iso(made.bundle['activate_by'])}")
    say(f"next: each lead, on a machine of their own: hub policy sign {out} --key FILE")
    return 0


def sign(
    file: Path,
    /,
    *,
    key: Annotated[Path | None, Parameter(help="your private key; without it the change is only shown")] = None,
    yes: Annotated[bool, Parameter(negative="", help="sign without being asked")] = False,
    as_json: Json = False,
) -> int:
    """
    Show what a bundle changes, and sign it.

    The bundle holds the rules it follows, so this needs no hub: take the file to your own machine, sign, pass it on.

    Example: hub policy sign rules.bundle --key ig-amina.key
    """
    from hub.edges.bundle_file import load, save

    made = load(file)
    found = review(made.previous, made.bundle)
    if not as_json:
        show(found, made.previous, made.bundle)
        _show_amendment(made.bundle)
    agree(found)
    if key is not None:
        made = made.signed(private_key(key))
        _confirm(yes)
        save(file, made)
    if as_json:
        emit({**_facts(made.bundle), "signed": [one["key"] for one in made.signatures]})
        return 0
    say(f"{_summary(made.bundle)}: {counted(len(made.signatures), 'signature')}")
    return 0


def activate(
    source: Path | None = None,
    /,
    *,
    key: Keys = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Bring a signed bundle into force, in one transaction.

    Each partition of the hub takes the new rules at one point of its log; everything decided before stands. For a
    folder of policies (else those shipped with the hub) the bundle is built and signed here, with two keys; a hub with
    made-up data holds its leads' keys itself and needs no --key.

    Example: hub policy activate rules.bundle
    """
    from hub.wire.bundle import content, digest

    before = in_force(place)
    ready = _signed_file(source, key or []) if source is not None and source.is_file() else None
    new = ready.bundle if ready else compiled(source, place.teams())
    same = before and (digest(new) == digest(before) if ready else content(new) == content(before))
    if before and same:
        told = {"sequence": before["sequence"], "activated": False}
        return _told(told, as_json, f"already in force as number {before['sequence']}: nothing to do")
    made = ready or _signed_here(_issued(new, before, _now(), place), _keys(place, key or []))
    agree(review(before, made.bundle))
    partitions = _bring(made, before, place)
    told = {**_facts(made.bundle), "partitions": partitions, "activated": True}
    return _told(told, as_json, f"{_summary(made.bundle)}: in the log of {counted(partitions, 'partition')}")


def _now() -> int:
    return time.time_ns() // 1000


def _issued(made: Bundle, before: Bundle | None, since: int, place: Place) -> "SignedBundle":
    """*made* as the bundle after *before*; four weeks by the later of our clock and the hub's, which may be made up."""
    from hub.edges.bundle_file import SignedBundle
    from hub.wire.bundle import LIFE, digest, issue

    number, previous = (before["sequence"] + 1, digest(before)) if before else (1, "")
    return SignedBundle(issue(made, number, previous, since, max(since, _clock(place)) + LIFE), before)


def _clock(place: Place) -> int:
    """Where the hub's own clock stands; 0 without a hub."""
    from hub import topics
    from hub.edges.home import HomeError
    from hub.engine.batch import CLOCK

    try:
        home, reader = place.open(), place.reader()
    except HomeError:
        return 0
    rows = (reader.row(topics.DECIDE_STATE, number, CLOCK) for number in range(home.partitions))
    return max((int(row) for row in rows if row), default=0)


def _facts(bundle: Bundle) -> dict[str, Any]:
    from hub.wire.bundle import digest

    return {"sequence": bundle["sequence"], "hash": digest(bundle), "previous": bundle["previous"]}


def _summary(bundle: Bundle) -> str:
    told = _facts(bundle)
    return f"rules number {told['sequence']}, bundle {told['hash'][:12]}"


def _show_amendment(bundle: Bundle) -> None:
    told = bundle["amendment"]
    if told:
        say(f"amendment of {told['date']} by {told['by']}: {told['why']}")
    say(f"to be activated from {words.iso(bundle['activate_from'])} to {words.iso(bundle['activate_by'])}")
    say(f"in force no longer than to {bundle['valid_until']}")


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError("sign: nobody here to say yes; hint: read what changes, then add --yes", USAGE)
    print("sign this? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandError("sign: not signed; hint: say y to sign")


def _signed_file(file: Path, keys: Iterable[Path]) -> "SignedBundle":
    from hub.edges.bundle_file import load

    if keys:
        raise CommandError("--key: beside a bundle file; hint: sign it first, `hub policy sign`", USAGE)
    return load(file)


def _signed_here(made: "SignedBundle", keys: "Iterable[Ed25519PrivateKey]") -> "SignedBundle":
    for key in keys:
        made = made.signed(key)
    return made


def _bring(made: "SignedBundle", before: Bundle | None, place: Place) -> int:
    """Into the log, if the hub would not refuse it there."""
    from hub.core.succession import refusal
    from hub.edges.home import HomeError
    from hub.wire.bundle import activated, check
    from hub.wire.signing import NEEDED
    from hub.wiring import schemas

    at = _now()
    try:
        check(made.body, made.signatures, place.open().trusted(), NEEDED)
    except HomeError:
        if not place.on_kafka:
            raise
        note("no home here: whether the hub trusts these keys shows when it reads the rules")
    why = refusal(rules_of(before) if before else None, rules_of(made.bundle), at, _clock(place))
    if why is not None:
        raise CommandError(f"rules.activated: {why}", FAULT)
    values = activated(made.body, at, made.signatures)
    return _append(place, values["hash"], schemas().encode("rules.activated", values))


def _told(made: dict[str, Any], as_json: bool, line: str) -> int:
    if as_json:
        emit(made)
    else:
        say(line)
    return 0


def _keys(place: Place, files: Iterable[Path]) -> "list[Ed25519PrivateKey]":
    from hub.wire.signing import NEEDED

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
        from hub import topics
        from hub.edges.appending import append

        rules = append(place.broker, place.auth, "hub.rules", lambda count: _outs(digest, value, count(topics.PERSON)))
        return rules - 1
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
