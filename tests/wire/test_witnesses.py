"""A witness policy is read as C2SP writes it, and counts only cosignatures that are there."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.wire.notes import COSIGNATURE, Checkpoint, Note, NoteError, cosign, public_key, sign
from hub.wire.witnesses import Group, PolicyError, read_policy, trusted

NAMES = ("police", "prison", "yjs", "school", "council")
SECRETS = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b".")) for name in ("log", *NAMES)}
LOG = public_key("hub.example", SECRETS["log"])
WITNESS = {name: public_key(f"{name}.example", SECRETS[name], COSIGNATURE) for name in NAMES}
LINES = [f"log {LOG} https://hub.example", *(f"witness {name} {key}" for name, key in WITNESS.items())]
THREE = "\n".join([*LINES, "# three of five", f"group most 3 {' '.join(NAMES)}", "quorum most"])
BODY = str(Checkpoint("hub.example", 256, bytes(32)))


def note(*names, body=BODY):
    lines = (cosign(body, f"{name}.example", SECRETS[name], 1_780_000_000) for name in names)
    return Note(body, (sign(body, "hub.example", SECRETS["log"]), *lines))


def test_three_of_five_is_a_quorum_and_two_are_not():
    policy = read_policy(THREE)

    assert trusted(note("police", "yjs", "school"), policy).by.keys() == {"police", "yjs", "school"}
    with pytest.raises(NoteError, match="police, yjs, no quorum"):
        trusted(note("police", "yjs"), policy)


def test_groups_of_groups_count_as_one_each():
    more = ["group justice any police prison yjs", "group civic any school council", "group both all justice civic"]
    policy = read_policy("\n".join([*LINES, *more, "quorum both"]))

    assert policy.groups["both"] == Group(2, ("justice", "civic"))
    assert not policy.satisfied({"police", "prison", "yjs"})
    assert policy.satisfied({"police", "council"})


def test_without_the_logs_own_signature_nothing_is_trusted():
    unsigned = Note(BODY, note(*NAMES).lines[1:])
    other = str(Checkpoint("other.example", 256, bytes(32)))

    for bad, why in ((unsigned, "not signed by the log"), (note(*NAMES, body=other), "of another log")):
        with pytest.raises(NoteError, match=why):
            trusted(bad, read_policy(THREE))


def test_quorum_none_asks_for_the_logs_word_alone():
    assert trusted(note(), read_policy(f"log {LOG}\nquorum none")).by == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("quorum nobody", "`nobody` is not defined"),
        ("witness police", "not as"),
        (f"witness again {WITNESS['police']}", "here already"),
        (f"witness again {public_key('new', SECRETS['log'], COSIGNATURE)}", "here already"),
        (f"witness police {public_key('new', SECRETS['log'], COSIGNATURE)}", "`police` is taken"),
        (f"witness none {WITNESS['police']}", "`none` is taken"),
        (f"log {WITNESS['police']}", "another kind"),
        ("group most 6 police prison", "between 1 and 2"),
        ("group most 0 police prison", "between 1 and 2"),
        ("group most 2 police police", "in a group already"),
        ("gruop most 2 police prison", "not as"),
    ],
)  # fmt: skip
def test_a_line_that_is_wrong_is_named(line, why):
    with pytest.raises(PolicyError, match=f"line 7: .*{why}"):
        read_policy("\n".join([*LINES, line, "quorum none"]))


def test_a_policy_without_a_quorum_is_refused():
    with pytest.raises(PolicyError, match="none said"):
        read_policy("\n".join(LINES))
