"""What is joined from pieces is what a writer that walks the schema makes."""

import io

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.pieces import block, long, text


def written(schema, value):
    data = io.BytesIO()
    fastavro.schemaless_writer(data, fastavro.parse_schema(schema), value)
    return data.getvalue()


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_long(value):
    assert long(value) == written("long", value)


@given(st.text(max_size=200))
def test_a_string(value):
    assert text(value) == written("string", value)


@given(st.lists(st.text(max_size=9), max_size=150))
def test_an_array_of_strings(values):
    assert block(tuple(map(text, values))) == written({"type": "array", "items": "string"}, values)


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=150))
def test_a_map_of_strings(values):
    pieces = tuple(text(name) + text(value) for name, value in values.items())

    assert block(pieces) == written({"type": "map", "values": "string"}, values)
