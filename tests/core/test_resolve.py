"""Whose a record is: the link reference decides, an empty one joins nobody, and only the hub can compute a handle."""

from hub.core.events import Event
from hub.core.resolve import resolve


def registered(agency, record, link):
    return Event("e-1", "person.registered", agency, record, 0, None, {} if link is None else {"link": link})


def test_records_with_one_reference_are_one_person_and_others_are_not():
    one, two, three = (
        resolve(None, registered(*who)).person for who in [("YJS", "a", "l"), ("GMP", "b", "l"), ("GMP", "c", "m")]
    )

    assert one == two != three


def test_an_empty_reference_joins_nobody():
    people = {resolve(None, registered("YJS", record, link)).person for record in "ab" for link in ("", None)}

    assert len(people) == 2


def test_a_record_stays_where_it_is_until_a_reference_says_otherwise():
    assert resolve("p-1", registered("YJS", "a", None)).person == "p-1"
    assert resolve("p-1", Event("e-2", "person.died", "YJS", "a", 0, None, {"link": "l"})).person == "p-1"
    assert resolve("p-1", registered("YJS", "a", "l")).left == "p-1"


def test_whoever_knows_a_reference_but_not_the_salt_cannot_compute_the_handle():
    told = registered("YJS", "a", "l")

    assert resolve(None, told, "one").person != resolve(None, told, "two").person
