"""Imports point down: core, wire, engine, edges, and above them wiring, replay, bench, the demo and the command."""

import ast
from pathlib import Path

import pytest

HUB = Path(__file__).parents[1] / "hub"
FILES = sorted(HUB.rglob("*.py"))
EDGES = {"core", "wire", "log", "topics", "engine", "resources", "settings", "edges"}
STOREYS = {
    "core": {"core"},
    "wire": {"core", "wire", "log", "topics"},
    "engine": {"core", "wire", "log", "topics", "engine"},
    "edges": EDGES,
    "audit": {"core", "wire", "engine", "log", "topics", "audit"},
    "replay": {"core", "wire", "engine", "log", "topics", "edges", "replay"},
    "scenarios": {"core"},
    "simulate": {"core", "scenarios", "simulate"},
    "glossary": {"glossary"},
    "words": {"glossary", "words"},
    "explained": {"glossary", "words", "explained"},
    "why": EDGES | {"wiring", "place", "replay", "glossary", "words", "why"},
    "subject": EDGES | {"place", "words", "audit", "reports", "why", "subject"},
    "inbox": {"core", "words", "inbox"},
    "reports": {"core", "glossary", "words", "reports"},
    "governance": {"core", "wire", "words", "governance"},
    "place": EDGES | {"wiring", "place"},
    "rulebook": EDGES | {"wiring", "place", "rulebook"},
    "projection": EDGES | {"words", "inbox", "reports", "projection"},
    "outbound": EDGES | {"outbound"},
    "contracts": EDGES | {"wiring", "place", "rulebook", "words", "contracts", "__version__"},
    "console": EDGES
    | {"wiring", "place", "rulebook", "governance", "glossary", "words", "explained", "why"}
    | {"inbox", "reports", "audit", "contracts", "intake", "projection", "subject", "console", "__version__"},
    "intake": EDGES | {"place", "words", "contracts", "projection", "intake"},
    "wiring": {"core", "wire", "engine", "edges", "resources"},
    "bench": EDGES | {"wiring", "demo", "place", "projection", "console", "bench"},
    "demo": EDGES | {"wiring", "cli", "words", "explained", "demo"},
    "cli": EDGES
    | {"wiring", "replay", "scenarios", "simulate", "words", "inbox", "bench", "demo", "cli", "__version__"}
    | {"governance", "why", "reports", "audit", "place", "rulebook", "projection", "outbound", "console", "contracts"}
    | {"explained", "subject", "intake"},
    **dict.fromkeys(("__init__", "log", "resources", "settings", "topics"), frozenset()),
    "__main__": {"cli"},
}


def imported(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "hub":
            yield from (f"hub.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HUB)))
def test_imports_point_down(file):
    storey = file.relative_to(HUB).parts[0].removesuffix(".py")
    rooms = {name.split(".")[1] for name in imported(file) if name.startswith("hub.")}

    assert rooms <= STOREYS[storey]


def test_a_connector_needs_nothing_of_the_worker():
    files = (HUB.parent / "connectors").rglob("*.py")
    rooms = {name for file in files for name in imported(file) if name.startswith("hub.")}

    assert {name.split(".")[1] for name in rooms} <= {"core", "wire", "topics"}
