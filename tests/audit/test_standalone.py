"""A second verifier, in one file that shares nothing with the hub: known answers, and the same verdict as ours."""

import ast
import json
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from audit_book import ERASED, POLICY, KeptHub, rewrite, rows

from hub.audit import standalone
from hub.audit.check import check
from hub.audit.folder import FolderBook, export
from hub.audit.proof import prove
from hub.core.identity import reference

VECTORS = Path(__file__).parents[1] / "vectors"
LEDGER = json.loads((VECTORS / "ledger.json").read_text())
FILE = Path(standalone.__file__)
VKEY = POLICY.split()[1]


@pytest.fixture(scope="module")
def kept():
    return KeptHub()


@pytest.fixture
def folder(kept, tmp_path):
    export(kept.book(), tmp_path / "ledger")
    return tmp_path / "ledger"


def run(*words):
    """The verifier as an auditor has it: no site packages, no path of ours."""
    made = [sys.executable, "-I", "-S", str(FILE), *map(str, words)]
    return subprocess.run(made, capture_output=True, text=True, timeout=60, check=False)


def kinds(*words):
    return {fault["kind"] for fault in json.loads(run(*words, "--json").stdout)["faults"]}


def test_it_needs_nothing_but_python():
    names = {
        name
        for node in ast.walk(ast.parse(FILE.read_text()))
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names - {"importlib"}


@pytest.mark.parametrize("case", json.loads((VECTORS / "ed25519.json").read_text())["cases"])
def test_its_signatures_are_those_of_rfc_8032(case):
    public, message, signature = (bytes.fromhex(case[name]) for name in ("public", "message", "signature"))
    order = standalone.ORDER

    assert standalone.signed(public, message, signature)
    for at in range(0, 64, 7):
        assert not standalone.signed(public, message, signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :])
    assert not standalone.signed(public, message + b".", signature)
    again = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not standalone.signed(public, message, signature[:32] + again)  # RFC 8032, section 8.4


def test_its_tree_is_that_of_rfc_6962():
    leaves = [standalone.leaf_hash(bytes.fromhex(leaf)) for leaf in LEDGER["leaves"]]
    tree = standalone.Tree(leaves)

    assert [tree.root(size).hex() for size in range(8)] == LEDGER["roots"][:8]
    for case in LEDGER["inclusion"]:
        path = list(map(bytes.fromhex, case["proof"]))
        index, size = case["index"], case["size"]
        assert standalone.root_from(leaves[index], index, size, path) == tree.root(size)


def test_its_notes_are_those_of_the_specification():
    known = LEDGER["note"]
    key = standalone.read_key(known["vkey"])
    signature = b64decode(known["line"].split(" ")[2])

    assert signature[:4] == key.id
    assert standalone.signed(key.public, known["text"].encode(), signature[4:])


def test_a_ledger_as_it_should_be_holds(folder):
    told = run(folder, "--key", VKEY, "--kept", folder / "checkpoint")

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines()[-1] == "everything holds"
    assert "FAILS" not in told.stdout
    assert ("not shown" in told.stdout, "not shown" in run(folder).stdout) == (False, True)


def test_an_erased_ledger_and_one_partly_shut_hold(kept, tmp_path):
    erased = KeptHub(*ERASED)
    erased.erase(erased.person())
    export(erased.book(), tmp_path / "erased")
    export(kept.book(), tmp_path / "part", lambda record: record["event"] == "e-dates-1")

    assert run(tmp_path / "erased").returncode == run(tmp_path / "part").returncode == 0
    assert "left out of this folder" in run(tmp_path / "part").stdout


def test_a_delivery_is_proved_and_an_altered_proof_proves_nothing(kept, tmp_path):
    decision = kept.hub.decisions()["e-dates-1"]
    made = prove(kept.book(), reference(decision["id"], "PROB"))
    file = tmp_path / "one.tlog-proof"
    file.write_text(str(made))
    told = run(file, "--key", VKEY)

    assert (told.returncode, "team: PROB" in told.stdout) == (0, True)
    assert run(file).returncode == 2
    for bad in (
        made._replace(number=made.number + 1),
        made._replace(path=made.path[1:]),
        made._replace(path=(*made.path, bytes(32))),
        made._replace(extra=made.extra.replace(b"HMPPS", b"HMPPZ")),
    ):
        file.write_text(str(bad))
        assert kinds(file, "--key", VKEY) == {"unproved"}


def test_what_is_not_there_to_be_checked_is_a_usage_error(tmp_path, folder):
    assert run(tmp_path / "nowhere").returncode == 2
    assert run(folder, "--key", "nonsense").returncode == 2


def break_salt(folder):
    rewrite(folder, [{**row, "salt": "00" * 32} if row["kind"] == "decision" else row for row in rows(folder)])


def break_json(folder):
    (folder / "entries.jsonl").write_text("[" * 100_000)


def break_order(folder):
    made = rows(folder)
    rewrite(folder, [made[1], made[0], *made[2:]])


def break_told(folder):
    rewrite(folder, rows(folder, "told.jsonl")[1:], "told.jsonl")


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [(break_salt, "altered"), (break_json, "unreadable"), (break_order, "added"), (break_told, "untold")],
)
def test_both_verifiers_give_one_verdict_on_what_is_tampered_with(folder, tamper, kind):
    tamper(folder)

    assert kind in kinds(folder)
    if kind != "unreadable":
        assert {kind for kind, _ in check(FolderBook(folder)).faults} == kinds(folder)


def test_one_key_under_two_names_is_no_quorum():
    witness = f"PeterNeumann+{LEDGER['note']['vkey'].partition('+')[2]}"
    key = standalone.Key("w", 4, standalone.read_key(witness).public)
    vkey = f"w+{key.id.hex()}+{b64encode(bytes([4]) + key.public).decode()}"
    two = f"log {VKEY}\nwitness one {vkey}\nwitness two {vkey}\ngroup both all one two\nquorum both\n"

    assert standalone.read_policy(two.replace(f"witness two {vkey}\n", "").replace("one two", "one")).quorum == "both"
    with pytest.raises(ValueError, match="two names"):
        standalone.read_policy(two)
