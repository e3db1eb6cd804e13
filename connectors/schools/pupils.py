"""Pupils out of a Common Transfer File (XML) and out of a pupil search index (JSON): who they are, and nothing else."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from connectors.identifiers import upn
from connectors.mapping import Draft, RefusedError
from connectors.people import register, sex
from connectors.reading import strict_json, xml
from connectors.times import day


def map_ctf(draft: Draft, read: str) -> None:
    """Register every pupil of a CTF; history, assessments and contact details in it are never read."""
    root = xml(read)
    if root.tag.lower() != "ctfile":
        raise RefusedError("XML that is no Common Transfer File", "export a CTF")
    for number, pupil in enumerate(root.iter("Pupil")):
        with draft.item(f"/Pupil[{number}]"):
            _register(draft, {one: _text(pupil, one) for one in ("UPN", "DOB", "Sex", "Gender")})


def _text(pupil: Element, name: str) -> str | None:
    found = pupil.find(name)
    return None if found is None else (found.text or "").strip()


def search_answer(read: str) -> list[Any] | None:
    """The pupils of a search index answer (`value` holds them), or None when the file is something else."""
    try:
        value = strict_json(read)
    except RefusedError:
        return None
    found = value.get("value") if isinstance(value, dict) else None
    return found if isinstance(found, list) else None


def map_search(draft: Draft, found: list[Any]) -> None:
    """Register every pupil of a search answer."""
    for number, pupil in enumerate(found):
        with draft.item(f".value[{number}]"):
            if not isinstance(pupil, dict):
                raise RefusedError("not an object", "send one object a pupil")
            _register(draft, pupil)


def _register(draft: Draft, pupil: Mapping[str, Any]) -> None:
    number = upn(str(pupil.get("UPN") or ""))
    if number is None:
        raise RefusedError("`UPN` has not the shape of a unique pupil number", "correct it in the sending system")
    if not number.verified:
        draft.note("`UPN` fails its check letter: used as this record's key, kept out of matching")
    born = pupil.get("DOB")
    register(
        draft,
        draft.context.pseudonyms.seal(f"upn:{number.canonical}"),
        draft.context.as_of,
        draft.context.as_of,
        dob=day(born, "DOB") if born else None,
        sex=sex(pupil.get("Sex") or pupil.get("Gender")),
    )
