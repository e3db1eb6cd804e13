"""Every way to tamper that we know is found by both verifiers, under one name."""

import random

from hub.audit import standalone
from hub.audit.book import AuditError
from hub.audit.check import check
from hub.audit.drill import NOTHING, TAMPERINGS, Found, drill
from hub.audit.folder import FolderBook, export
from hub.audit.synthetic import Synthetic, policy


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


def damaged(dice, data):
    """*data* with a bit flipped, something cut out, put in, or two of its lines exchanged."""
    made, at = bytearray(data), dice.randrange(len(data))
    match dice.randrange(4):
        case 0:
            made[at] ^= 1 << dice.randrange(8)
        case 1:
            del made[at : at + dice.randrange(1, 40)]
        case 2:
            made[at:at] = dice.randbytes(dice.randrange(1, 5))
        case _:
            lines = data.split(b"\n")
            one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one]
            return b"\n".join(lines)
    return bytes(made)


def test_both_verifiers_give_one_verdict_on_whatever_is_damaged_at_random(tmp_path):
    export(made := Synthetic(), tmp_path / "ledger")
    files = [file for file in sorted((tmp_path / "ledger").rglob("*")) if file.is_file()]
    files = [file for file in files if file.name != "witnesses.policy"]
    dice, trusted, bad = random.Random(7), standalone.read_policy(policy()), 0
    for _ in range(120):
        file = dice.choice(files)
        whole = file.read_bytes()
        file.write_bytes(damaged(dice, whole))
        theirs = standalone.Folder(tmp_path / "ledger", trusted, [made.newest()]).faults
        try:
            ours = check(FolderBook(tmp_path / "ledger", policy()), [made.newest()]).faults
        except AuditError as broken:
            ours = [(broken.kind, str(broken))]
        assert bool(ours) == bool(theirs), (file.name, ours, theirs)
        bad += bool(ours)
        file.write_bytes(whole)

    assert bad > 80
