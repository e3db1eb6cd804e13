"""A state row reads back as exactly the person it was made of."""

import pytest
from histories import events, histories, lived
from hypothesis import given

from hub.core.person import Person
from hub.core.timers import falls_due
from hub.wire.rows import RowError, front, pack, pack_slice, unpack, unpack_slice


@given(histories)
def test_a_row_reads_back_as_the_same_person(history):
    person, _ = lived(events(history))

    assert unpack(pack(person)) == person
    assert front(pack(person)) == (falls_due(person), person.rules)
    assert all(unpack_slice(pack_slice(part)) == part for part in person.slices.values())


WHOLE = pack(Person(rules="r-1"))


@pytest.mark.parametrize(
    "row",
    [b"", b"\xc1", b"\x01" + WHOLE[1:], WHOLE[:14], WHOLE[:-1], WHOLE[:13] + b"\x93\x01\x02\x03"],
    ids=["empty", "no row", "another version", "front alone", "cut short", "something else"],
)
def test_what_is_no_row_is_refused_with_a_cure(row):
    with pytest.raises(RowError, match="hint: start the release of the hub that wrote it"):
        unpack(row)
