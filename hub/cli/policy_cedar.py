"""`hub policy cedar`: the agreements for another engine."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, counted, emit, say
from hub.place import compiled

SUFFIX = ".cedar"
NOTHING_WRONG = "Cedar's validator finds nothing wrong"


def cedar(
    folder: Path | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(help="the file of policies, ending in .cedar; the schema goes beside it")],
    as_json: Json = False,
) -> int:
    """
    Write the agreements of a folder of policies (else those shipped with the hub) as Cedar policies and their schema.

    Each clause is one policy, by its own id. Where cedarpy is installed, its validator reads them back.

    Example: hub policy cedar --out agreements.cedar
    """
    from hub.governance.cedar import policies, schema

    if out.suffix != SUFFIX:
        raise CommandError(f"{out}: does not end in {SUFFIX}; hint: --out agreements{SUFFIX}", USAGE)
    made = compiled(folder)
    beside = out.with_suffix(f"{SUFFIX}schema")
    valid = _valid(policies(made), schema(made))
    out.write_text(policies(made), "utf-8")
    beside.write_text(schema(made), "utf-8")
    count = len(made["clauses"])
    if as_json:
        emit({"policies": str(out), "schema": str(beside), "clauses": count, "validated": valid})
        return 0
    read = (
        "Cedar's validator finds nothing wrong" if valid else "not validated; next: pip install 'csp-hub[governance]'"
    )
    say(f"{out}: {counted(count, 'clause')}; {read}")
    say(f"{beside}: who and what they may speak of")
    return 0


def _valid(policies: str, schema: str) -> bool:
    """Whether Cedar's own validator has read them; False where it is not installed."""
    try:
        from cedarpy import validate_policies
    except ModuleNotFoundError:
        return False
    found = validate_policies(policies, schema)
    if not found.validation_passed:
        raise CommandError(f"cedar: {found.errors[0]}; hint: a fault of the export, please report it")
    return True
