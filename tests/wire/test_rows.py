"""A state row reads back as exactly the person it was made of."""

import pytest
from histories import events, histories, lived
from hypothesis import given

from hub.wire.rows import RowError, pack, pack_slice, unpack, unpack_slice


@given(histories)
def test_a_row_reads_back_as_the_same_person(history):
    person, _ = lived(events(history))

    assert unpack(pack(person)) == person
    assert all(unpack_slice(pack_slice(part)) == part for part in person.slices.values())


@pytest.mark.parametrize("row", [b"", b"\xc1", b"\x93\x01\x02"], ids=["empty", "no row", "cut short"])
def test_what_is_no_row_is_refused_with_a_cure(row):
    with pytest.raises(RowError, match="hint"):
        unpack(row)
