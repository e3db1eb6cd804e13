"""Court results as they reach the police (SPI `ResultedCaseMessage`): the bail status, and nothing else, is told."""

from pathlib import Path
from xml.etree.ElementTree import Element

from connectors.identifiers import asn
from connectors.mapping import Draft, RefusedError
from connectors.people import register, sex
from connectors.reading import table, xml
from connectors.times import day, instant

STATUS = {row["spi"]: row["status"] for row in table(Path(__file__).parent / "bail_status.csv")}
MESSAGE = "ResultedCaseMessage"


def map_results(draft: Draft, read: str) -> None:
    """Map every defendant of a result, in a delivery, in route data, or bare."""
    for session in _message(xml(read)).iter("Session"):
        for number, defendant in enumerate(session.iter("Defendant")):
            with draft.item(f"/Defendant[{number}]"):
                _defendant(draft, session, defendant)


def _message(root: Element) -> Element:
    """Find the result; route data carries it as escaped text."""
    found = next(root.iter(MESSAGE), None)
    if found is not None:
        return found
    inner = next((one.text for one in root.iter("DataStreamContent") if one.text and MESSAGE in one.text), None)
    if inner is None:
        raise RefusedError("XML without a court result", f"send a `{MESSAGE}`, bare, delivered or routed")
    found = next(xml(inner.strip()).iter(MESSAGE), None)
    if found is None:
        raise RefusedError("XML without a court result", f"send a `{MESSAGE}`, bare, delivered or routed")
    return found


def _defendant(draft: Draft, session: Element, defendant: Element) -> None:
    reference = asn(_text(defendant, "ProsecutorReference"))
    if reference is None:
        raise RefusedError("`ProsecutorReference` is no arrest/summons number", "correct it at the court")
    if not reference.verified:
        draft.note("`ProsecutorReference` fails its check letter: used as this record's key, kept out of matching")
    record = draft.context.pseudonyms.seal(f"asn:{reference.canonical}")
    clock = _text(session, "TimeOfHearing") or "00:00:00"
    at, _ = instant(f"{_text(session, 'DateOfHearing')}T{clock}", "DateOfHearing")
    born = _text(defendant, "Birthdate")
    register(
        draft,
        record,
        at,
        draft.context.as_of,
        dob=day(born, "Birthdate") if born else None,
        sex=sex(_text(defendant, "Gender")),
    )
    _bail(draft, record, at, _text(defendant, "BailStatus"))


def _bail(draft: Draft, record: str, at: int, told: str) -> None:
    if told not in STATUS:
        raise RefusedError("`BailStatus` is not in bail_status.csv", "add it there, or correct it at the court")
    if STATUS[told]:
        draft.tell("bail.changed", record, at, status=STATUS[told])
    else:
        draft.note("no bail status to tell")


def _text(under: Element, name: str) -> str:
    found = next(under.iter(name), None)
    return (found.text or "").strip() if found is not None else ""
