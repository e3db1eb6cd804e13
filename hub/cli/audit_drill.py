"""`hub audit drill`: whether tampering is found, tried out on a made-up ledger in every way we know."""

import tempfile
from pathlib import Path

from hub.cli import logs
from hub.cli.faults import FAULT
from hub.cli.screen import Json, emit, say, table


def drill(*, as_json: Json = False) -> int:
    """
    Tamper with a made-up ledger in every way we know, one at a time, and see whether both verifiers find and name it.

    It touches no hub and takes some 15 s. Exit code 1 says that something was not found, or by another name.

    Example: hub audit drill
    """
    logs.start()
    from hub.audit.drill import drill as tampered

    with tempfile.TemporaryDirectory() as folder:
        made = [(one, found, found.right(one.kind)) for one, found in tampered(Path(folder))]
    right = sum(ok for _, _, ok in made)
    if as_json:
        rows = [
            {"done": one.what, "kind": one.kind, "hub": found.hub, "standalone": found.standalone, "ok": ok}
            for one, found, ok in made
        ]
        emit({"ok": right == len(made), "tamperings": rows})
    else:
        rows_ = [(one.what, *map(_told, found), "yes" if ok else "NO") for one, found, ok in made]
        table(("What was done", "The hub's verifier", "The standalone one", "As it should"), rows_)
        say(f"{right} of {len(made)} as it should: what is left alone passes, everything else is found and named")
    return 0 if right == len(made) else FAULT


def _told(kinds: tuple[str, ...]) -> str:
    return ", ".join(kinds) or "nothing"
