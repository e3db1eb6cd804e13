"""Made-up keys and contexts for the connectors' tests; every person in them is made up, and looks it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from connectors.mapping import Context, Mapped, Seen, nothing
from connectors.pseudonyms import Pseudonyms
from connectors.registry import connector
from connectors.registry import names as folders

AS_OF = 1_795_000_000_000_000  # 18 November 2026
Map = Callable[..., Mapped]


def names(agency: str) -> Pseudonyms:
    return Pseudonyms(agency, {1: bytes(range(64))}, {1: bytes(range(32))})


def mapper(folder: str) -> Map:
    speaks = connector(folder)

    def run(
        data: bytes | str,
        memory: Mapping[str, Seen] | None = None,
        records: Callable[[str], Seen | None] = nothing,
        as_of: int = AS_OF,
        name: str = "in",
        **more: Any,
    ) -> Mapped:
        context = Context(names(speaks.AGENCY), as_of, memory or {}, records, **more)
        return speaks.map_file(name, data.encode() if isinstance(data, str) else data, context)

    return run


@pytest.fixture(scope="session")
def mappers() -> dict[str, Map]:
    """Every connector there is, by its folder."""
    return {folder: mapper(folder) for folder in folders()}


@pytest.fixture(scope="session")
def prison(mappers: dict[str, Map]) -> Map:
    return mappers["prison"]


@pytest.fixture(scope="session")
def police(mappers: dict[str, Map]) -> Map:
    return mappers["police"]


@pytest.fixture(scope="session")
def youth_justice(mappers: dict[str, Map]) -> Map:
    return mappers["youth_justice"]


@pytest.fixture(scope="session")
def schools(mappers: dict[str, Map]) -> Map:
    return mappers["schools"]
