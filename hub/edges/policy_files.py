"""
YAML as policies are written in: every fault is named with its file, its line and the cure.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

BOOL, INT = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int"
T = TypeVar("T", bound=BaseModel)


SHAPES = {
    "tuple_type": "not a list",
    "dict_type": "not a table",
    "model_type": "not a table",
    "too_short": "nothing in it",
    "string_type": "not a word",
}


class AgreementError(Exception):
    """A policy file that cannot be used; the text says file, line, fault and cure."""


class Slip(ValueError):
    """What a model refuses: *what* is wrong, the *cure*, and *where* below the model."""

    def __init__(self, what: str, cure: str, *where: str | int) -> None:
        super().__init__(what)
        self.what, self.cure, self.where = what, cure, where


class _Loader(yaml.SafeLoader):
    """
    YAML 1.2 truths and numbers only: `yes` and `on` are words, and 014 is not 12.

    A key written twice is a fault, for YAML 1.1 would lose one. Every line speaks for itself: no tags, no anchors.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class declares it
        first: [(tag, regexp) for tag, regexp in pairs if tag not in {BOOL, INT}]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) or getattr(event, "anchor", None):
            what = "a tag, an anchor or an alias is not for policies"
            raise yaml.composer.ComposerError(None, None, what, event.start_mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            made = super().construct_object(node, deep)
            if isinstance(made, str):
                made.encode()
            return made
        except (ValueError, ArithmeticError, LookupError) as bad:  # a 13th month; half a character
            raise yaml.constructor.ConstructorError(None, None, _said(str(bad)), node.start_mark) from bad

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"`{twice}` is written twice", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(BOOL, re.compile("^(true|false)$"), list("tf"))
_Loader.add_implicit_resolver(INT, re.compile("^[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))


class _Quick(yaml.CSafeLoader, _Loader):
    """The same by libyaml, several times as fast: it tells the events, and nodes are made of them as ever."""

    check_node, get_node, get_single_node = _Loader.check_node, _Loader.get_node, _Loader.get_single_node

    def __init__(self, text: str) -> None:
        yaml.CSafeLoader.__init__(self, text)
        yaml.composer.Composer.__init__(self)


def _each(make: Callable[[str, Any], Any], text: str) -> Any:
    """What *make* makes of *text*; where libyaml refuses, PyYAML has the last word, and says it better."""
    try:
        return make(text, _Quick)
    except yaml.YAMLError:
        return make(text, _Loader)


def read(file: Path, model: type[T]) -> T:
    """The file as *model*."""
    return valid(file, load(file), model, ())


def load(file: Path) -> dict[str, Any]:
    """The file as plain values: a table, as every policy file is."""
    try:
        told = _each(yaml.load, file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as gone:
        raise AgreementError(f"{file}: cannot be read; hint: check that the policies folder is complete") from gone
    except RecursionError as bad:
        raise AgreementError(f"{file}: too deep; hint: close the brackets") from bad
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
        place, what, cure = said(bad.errors()[0])
        raise fault(file, (*where, *place), what, cure or "see policies/README.md") from bad


def said(error: Any) -> tuple[tuple[str | int, ...], str, str]:
    """Where in a model an *error* of its validation is, what is wrong, and the cure, empty where nobody knows one."""
    slip, place = error.get("ctx", {}).get("error"), error["loc"]
    if isinstance(slip, Slip):
        return (*place, *slip.where), slip.what, slip.cure
    return place, SHAPES.get(error["type"]) or _said(error["msg"]), ""


def fault(file: Path, where: tuple[str | int, ...], what: str, cure: str) -> AgreementError:
    """What is wrong in *file* at *where*, as an error with its line."""
    told = " ".join(f"`{named(file, where)}`: {what}; hint: {cure}".split())
    return AgreementError(f"{file}:{line(file, where)}: {told.encode('utf-8', 'backslashreplace').decode()}")


def named(file: Path, where: tuple[str | int, ...]) -> str:
    """How a place in *file* is called: the steps that lead there, or the file's own name."""
    return ".".join(str(step) for step in where if step != "[key]") or file.stem


def _said(message: str) -> str:
    """A library's message, on one line and begun as ours are."""
    said = " ".join(message.split())
    return said[:1].lower() + said[1:]


def line(file: Path, where: Iterable[str | int]) -> int:
    """The line of the YAML node that *where* leads to, as far as it can be followed."""
    node: Any = _each(yaml.compose, file.read_text("utf-8"))
    for step in where:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if key.value == str(step)]
            node = found[0] if found else node
    return int(node.start_mark.line) + 1
