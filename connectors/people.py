"""Who a record is about: told when it is new or changed, and a corrected date of birth told apart."""

from datetime import date

from connectors.mapping import Draft
from hub.core.events import Value

SEXES = {"M": "M", "F": "F", "MALE": "M", "FEMALE": "F", "1": "M", "2": "F"}


def sex(told: object) -> str | None:
    """
    The hub's word for a recorded sex; anything but male or female is left unsaid.

    >>> sex("Male"), sex("FEMALE"), sex("Not Specified (Indeterminate)")
    ('M', 'F', None)
    """
    return SEXES.get(str(told).strip().upper())


def link(draft: Draft, reference: object) -> str | None:
    """The partnership's name for a shared link reference, when the input carries one."""
    return draft.context.pseudonyms.link(reference) if isinstance(reference, str) and reference.strip() else None


def register(draft: Draft, record: str, at: int, seq: int | None = None, **told: Value) -> None:
    """Tell what is new of a person since the record was last seen; what is not told this time still stands."""
    known = draft.seen(record)
    before = known.get("registered", {})
    after = {**before, **{name: _kept(value) for name, value in told.items() if value is not None}}
    if after == before:
        return
    if before.get("dob") and after["dob"] != before["dob"]:
        old, new = (date.fromisoformat(one["dob"]) for one in (before, after))
        draft.tell("person.dob_corrected", record, at, seq, old=old, new=new)
    draft.tell("person.registered", record, at, seq, **_told(after))
    draft.remember(record, {**known, "registered": after})


def _kept(value: Value) -> Value:
    return value.isoformat() if isinstance(value, date) else value


def _told(after: dict[str, Value]) -> dict[str, Value]:
    return {name: date.fromisoformat(str(value)) if name == "dob" else value for name, value in after.items()}
