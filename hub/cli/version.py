"""`hub version`."""

import platform
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from hub import __version__
from hub.cli.screen import Json, emit, say
from hub.resources import folder

WORKER = ("faust-streaming", "aiokafka")


def version(*, as_json: Json = False) -> int:
    """
    Say which version this is, and what came with it.

    Example: hub version --json
    """
    told = _told()
    if as_json:
        emit(told)
        return 0
    say(f"hub {told['hub']}, Python {told['python']}, {told['schemas']} schemas, {told['policies']} policy files")
    worker = told["worker"]
    if worker:
        say("stream worker: " + ", ".join(f"{name} {number}" for name, number in worker.items()))
    else:
        say("stream worker: not installed; hint: pip install 'csp-hub[worker]' to run the hub on Kafka")
    return 0


def _told() -> dict[str, Any]:
    return {
        "hub": __version__,
        "python": platform.python_version(),
        "schemas": len(list(folder("schemas").glob("*.avsc"))),
        "policies": len(list(folder("policies").rglob("*.yaml"))),
        "worker": {name: found for name in WORKER if (found := _installed(name))},
    }


def _installed(name: str) -> str | None:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return None
