"""The one year of the demo that the tests of this folder play, wherever they play it."""

from pathlib import Path
from typing import Any, NamedTuple

from hub.demo.kafka import KafkaGround
from hub.demo.play import Options
from hub.edges.home import Home


class Year(NamedTuple):
    """A demo's year on a broker of its own, whose worker is still running, and the digest of what it answered."""

    bootstrap: str
    home: Home
    ground: KafkaGround
    digest: dict[str, Any]


def options(home: Path, **more: Any) -> Options:
    """What the year is asked for with; *more* is where it is played."""
    return Options(home=home, people=40, seed=2, **more)
