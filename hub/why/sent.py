"""Which fields were really in what a team was told: an agreement names more than an event or an alert may have."""

from typing import TYPE_CHECKING

from hub.place import Place, values
from hub.words import Told

if TYPE_CHECKING:
    from hub.edges.reader import Reader
    from hub.wire.schemas import Schemas


class Sent:
    """Which fields were really in what a team got: read from the team's own topic, when it can be."""

    def __init__(self, schemas: "Schemas", reader: "Reader", place: Place) -> None:
        self._schemas, self._reader, self._place = schemas, reader, place
        self._topics: dict[tuple[str, int | None], dict[str, list[str]]] = {}

    def fields(self, made: Told, team: str) -> list[str] | None:
        """The fields' names, or None when they cannot be found."""
        from hub import topics
        from hub.core.identity import reference

        alert = made["source"] == "HUB"
        topic = topics.alerts(team) if alert else topics.deliveries(team)
        there = (topic, self._partition(team, made["person"]))
        if there not in self._topics:
            told = values(self._schemas, self._reader, *there)
            self._topics[there] = {one["decision"]: list(one["fields"]) for one in told}
        return self._topics[there].get(reference(made["id"], team))

    def _partition(self, team: str, person: str) -> int | None:
        """The one partition that holds the person, if the home's key is here to tell."""
        from hub.edges.home import HomeError
        from hub.wire.partitioner import partition_for
        from hub.wire.recipients import Recipients

        try:
            home = self._place.open()
            return partition_for(Recipients(home.recipient_key()).seal(team, person).encode(), home.partitions)
        except (HomeError, ValueError):
            return None
