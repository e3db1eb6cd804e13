"""Youth justice: the case-level return's own field names, in an envelope of ours."""

from typing import Any

from connectors.mapping import Context, Draft, Mapped, RefusedError
from connectors.reading import json_items, text
from connectors.youth_justice.cases import map_case

AGENCY = "YJS"


def map_file(name: str, data: bytes, context: Context) -> Mapped:
    """Map one return: one case, a list of cases, `{"returns": [...]}`, or one case a line."""
    draft = Draft(name, context)
    with draft.reading():
        for place, value in json_items(text(data, context.limit)):
            for where, case in _cases(place, value):
                with draft.item(where):
                    if isinstance(case, RefusedError):
                        raise case
                    map_case(draft, case)
    return draft.mapped()


def _cases(place: str, value: Any) -> list[tuple[str, dict[str, Any] | RefusedError]]:
    if isinstance(value, dict) and isinstance(value.get("returns"), list):
        place, value = f"{place}.returns", value["returns"]
    if isinstance(value, list):
        return [(f"{place}[{number}]", _case(one)) for number, one in enumerate(value)]
    return [(place, _case(value))]


def _case(value: Any) -> dict[str, Any] | RefusedError:
    if isinstance(value, dict | RefusedError):
        return value
    return RefusedError("not a case", "send one object a case; see the README")
