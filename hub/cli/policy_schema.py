"""`hub policy schema`: the JSON Schemas by which editors know policy files."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hub.cli.faults import FAULT
from hub.cli.screen import Json, counted, emit, note, say


def schema(
    folder: Path | None = None,
    /,
    *,
    write: Annotated[bool, Parameter(negative="", help="write them into the folder's schemas/")] = False,
    as_json: Json = False,
) -> int:
    """
    Say whether the JSON Schemas beside a folder of policies are those of this hub; --write makes them so.

    Each policy file names its own in its first line, so that an editor completes words and marks slips.

    Example: hub policy schema policies --write
    """
    from hub import resources
    from hub.edges import policy_schemas

    where = folder or resources.folder("policies")
    changed = policy_schemas.write(where) if write else policy_schemas.stale(where)
    unnamed = policy_schemas.unnamed(where)
    if as_json:
        emit({"written" if write else "stale": list(map(str, changed)), "unnamed": list(map(str, unnamed))})
    else:
        for file in changed:
            say(f"{file}: {'written' if write else 'not current; next: hub policy schema --write'}")
        for file in unnamed:
            note(f"{file}:1: names no schema; hint: {policy_schemas.modeline(where, file)}")
        if not changed:
            say(f"ok: {counted(len(policy_schemas.SHAPES), 'schema')}")
    return FAULT if unnamed or (changed and not write) else 0
