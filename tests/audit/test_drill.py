"""Every way to tamper that we know is found by both verifiers, under one name."""

from hub.audit.drill import NOTHING, TAMPERINGS, Found, drill


def test_every_tampering_is_found_and_rightly_named_by_both_verifiers(tmp_path):
    made = list(drill(tmp_path))

    assert [(one.what, found) for one, found in made if not found.right(one.kind)] == []
    assert [one for one, _ in made] == [NOTHING, *TAMPERINGS]
    assert len({one.do for one in TAMPERINGS}) >= 35
    assert made[0][1] == Found((), ())


def test_a_verifier_that_finds_nothing_or_something_else_is_not_right():
    assert Found(("cut",), ("cut",)).right("cut")
    assert not Found(("cut",), ()).right("cut")
    assert not Found((), ()).right("cut")
    assert not Found(("forked",), ("forked",)).right("cut")
    assert not Found(("cut",), ("cut",)).right("")
