"""
What the parts of a leaf say, as JSON that anybody can write again: keys in order, no spaces, UTF-8.

A decision's first part is what the hub alone may see; then comes one part for each subscribed team. A team is given its
own, and finds in it what its delivery says: by its own reference to the decision, never by the hub's ids.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.core.identity import reference

SHARED = ("subject", "source", "at", "bundle")  # of the decision, in every team's part
BLANK: tuple[bytes, ...] = (b'{"kind":"blank"}',)
_encode = msgspec.json.Encoder(order="sorted").encode


def decision(made: Mapping[str, Any]) -> tuple[bytes, ...]:
    """
    The parts of a decision record, *made* as it was written.

    >>> made = {"id": "d-1", "person": "p-1", "subject": "person.died", "event": "e", "source": "YJS", "at": 5}
    >>> both = decision({**made, "bundle": "", "outcomes": [{"team": "PROB", "delivered": True}]})
    >>> both[0].decode()
    '{"at":5,"bundle":"","event":"e","id":"d-1","kind":"decision","person":"p-1","source":"YJS","subject":"person.died"}'
    >>> both[1].decode()[:66]
    '{"at":5,"bundle":"","decision":"r-81a000a945d6441c5cce31a98871748b'
    """
    whole = {name: value for name, value in made.items() if name != "outcomes"}
    shared = {name: made[name] for name in SHARED}
    teams = [
        _encode({**shared, **one, "kind": "outcome", "decision": reference(made["id"], one["team"])})
        for one in made["outcomes"]
    ]
    return _encode({**whole, "kind": "decision"}), *teams


def receipt(index: int, leaf: bytes, at: int, told: int) -> tuple[bytes, ...]:
    """
    The one part of an erasure's receipt: which leaf can no longer be opened, since when, and how many teams were told.

    It says nothing of whose it was.

    >>> receipt(7, bytes(2), 5, 1)
    (b'{"at":5,"index":7,"kind":"erasure","leaf":"0000","told":1}',)
    """
    return (_encode({"kind": "erasure", "index": index, "leaf": leaf.hex(), "at": at, "told": told}),)
