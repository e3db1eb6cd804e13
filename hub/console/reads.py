"""Who looked at what, as records of the log: written before anything is shown, so that nothing is seen unrecorded."""

import secrets

from hub import topics
from hub.console.who import User
from hub.log import Out
from hub.wire.codec import Schemas


def reading(
    wire: Schemas,
    at: int,
    user: User,
    page: str,
    *,
    person: str | None = None,
    of: str | None = None,
    reason: str | None = None,
) -> Out:
    """
    That *user* looked at *page*: at whom (the hub's handle), at which decision or alert, and why, if it asks for that.

    Never from where: that says more of somebody's day than of what they saw.
    """
    name = f"r-{secrets.token_hex(16)}"
    told = {"id": name, "at": at, "user": user.id, "role": user.role.value, "team": user.of, "page": page}
    value = wire.encode("read", told | {"person": person, "of": of, "reason": reason})
    return Out(topics.READS, 0, name.encode(), value, ())
