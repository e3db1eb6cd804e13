"""What is shown of a refused record names its type and its fields, never a value."""

from hypothesis import given
from hypothesis import strategies as st
from operatorhome import KINDS, filled
from shipped import schemas

from hub.intake.masked import masked
from hub.log import Record

SECRET = st.text("QXZJ#~|", min_size=3, max_size=30)  # what none of our words are made of


def refused(value, key=b"r1.x", headers=(), reason=b"why: not so; hint: do so"):
    ours = (("quarantine.reason", reason), ("quarantine.source", b"intake.gmp.v1/0/7"))
    return Record("quarantine.gmp.v1", 0, 3, key, value, (*headers, *ours), 1_795_000_000_000)


@given(st.sampled_from(KINDS), SECRET)
def test_no_value_of_a_record_is_shown(kind, secret):
    entry = masked(schemas(), refused(filled(kind, secret), secret.encode(), ((secret, secret.encode()),)))

    assert secret not in repr(entry)
    assert entry.type == kind
    assert {told.name for told in entry.fields if told.given} >= {"id", "agency", "record", "at"}


@given(SECRET, st.binary(max_size=40))
def test_nothing_of_what_cannot_be_read_is_shown(secret, more):
    for value in (
        secret.encode() + more,
        b"\0" + secret.encode() + more,
        filled("arrest.recorded", "x") + secret.encode(),
    ):
        entry = masked(schemas(), refused(value, headers=((secret, secret.encode()),)))

        assert secret not in repr(entry)
        assert entry.size == len(value)


@given(SECRET)
def test_a_sender_cannot_plant_a_reason_or_a_place(secret):
    planted = tuple((name, secret.encode()) for name in ("quarantine.reason", "quarantine.source", "hub.redrive"))
    entry = masked(schemas(), refused(b"Dear hub", headers=planted))

    assert (entry.reason, entry.cure, entry.came, entry.again) == ("why: not so", "do so", "intake.gmp.v1/0/7", None)


def test_the_fault_has_its_place_in_the_schema():
    value = filled("release_dates.changed", "MDI")
    reason = b"release_dates.changed: `crd` is not between 1900 and 2200; hint: leave out a date that is not known"

    assert masked(schemas(), refused(value, reason=reason)).field == "release_dates.changed.v1 / crd"


def test_a_record_without_anything_has_nothing_to_show():
    entry = masked(schemas(), refused(None, None))

    assert (entry.size, entry.key, entry.form, entry.fields) == (0, 0, "nothing at all", ())
