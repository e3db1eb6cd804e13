"""`hub simulate`: a made-up partnership-year in disorder, and the certificate that no alert was lost in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, counted, emit, progress, say, settled, table
from hub.place import compiled

if TYPE_CHECKING:
    from hub.simulate.run import Certificate, Options

OUTCOMES = ("raised", "corrected", "cancelled", "suppressed", "skipped", "ended unseen", "answered", "escalated")


def simulate(
    *,
    people: Annotated[int, Parameter(help="how many people to make up")] = 1000,
    seed: Annotated[int, Parameter(help="the same seed makes the same year")] = 1,
    days: Annotated[int, Parameter(help="how long it lasts")] = 365,
    merged: Annotated[
        float,
        Parameter(help="share of them who have two records, or are taken for another; the more, the rarer the case"),
    ] = 0.1,
    kinds: Annotated[
        str | None, Parameter(help="compare these alone, and corrections of them (a comma between)")
    ] = None,
    processes: Annotated[int | None, Parameter(help="how many at a time (else one a core)")] = None,
    example: Annotated[Path | None, Parameter(help="write the smallest disagreement here, as a scenario file")] = None,
    policies: Annotated[Path | None, Parameter(help="a folder of policies (else those shipped with the hub)")] = None,
    as_json: Json = False,
) -> int:
    """
    Play a made-up year with events late, doubled, reordered, corrected and held up, and judge every alert.

    The events go through the engine's core, person by person; an oracle works out again from the whole history at every
    moment what each team should have been told. Exit code 1 when they differ on anything.

    Example: hub simulate --people 10000 --seed 7
    """
    from hub.simulate.compare import KINDS
    from hub.simulate.run import Options
    from hub.simulate.run import simulate as run
    from hub.wire.bundle import canonical

    chosen = tuple(kinds.upper().split(",")) if kinds else KINDS
    if unknown := set(chosen) - set(KINDS):
        raise CommandError(f"--kinds: no `{min(unknown)}`; hint: of {', '.join(KINDS)}", USAGE)
    if people < 1 or days < 1:
        raise CommandError("--people and --days: at least 1; hint: leave them out for the usual", USAGE)
    if not 0 <= merged <= 1:
        raise CommandError("--merged: not a share; hint: between 0 and 1", USAGE)
    bundle = compiled(policies)
    digest = _digest(canonical(bundle))
    options = Options(people, seed, days, chosen, processes, merged)
    made = run(options, bundle, digest, lambda done: progress(done, f"of {people:,} people"))
    settled()
    small = _smallest(options, made, bundle, digest) if made.wrong else ""
    if as_json:
        emit(_plain(options, made, digest, small))
    else:
        _certify(options, made, digest)
    if small and example is not None:
        example.write_text(small, "utf-8")
    elif small and not as_json:
        say()
        say("# the smallest disagreement, with the oracle's answer: save it and run hub scenarios on it")
        for line in small.splitlines():
            say(line)
    return 0 if made.complete else 1


def _digest(body: bytes) -> str:
    from hashlib import sha256

    return sha256(body).hexdigest()


def _smallest(options: "Options", made: "Certificate", bundle: Any, digest: str) -> str:
    """Of a few of the people who differ, the one with the least to say."""
    from hub.core.rules import compile_rules
    from hub.simulate.example import case, shrunk
    from hub.simulate.run import history

    rules = compile_rules(digest, bundle)
    tried = [(number, history(options, number)[0]) for number in made.wrong[:20]]
    number, arrivals = min(tried, key=lambda one: len(one[1]))
    small = shrunk(arrivals, options.until, rules, options.kinds)
    return case(f"seed-{options.seed}-person-{number}", small, options.until, options.kinds)


def _unjudged(options: "Options", made: "Certificate") -> list[str]:
    """The kinds of alert that were raised and that the oracle was not asked about."""
    return sorted({name.partition(" ")[0] for name, _ in made.alerts} - {*options.kinds, "CORRECTION"})


def _certify(options: "Options", made: "Certificate", digest: str) -> None:
    from hub.simulate.compare import NOT_LIVED

    say(
        f"simulated  {counted(made.people, 'person', 'people')}, {options.days} days, seed {options.seed},"
        f" {options.merged:.0%} of them merged"
    )
    for name, count in sorted(made.disorder.items(), key=lambda one: (one[0] != "events", one[0])):
        say(f"           {count:,} {name}")
    names = sorted({stage for stage, _ in made.alerts})
    rows = [(name, *(f"{made.alerts[name, outcome]:,}" for outcome in OUTCOMES)) for name in names]
    table(("Alert", *(outcome.capitalize() for outcome in OUTCOMES)), rows)
    say(f"inputs     sha256 {made.inputs}")
    say(f"rules      sha256 {digest}")
    say(f"compared   {', '.join(options.kinds)}, the corrections of them, answers, levels above and what is told again")
    if rest := _unjudged(options, made):
        say(f"not judged {', '.join(rest)}")
    say(f"not lived  {', '.join(NOT_LIVED)}")
    say(
        f"verdict    {made.missed:,} missed, {made.uncalled:,} uncalled for, {made.broken:,} promises broken,"
        f" {counted(len(made.wrong), 'person', 'people')} of {made.people:,} differ"
    )
    say(
        "complete   every alert was raised once, in time, and withdrawn from those who saw it"
        if made.complete
        else "NOT COMPLETE"
    )


def _plain(options: "Options", made: "Certificate", digest: str, small: str) -> dict[str, Any]:
    from hub.simulate.compare import NOT_LIVED

    stages: dict[str, dict[str, int]] = {}
    for (stage, state), count in sorted(made.alerts.items()):
        stages.setdefault(stage, {})[state] = count
    return {
        "people": made.people,
        "seed": options.seed,
        "days": options.days,
        "merged": options.merged,
        "kinds": list(options.kinds),
        "not_judged": _unjudged(options, made),
        "not_lived": list(NOT_LIVED),
        "disorder": dict(sorted(made.disorder.items())),
        "alerts": stages,
        "inputs": made.inputs,
        "rules": digest,
        "missed": made.missed,
        "uncalled": made.uncalled,
        "broken": made.broken,
        "differ": made.wrong,
        "complete": made.complete,
        "example": small,
    }
