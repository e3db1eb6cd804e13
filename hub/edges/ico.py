"""
The linter of agreements: what each file lacks or says wrongly, by the line of the ICO's code that asks for it.

The same findings keep an agreement out of a bundle: nothing is disclosed under one that does not say what it must.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import Field, RootModel, ValidationError

from hub.edges.agreement_models import Agreement
from hub.edges.policy_files import AgreementError, fault, line, load, named, read, said
from hub.edges.policy_words import Shape, Words

TABLE = "ico.yaml"
FORM = "FORM"  # what is wrong where no line of the code asks for anything: in one rule, or beside them all
NOT_ASKED = frozenset({"id", "title"})


class Line(Shape):
    """One line of the code: what it *asks*, the *field* of an agreement that says it, and the *cure* without."""

    field: Words
    asks: Words
    cure: Words
    source: Words


class Lines(RootModel[dict[Annotated[str, Field(pattern=r"^ICO-[A-Z0-9-]+$")], Line]]):
    """ico.yaml."""


class Finding(NamedTuple):
    """What is wrong with one agreement: the *rule* that says so, the *line* of the file, and the cure."""

    rule: str
    file: Path
    line: int
    field: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule} `{self.field}`: {self.what}; hint: {self.cure}"


def lines(folder: Path) -> Mapping[str, Line]:
    """The lines of the code in *folder*: one for every part of an agreement, and for nothing else."""
    file = folder / TABLE
    told = read(file, Lines).root
    asked = [one.field for one in told.values()]
    parts = {info.alias or name for name, info in Agreement.model_fields.items()} - NOT_ASKED
    for rule, one in told.items():
        if one.field not in parts:
            raise fault(file, (rule, "field"), f"unknown field `{one.field}`", "see policies/README.md")
        if asked.count(one.field) > 1:
            raise fault(file, (rule, "field"), f"`{one.field}` is written twice", "leave one line for it")
    if silent := sorted(parts - {*asked}):
        raise AgreementError(f"{file}: nothing said of `{silent[0]}`; hint: copy its line from the shipped file")
    return told


def files(folder: Path) -> list[Path]:
    """Every agreement: a file that would go unread is refused, but for the reader's own notes."""
    try:
        files = sorted(file for file in folder.iterdir() if file.name[0] != "." and file.name != "README.md")
    except OSError as gone:
        raise AgreementError(f"{folder}: cannot be read; hint: check that the policies folder is complete") from gone
    unread = next((file for file in files if file.suffix != ".yaml"), None)
    if unread is not None:
        raise AgreementError(
            f"{unread}: would not be read; hint: end its name in `.yaml`, or take it out of the folder"
        )
    return files


def agreement(file: Path, rules: Mapping[str, Line]) -> Agreement:
    """The agreement in *file*; refused with the first finding."""
    made, found = linted(file, rules)
    if made is None:
        raise AgreementError(str(found[0]))
    return made


def linted(file: Path, rules: Mapping[str, Line]) -> tuple[Agreement | None, tuple[Finding, ...]]:
    """The agreement in *file*, or everything that is wrong with it, from the top; raises where it is not YAML."""
    told = load(file)
    try:
        return Agreement.model_validate(told), ()
    except ValidationError as bad:
        found = tuple(_findings(file, bad.errors(), rules))
    return None, tuple(sorted(found, key=lambda one: one.line))


def _findings(file: Path, errors: Iterable[Any], rules: Mapping[str, Line]) -> Iterable[Finding]:
    by_field = {one.field: (rule, one.cure) for rule, one in rules.items()}
    for error in errors:
        place, what, cure = said(error)
        top = "" if not place or (place[0] == "rules" and len(place) > 1) else str(place[0])
        rule, general = by_field.get(top, (FORM, "see policies/README.md"))
        text = (
            " ".join(words.encode("utf-8", "backslashreplace").decode().split()) for words in (what, cure or general)
        )
        yield Finding(rule, file, line(file, place), _plain(named(file, place)), *text)


def _plain(told: str) -> str:
    return " ".join(told.encode("utf-8", "backslashreplace").decode().split())
