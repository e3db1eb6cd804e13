"""amendment.yaml: what a change of the policies opens, as the leads who sign it list it."""

from pathlib import Path
from typing import Any

from hub.edges.policy_files import fault, read
from hub.edges.policy_words import Day, Shape, Some, Words

FILE = "amendment.yaml"


class Amendment(Shape):
    """When, by whom and why; and each opening in the words of `hub policy diff`."""

    date: Day
    by: Words
    why: Words
    opens: Some[str]


def amendment(folder: Path) -> dict[str, Any] | None:
    """The amendment in a folder of policies; None if there is none, for a change that opens nothing needs none."""
    file = folder / FILE
    if not file.exists():
        return None
    told = read(file, Amendment)
    for number, line in enumerate(told.opens):
        if line in told.opens[:number]:
            raise fault(file, ("opens", number), "listed twice", "leave it once")
    return told.model_dump(mode="json")
