"""The reading of a policy file: whatever stands in it, it is refused by name or read as it looks."""

import copy
import re
import shutil
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from slips import compiled

from hub.core.rules import compile_rules
from hub.edges import policy_files
from hub.edges.agreements import AgreementError
from hub.edges.policy_files import load
from hub.resources import folder
from hub.wire.bundle import canonical

FILES = sorted(str(file.relative_to(folder("policies"))) for file in folder("policies").rglob("*.yaml"))


@pytest.mark.parametrize(
    "content", [b"- a list", b"\xff\xfe\x00", b"", b"a: b: c"], ids=["list", "bytes", "empty", "colon"]
)
def test_a_file_that_is_no_table_is_named(policies, content):
    (policies / "teams.yaml").write_bytes(content)
    with pytest.raises(AgreementError, match=r"teams\.yaml.*hint:"):
        compiled(policies)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("VCU: &x {name: Victims, subscribes: []}", "not for policies"),
        ("VCU: {name: !!str Victims, subscribes: []}", "not for policies"),
        ("? [VCU]\n: 1", "unhashable key"),
        ("<<: {VCU: 1}", "merge"),
        ('VCU: {name: "\\ud800", subscribes: []}', "surrogates not allowed"),
        (f"VCU: {'[' * 9_999}", "too deep"),
    ],
    ids=["anchor", "tag", "list for a key", "merge", "half a character", "deep"],
)
def test_yaml_that_would_surprise_is_refused(policies, content, says):
    (policies / "teams.yaml").write_text(content)
    with pytest.raises(AgreementError, match=rf"teams\.yaml.*{says}.*hint:"):
        compiled(policies)


def places(told, where=()):
    """Where every node of *told* is: (step, step, ...)."""
    yield where
    steps = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    for step, below in steps:
        yield from places(below, (*where, step))


def replaced(told, where, new, key):
    """*told* with *new* in place of the node at *where*, or of the name it stands under."""
    if not where:
        return new
    made = copy.deepcopy(told)
    around = made
    for step in where[:-1]:
        around = around[step]
    if key and isinstance(around, dict):
        around[new] = around.pop(where[-1])
    else:
        around[where[-1]] = new
    return made


SHIPPED = {name: load(folder("policies") / name) for name in FILES}
NODES = st.sampled_from([(name, where) for name, told in SHIPPED.items() for where in places(told)])
SCALARS = [None, True, False, 0, 1, -1, 10**30, 1.5, float("nan"), "", "x", "*", "GMP", "PROB", "yes", "\ud800", "\n"]
SCALARS += [date(1, 1, 1), date(2026, 1, 1), date(9999, 12, 31), datetime(2026, 1, 1, 9)]  # noqa: DTZ001 - as YAML reads
ODD = st.sampled_from([*SCALARS, [], [[]], [None], ["x"], [1], {}, {"x": 1}, {1: "x"}, [{}]])


@settings(max_examples=120, deadline=None)
@given(NODES, ODD, st.booleans())
def test_whatever_stands_in_a_file_it_is_refused_by_name_or_the_core_can_read_it(node, odd, key):
    (name, where), key = node, key and not isinstance(odd, list | dict)
    with TemporaryDirectory() as place:
        policies = shutil.copytree(folder("policies"), Path(place) / "policies")
        (policies / name).write_text(yaml.safe_dump(replaced(SHIPPED[name], where, odd, key)))
        try:
            made = compiled(policies)
            told = compile_rules(f"bundle of {len(canonical(made))}", made).hash
        except AgreementError as slip:
            told = str(slip)

    assert told.startswith("bundle of ") or re.search(r"\.(yaml|csv).*: .+; hint: .+", told)


def test_a_file_is_read_alike_by_the_quick_reader_and_by_the_one_that_decides():
    for text in ((folder("policies") / name).read_text() for name in FILES):
        assert policy_files._Quick(text).get_single_data() == policy_files._Loader(text).get_single_data()


@pytest.mark.parametrize("text", ["a: {b:}", "a: {b:, c: d}"])
def test_what_the_quick_reader_refuses_is_for_the_other_to_decide(tmp_path, text):
    (tmp_path / "odd.yaml").write_text(text)

    assert load(tmp_path / "odd.yaml") == policy_files._Loader(text).get_single_data()
