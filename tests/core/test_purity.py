"""The core touches nothing: no clock, network, file, dice or log, and nobody else's code."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hub.core

FOLDER = Path(hub.core.__file__).parent
FILES = sorted(FOLDER.glob("*.py"))
PURE = {"bisect", "collections.abc", "dataclasses", "datetime", "enum", "functools", "hashlib", "itertools", "typing"}
WORLDLY = {
    "now",
    "today",
    "utcnow",
    "fromtimestamp",
    "open",
    "print",
    "input",
    "eval",
    "exec",
    "id",
    "hash",
    "__import__",
}


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_core_imports_pure_parts_and_itself_alone(file):
    names = set(imports(ast.parse(file.read_text())))

    assert {name for name in names if not name.startswith("hub.core")} <= PURE


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_core_calls_nothing_that_depends_on_the_world(file):
    assert not set(calls(ast.parse(file.read_text()))) & WORLDLY


def test_importing_the_core_loads_nothing_else_of_ours_or_others():
    names = ", ".join(f"hub.core.{file.stem}" for file in FILES if file.stem != "__init__")
    code = f"import sys; import {names}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parents[1]
    )
    roots = {name for name in loaded.stdout.split() if name.split(".")[0] not in sys.stdlib_module_names}

    assert {name for name in roots if not name.startswith(("hub.core", "_", "site", "__"))} <= {"hub"}
