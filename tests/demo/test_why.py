"""A decision looked into: decided again from the person's own log, it is the same decision."""

from hub import topics
from hub.place import Place, bundles, values
from hub.why.again import Why
from hub.wiring import schemas
from hub.words import Book


def test_what_a_decision_rested_on_is_found_again_for_events_and_for_alerts(year):
    place = Place(home=year.options.home)
    reader, wire = place.reader(), schemas()
    why = Why(place, reader, Book(bundles(wire, reader)))
    made = list(values(wire, reader, topics.DECISIONS))
    alerts = [one for one in made if one["source"] == "HUB"][::150]
    events = [one for one in made if one["outcomes"] and one["source"] != "HUB"][::100]

    assert len(alerts) > 5
    assert len(events) > 5
    for decision in (*alerts, *events):
        for one in decision["outcomes"]:
            _, told = why.lines(decision, one)
            assert told["tried"] is not None
            applied = [law["clause"] for law in told["tried"] if law["unmet"] is None]
            assert (one["clause"] in applied) == (one["delivered"] or one["reason"] == "FORBIDDEN")
