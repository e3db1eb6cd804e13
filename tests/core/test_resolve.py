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


def merged(kept, removed, record, **more):
    return Event("e-3", "person.merged", "YJS", record, 0, None, {"kept": kept, "removed": removed, **more})


def test_a_record_folded_into_another_is_whoever_that_is_and_only_its_own_agency_can_say_so():
    kept = resolve(None, registered("YJS", "a", None)).person
    linked = resolve(None, registered("GMP", "b", "l")).person

    assert resolve("p-1", merged("a", "c", "c")) == resolve("p-1", merged("a", "c", "c", link=None))
    assert resolve("p-1", merged("a", "c", "c")).person == kept
    assert resolve("p-1", merged("a", "c", "c")).left == "p-1"
    assert resolve("p-1", merged("a", "c", "c", link="l")).person == linked
    assert resolve("p-1", merged("a", "c", "a")).person == resolve("p-1", merged("a", "c", "x")).person == "p-1"


def test_a_merge_taken_back_makes_the_record_a_person_of_its_own_again():
    own = resolve(None, registered("YJS", "c", None)).person
    back = Event("e-4", "person.unmerged", "YJS", "c", 0, None, {"a": "a", "b": "c"})
    kept = Event("e-4", "person.unmerged", "YJS", "a", 0, None, {"a": "a", "b": "c"})

    assert resolve("p-1", back).person == own
    assert resolve("p-1", kept).person == "p-1"
