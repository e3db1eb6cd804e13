"""
YAML as policies are written in: every fault is named with its file, its line and the cure.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

T = TypeVar("T", bound=BaseModel)


class AgreementError(Exception):
    """A policy file that cannot be used; the text says file, line, fault and cure."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2 truths only (`yes` and `on` are words), and a key written twice is a fault: YAML 1.1 would lose one."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class declares it
        first: [(tag, regexp) for tag, regexp in pairs if tag != "tag:yaml.org,2002:bool"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"`{twice}` is written twice", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def read(file: Path, model: type[T]) -> T:
    """The file as *model*."""
    return valid(file, load(file), model, ())


def load(file: Path) -> dict[str, Any]:
    """The file as plain values: a table, as every policy file is."""
    try:
        told = yaml.load(file.read_text("utf-8"), _Loader)  # noqa: S506 (a SafeLoader)
    except (OSError, UnicodeDecodeError) as gone:
        raise AgreementError(f"{file}: cannot be read; hint: check that the policies folder is complete") from gone
    except yaml.YAMLError as bad:
        mark = getattr(bad, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(bad, "problem", None) or "not YAML"
        raise AgreementError(f"{file}:{line}: {what}; hint: check the keys, indentation and quotes there") from bad
    if not isinstance(told, dict):
        raise AgreementError(f"{file}:1: not a table; hint: write `name: value` lines")
    return told


def valid(file: Path, told: Any, model: type[T], where: tuple[str | int, ...]) -> T:
    """*told*, found in *file* at *where*, as *model*."""
    try:
        return model.model_validate(told)
    except ValidationError as bad:
        first = bad.errors()[0]
        raise fault(
            file, (*where, *first["loc"]), first["msg"].removeprefix("Value error, ").lower(), "see policies/README.md"
        ) from bad


def fault(file: Path, where: tuple[str | int, ...], what: str, cure: str) -> AgreementError:
    """What is wrong in *file* at *where*, as an error with its line."""
    named = ".".join(map(str, where))
    hint = "" if "hint:" in what else f"; hint: {cure}"
    return AgreementError(f"{file}:{line(file, where)}: `{named}`: {what}{hint}")


def line(file: Path, where: Iterable[str | int]) -> int:
    """The line of the YAML node that *where* leads to, as far as it can be followed."""
    node: Any = yaml.compose(file.read_text("utf-8"), _Loader)
    for step in where:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if key.value == str(step)]
            node = found[0] if found else node
    return int(node.start_mark.line) + 1
