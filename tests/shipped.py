"""The shipped rules, compiled once for every test that needs them."""

from functools import cache
from typing import Any

from hub.core.rules import Rules, compile_rules
from hub.edges.agreements import bundle
from hub.resources import folder
from hub.wire.codec import vocabulary
from hub.wiring import schemas


@cache
def policies(*teams: str) -> dict[str, Any]:
    return bundle(folder("policies"), vocabulary(schemas()), teams)


@cache
def rules(*teams: str) -> Rules:
    return compile_rules("0" * 64, policies(*teams))
