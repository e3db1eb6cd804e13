"""
Questions as people write them: `questions/*.yaml`, with every line checked against the closed world of the policies.

A file holds what is asked of one agreement. `'*'` is every event type, or every agency, or every team; whatever is not
given of the person is unknown.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from hub.core.policy import VOCABULARY
from hub.edges.policy_files import BOOL, INT, AgreementError, Slip, fault, read
from hub.edges.policy_words import Day, Shape, Words

EVERY, UNKNOWN = "*", "unknown"
FOLDER = "questions"


def _listed(told: object) -> object:
    """One word or one day stands for a list of it."""
    return [told] if isinstance(told, str | date) else told


def _some(item: Mapping[str, Any]) -> WithJsonSchema:
    """What an editor takes: one of them, or a list."""
    return WithJsonSchema({"anyOf": [dict(item), {"type": "array", "items": dict(item), "minItems": 1}]})


Names = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1), _some({"type": "string"})]
Days = Annotated[
    tuple[Day, ...], BeforeValidator(_listed), Field(min_length=1), _some({"type": "string", "format": "date"})
]
KNOWN = {name: _some({"enum": [*words, UNKNOWN]}).json_schema for name, words in VOCABULARY.items()}
Given = Annotated[
    dict[str, Names], WithJsonSchema({"type": "object", "properties": KNOWN, "additionalProperties": False})
]


class About(Shape):
    """What is asked about: subjects, who states them (else whoever may), and teams."""

    about: Names
    sources: Names = Field(default=(EVERY,), alias="from")
    to: Names


class Case(About):
    """The same, on some days, of people of whom this is known."""

    on: Days
    given: Given = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name, words in self.given.items():
            if name not in VOCABULARY:
                raise Slip(f"unknown attribute `{name}`", f"write one of {', '.join(VOCABULARY)}", "given", name)
            if strange := [word for word in words if word not in (UNKNOWN, *VOCABULARY[name])]:
                known = ", ".join((*VOCABULARY[name], UNKNOWN))
                raise Slip(f"unknown word `{strange[0]}`", f"write one of {known}", "given", name)
        return self


class Expected(Shape):
    """Told, by which clause and with which fields; or withheld, why and by which clause if any."""

    told: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    withheld: str | None = None
    by: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.told is None) == (self.withheld is None):
            raise Slip("not one answer", "write either `told` or `withheld`")
        if self.told is None and self.fields:
            raise Slip("fields of what is withheld", "leave `fields` out", "fields")
        if self.told is not None and self.by is not None:
            raise Slip("`by` beside `told`", "leave `by` out: `told` names the clause", "by")
        return self


class Asked(Shape):
    """One question in words, and what it comes to."""

    asks: Words
    of: Case
    answer: Expected


class Reached(About):
    """Whom alone one clause ever concerns."""

    clause: str


class Questions(Shape):
    """One file of questions."""

    agreement: str
    reaches: tuple[Reached, ...] = ()
    questions: tuple[Asked, ...] = ()


def files(folder: Path) -> dict[Path, Questions]:
    """Every file of questions beside the policies of *folder*, in order of their names."""
    place = folder / FOLDER
    found = sorted(place.iterdir()) if place.is_dir() else []
    unread = next((file for file in found if file.suffix != ".yaml" and file.name != "README.md"), None)
    if unread is not None:
        raise AgreementError(f"{unread}: would not be read; hint: end its name in `.yaml`, or take it away")
    return {file: read(file, Questions) for file in found if file.suffix == ".yaml"}


def expand(
    file: Path,
    where: tuple[str | int, ...],
    part: str,
    words: Iterable[str],
    known: Iterable[str],
    every: Iterable[str],
) -> tuple[str, ...]:
    """The *words* of one *part* of a question: `'*'` is *every* one; a word that is not *known* is a fault."""
    among, told = {*known}, list(words)
    if strange := [word for word in told if word not in among and word != EVERY]:
        hint = "see the agreements, teams.yaml and partnership.yaml"
        raise fault(file, (*where, part), f"unknown word `{strange[0]}`", hint)
    return tuple(dict.fromkeys(one for word in told for one in (every if word == EVERY else (word,))))


class _Dumper(yaml.SafeDumper):
    """What the policies' own reader reads back: `yes` is a word and needs no quotes."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class declares it
        first: [(tag, regexp) for tag, regexp in pairs if tag not in {BOOL, INT}]
        for first, pairs in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }


_Dumper.add_implicit_resolver(BOOL, re.compile("^(true|false)$"), list("tf"))
_Dumper.add_implicit_resolver(INT, re.compile("^[-+]?[0-9]+$"), list("-+0123456789"))


def written(lines: Iterable[Mapping[str, Any]]) -> str:
    """Lines of a list, each part of one on a line of its own."""
    return "".join(
        f"{'- ' if number == 0 else '  '}{name}: {_flow(told)}\n"
        for line in lines
        for number, (name, told) in enumerate(line.items())
    )


def _flow(told: Any) -> str:
    dumped = yaml.dump(told, Dumper=_Dumper, default_flow_style=True, width=10_000, sort_keys=False, allow_unicode=True)
    return str(dumped).removesuffix("\n...\n").removesuffix("\n")


def added(text: str, name: str, more: str) -> str:
    r"""
    The file with *more* lines at the end of its list *name*, which comes before the next list.

    >>> added("agreement: X\nreaches:\n- a\nquestions:\n- q\n", "reaches", "- b\n")
    'agreement: X\nreaches:\n- a\n- b\nquestions:\n- q\n'
    >>> added("agreement: X\nquestions:\n- q\n", "reaches", "- b\n")
    'agreement: X\nreaches:\n- b\nquestions:\n- q\n'
    """
    if not more:
        return text
    head, found, rest = text.partition(f"{name}:\n")
    if not found:
        before, asked, after = text.partition("questions:\n")
        return f"{before}{name}:\n{more}{asked}{after}"
    mine, asked, after = rest.partition("questions:\n") if name == "reaches" else (rest, "", "")
    return f"{head}{found}{mine}{more}{asked}{after}"


def without(text: str, places: Collection[tuple[str | int, ...]]) -> str:
    r"""
    The file without the lines of its lists at these *places*.

    >>> without("agreement: X\nreaches:\n- a\n  b: 1\n- c\nquestions:\n- q\n", {("reaches", 0), ("questions", 0)})
    'agreement: X\nreaches:\n- c\n'
    """
    kept, name, number = [], "", -1
    for line in text.splitlines(keepends=True):
        if line.rstrip() in ("reaches:", "questions:"):
            name, number = line.rstrip().removesuffix(":"), -1
        elif line.startswith("- "):
            number += 1
        if number < 0 or (name, number) not in places:
            kept.append(line)
    return re.sub("^(reaches|questions):\n(?!- )", "", "".join(kept), flags=re.MULTILINE)
