"""A folder is all that a verifier needs: it checks like the log, opens only a period, and is found out when altered."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from audit_book import ERASED, NOW, POLICY, KeptHub, rewrite, rows
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.audit.book import AuditError
from hub.audit.check import check
from hub.audit.folder import FolderBook, export, publish, tiles
from hub.audit.proof import prove, show
from hub.core.identity import identity
from hub.core.merkle import ProofError, inclusion, leaf_hash, nodes, root
from hub.wire.notes import COSIGNATURE, NoteError, cosign, public_key, read_note, read_proof
from hub.wire.witnesses import read_policy

OUTSIDE = json.loads((Path(__file__).parents[1] / "vectors" / "outside_tlog.json").read_text())["tiles"]
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)


@pytest.fixture
def kept():
    return KeptHub()


@pytest.fixture
def folder(kept, tmp_path):
    export(kept.book(), tmp_path / "ledger")
    return tmp_path / "ledger"


def faults(folder, policy=None):
    return {kind for kind, _ in check(FolderBook(folder, policy)).faults}


def test_an_exported_ledger_checks_as_the_log_does(kept, folder):
    report, there = check(FolderBook(folder)), kept.check()

    assert report.faults == []
    assert {name: report.counts[name] for name in ("decisions", "blanks", "told", "checkpoints")} == {
        name: there.counts[name] for name in ("decisions", "blanks", "told", "checkpoints")
    }


def test_what_is_outside_the_period_stays_shut(kept, tmp_path):
    export(kept.book(), tmp_path / "part", lambda record: record["event"] == "e-dates-1")
    opened = [row for row in rows(tmp_path / "part") if row["kind"] == "decision" and "record" in row]
    shown = (tmp_path / "part" / "entries.jsonl").read_text()

    assert [row["record"]["event"] for row in opened] == ["e-dates-1"]
    assert kept.person("e-reg-9") not in shown
    assert faults(tmp_path / "part") == set()


def test_an_erased_decision_is_exported_as_such_and_verifies(tmp_path):
    kept = KeptHub(*ERASED)
    person = kept.person()
    made = kept.erase(person)
    export(kept.book(), tmp_path / "after")

    assert sum(row.get("erased", False) for row in rows(tmp_path / "after")) == len(made.receipts)
    assert person not in (tmp_path / "after" / "entries.jsonl").read_text()
    assert faults(tmp_path / "after") == set()


def test_a_record_or_a_salt_that_is_altered_is_found(folder):
    for name, change in (
        ("salt", lambda salt: "00" + salt[2:]),
        ("record", lambda told: {**told, "at": told["at"] + 1}),
    ):
        before = rows(folder)
        at = next(index for index, row in enumerate(before) if row["kind"] == "decision")
        rewrite(folder, [{**row, name: change(row[name])} if index == at else row for index, row in enumerate(before)])
        assert faults(folder) >= {"altered"}
        rewrite(folder, before)


def test_a_line_that_is_left_out_or_disowned_is_found(folder):
    before = rows(folder)
    at = next(index for index, row in enumerate(before) if row["kind"] == "decision")
    rewrite(folder, before[:at] + before[at + 1 :])
    assert "cut" in faults(folder)
    rewrite(
        folder,
        [
            *before[:at],
            {"index": at, "kind": "decision", "partition": 0, "offset": 0, "erased": True},
            *before[at + 1 :],
        ],
    )
    assert "missing" in faults(folder)


def test_a_tile_that_is_altered_is_found(folder):
    file = folder / "tile" / "0" / "000"
    data = file.read_bytes()
    file.write_bytes(bytes(32) + data[32:])

    with pytest.raises(AuditError, match="not of those below"):
        faults(folder)


def test_the_published_checkpoint_must_be_the_last_step_and_have_its_quorum(folder):
    policy = (
        f"{POLICY.partition('quorum')[0]}witness police {public_key('police', WITNESS, COSIGNATURE)}\nquorum police\n"
    )
    assert faults(folder, policy) == {"quorum"}
    note = read_note((folder / "checkpoint").read_text())
    seen = note._replace(lines=(*note.lines, cosign(note.text, "police", WITNESS, 1_780_000_000)))
    (folder / "checkpoint").write_text(str(seen))
    assert faults(folder, policy) == set()
    (folder / "checkpoint").write_text(rows(folder, "checkpoints.jsonl")[0]["note"])
    assert faults(folder) == {"cut"}


def test_tiles_are_those_that_an_independent_implementation_makes():
    leaves = [leaf_hash(str(number).encode()) for number in range(OUTSIDE["leaves"])]
    node, made = nodes(leaves), dict(tiles(leaves))

    assert [name for name in made if name[5] != "0"] == ["tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"]
    assert sha256("".join(f"{name}\n" for name in made).encode()).hexdigest() == OUTSIDE["names"]
    assert sha256(b"".join(made.values())).hexdigest() == OUTSIDE["hashes"]
    assert root(len(leaves), node).hex() == OUTSIDE["root"]
    assert [one.hex() for one in inclusion(OUTSIDE["index"], len(leaves), node)] == OUTSIDE["proof"]


def test_what_is_published_is_hashes_alone_and_grows_with_the_tree(kept, tmp_path):
    publish(kept.book(), tmp_path)
    kept.ledger.grow(NOW + 9)
    publish(kept.book(), tmp_path)
    files = {str(file.relative_to(tmp_path)): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    assert set(files) == {
        "checkpoint", "witnesses.policy", "tile/1/000.p/2", "tile/1/000.p/3",
        *(f"tile/0/00{number}" for number in range(3)),
    }  # fmt: skip
    assert "\n768\n" in files["checkpoint"].decode()
    assert b"".join(files[f"tile/0/00{number}"] for number in range(3)) == b"".join(kept.book().leaves())


def test_a_folder_that_is_not_empty_is_left_alone(kept, folder):
    with pytest.raises(AuditError, match="not empty"):
        export(kept.book(), folder)


def test_a_delivery_is_proved_offline_and_its_proof_speaks_of_one_team_alone(kept):
    decision = kept.hub.decisions()["e-dates-1"]
    proof = read_proof(str(prove(kept.book(), identity("delivery", decision["id"], "PROB"))))
    shown = show(proof, read_policy(POLICY))

    assert (shown.part["team"], shown.part["delivered"]) == ("PROB", True)
    for secret in (decision["person"], decision["id"], decision["event"]):
        assert secret not in str(proof) + proof.extra.decode()


def test_a_proof_that_was_altered_proves_nothing(kept):
    proof = prove(kept.book(), kept.hub.decisions()["e-dates-1"]["id"])
    policy = read_policy(POLICY)
    for bad in (
        proof._replace(number=proof.number + 1),
        proof._replace(path=proof.path[1:]),
        proof._replace(extra=proof.extra.replace(b"HMPPS", b"HMPPZ")),
        proof._replace(note=proof.note._replace(text=proof.note.text.replace("512", "513"))),
    ):
        with pytest.raises((ProofError, NoteError)):
            show(bad, policy)
    with pytest.raises(AuditError, match="opens no part"):
        show(proof._replace(extra=b"{}"), policy)
