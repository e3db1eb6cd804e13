"""`hub scenarios`: worked cases against the shipped rules."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, emit, progress, say, settled
from hub.place import compiled

SHOWN = 3


def scenarios(
    file: Path,
    /,
    *,
    only: Annotated[str | None, Parameter(help="the one case of this id")] = None,
    policies: Annotated[Path | None, Parameter(help="a folder of policies (else those shipped with the hub)")] = None,
    as_json: Json = False,
) -> int:
    """
    Run worked cases through the rules and compare the alerts with those expected. Exit code 1 when any case fails.

    Example: hub scenarios scenarios.yaml --only R-01
    """
    from hub.core.rules import compile_rules
    from hub.scenarios import load, run

    cases = [case for case in load(file) if only is None or _id(case) == only]
    if only is not None and not cases:
        raise CommandError(f"{file}: no case `{only}`; hint: look at the ids in the file", USAGE)
    rules = compile_rules("scenarios", compiled(policies))
    results = []
    for number, case in enumerate(cases):
        progress(number, f"of {len(cases)} cases")
        results.append(run(case, rules))
    settled()
    if as_json:
        emit([{"id": r.id, "title": r.title, "passed": r.passed, "differences": list(r.differences)} for r in results])
    else:
        for result in results:
            _say(result)
        say(f"{sum(result.passed for result in results)} of {len(results)} pass")
    return 0 if all(result.passed for result in results) else 1


def _id(case: Any) -> str | None:
    return str(case.get("id")) if isinstance(case, dict) else None


def _say(result: Any) -> None:
    say(f"{'pass' if result.passed else 'FAIL'}  {result.id}  {result.title}")
    for line in result.differences[:SHOWN]:
        say(f"      {line}")
    if len(result.differences) > SHOWN:
        say(f"      and {len(result.differences) - SHOWN} more; hint: --only {result.id} --json shows all")
