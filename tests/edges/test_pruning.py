"""What nobody uses is proposed for removal: that and nothing else, and what is left still says what it said."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import schemas

from hub.edges.agreements import bundle
from hub.edges.policy_files import AgreementError
from hub.edges.pruning import patch, pruned
from hub.reports.usage import Usage, unused
from hub.resources import folder
from hub.wire.codec import vocabulary

SHIPPED = bundle(folder("policies"), vocabulary(schemas()))
PERMITS = {one["id"]: one for one in SHIPPED["clauses"] if one["effect"] == "permit"}


def kept(one):
    """The fields that are told at all: to drop one on purpose is no permission."""
    return [key for key, form in one["fields"].items() if form != "drop"]


def permissions(made):
    return {one["id"]: dict(one["fields"]) for one in made["clauses"] if one["effect"] == "permit"}


@st.composite
def usages(draw):
    """Some clauses and fields used now and then; of every agreement at least one rule, or it is left alone."""
    idle = draw(st.sets(st.sampled_from(sorted(PERMITS)), max_size=8))
    dropped = draw(
        st.sets(st.sampled_from([(name, key) for name, one in PERMITS.items() for key in kept(one)]), max_size=20)
    )
    used = Usage()
    for name, one in PERMITS.items():
        if name not in idle:
            used.add(name, [key for key in one["fields"] if (name, key) not in dropped], draw(st.integers(1, 9)))
    return used, idle, dropped


def emptied(idle):
    of = {}
    for one in SHIPPED["clauses"]:
        of.setdefault(one["agreement"], set()).add(one["id"])
    return {name for rules in of.values() if rules <= idle for name in rules}


@given(usages())
def test_exactly_what_was_never_used_is_proposed(told):
    used, idle, dropped = told
    never = unused(SHIPPED, used, {}, 0)

    assert set(never.clauses) == idle
    assert {(name, key) for name, found in never.fields.items() for key in found} == {
        (name, key) for name, key in dropped if name not in idle
    }


@settings(max_examples=8)
@given(usages())
def test_without_what_was_never_used_everything_used_is_permitted_as_before(told):
    used, idle, dropped = told
    never = unused(SHIPPED, used, {}, 0)
    with TemporaryDirectory() as there:
        copy = Path(shutil.copytree(folder("policies"), Path(there) / "policies"))
        for name, text in pruned(copy, never.clauses, never.fields).items():
            (copy / name).write_text(text)
        left = bundle(copy, vocabulary(schemas()))

    kept = emptied(idle)
    assert permissions(left) == {
        name: {key: form for key, form in one["fields"].items() if name in kept or (name, key) not in dropped}
        for name, one in PERMITS.items()
        if name not in idle or name in kept
    }
    less = {"clauses", "gateways"}  # a statute on which no rule rests any more is not carried along
    assert {name: left[name] for name in left.keys() - less} == {name: SHIPPED[name] for name in SHIPPED.keys() - less}


def test_a_field_on_a_line_of_its_own_goes_with_its_line(tmp_path):
    (tmp_path / "agreements").mkdir()
    file = tmp_path / "agreements" / "dsa-900.yaml"
    file.write_text(
        "id: DSA-900\nrules:\n- id: '1'\n  fields:\n    a: keep\n    b: keep\n    c: keep\n- id: '2'\n  fields: {}\n"
    )

    less = pruned(tmp_path, ["DSA-900.2"], {"DSA-900.1": ["a", "c"]})["agreements/dsa-900.yaml"]

    assert less == "id: DSA-900\nrules:\n- id: '1'\n  fields:\n    b: keep\n"


def test_a_patch_against_no_policies_is_refused_with_a_cure(tmp_path):
    with pytest.raises(AgreementError, match="no agreements in it; hint: "):
        patch(tmp_path, [], {})
