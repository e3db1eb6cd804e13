"""The parts that shapes of the API are made of."""

from typing import Annotated

import msgspec
from msgspec import Meta

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", extra_json_schema={"format": "date"})]
Word = Annotated[str, Meta(min_length=1, max_length=100)]
Code = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")]
Limit = Annotated[int, Meta(ge=1, le=200, description="how many at once")]
After = Annotated[
    str, Meta(max_length=300, description="the `after` of the answer before this one; empty for the first")
]
Maybe = str | None


class Asking(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What may be asked: a name that is none of these is refused, for a filter misspelt would be no filter."""
