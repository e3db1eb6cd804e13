"""What somebody else made up: both verifiers refuse it, with the same verdict, and neither falls over."""

import json
from base64 import b64encode

import pytest
from audit_book import POLICY, KeptHub, rewrite, rows

from hub.audit import standalone
from hub.audit.book import AuditError
from hub.audit.check import check
from hub.audit.folder import FolderBook, export
from hub.audit.proof import prove, show
from hub.audit.synthetic import ORIGIN, Synthetic, policy, secret, signed
from hub.core.ledger import Opening, commit, leaf_of
from hub.core.merkle import ProofError, leaf_hash
from hub.wire.notes import COSIGNATURE, Checkpoint, Key, Note, NoteError, key_of, read_proof, sign
from hub.wire.witnesses import PolicyError, read_policy


def by_hub(shown, trusted):
    try:
        if shown.is_dir():
            return {kind for kind, _ in check(FolderBook(shown, trusted)).faults}
        show(read_proof(shown.read_text("utf-8")), read_policy(trusted))
    except ProofError:
        return {"unproved"}
    except (AuditError, NoteError, PolicyError, UnicodeDecodeError) as bad:
        return {getattr(bad, "kind", "unreadable")}
    return set()


def by_standalone(shown, trusted):
    believed = standalone.read_policy(trusted)
    if shown.is_dir():
        return {kind for kind, _ in standalone.Folder(shown, believed, []).faults}
    return {kind for kind, _ in standalone.proved(shown, believed, [])[1]}


@pytest.fixture
def folder(tmp_path):
    export(Synthetic(), tmp_path / "ledger")
    return tmp_path / "ledger"


def test_an_emptied_checkpoint_file_does_not_do_away_with_the_quorum(folder):
    (folder / "checkpoint").write_text("")

    assert by_hub(folder, policy()) == by_standalone(folder, policy()) == {"unsigned"}


def test_a_ledger_without_a_step_is_not_exported(tmp_path):
    with pytest.raises(AuditError, match="no checkpoint yet"):
        export(Synthetic(many=0), tmp_path / "none")


def test_a_hub_at_work_can_be_exported_and_verifies(tmp_path):
    kept = KeptHub(more=())
    kept.hub.tick("2026-08-20T09:00")
    assert kept.check().counts["waiting"]
    export(kept.book(), tmp_path / "live")

    assert by_hub(tmp_path / "live", POLICY) == by_standalone(tmp_path / "live", POLICY) == set()


def edit(name, change, at=-1):
    def do(folder):
        made = rows(folder, name)
        number = next(index for index, row in enumerate(made) if row.get("record", {}).get("id")) if at == -1 else at
        change(made[number])
        rewrite(folder, made, name)

    return do


def raw(name, old, new):
    def do(folder):
        data = (folder / name).read_bytes()
        assert old in data
        (folder / name).write_bytes(data.replace(old, new, 1))

    return do


ENTRIES, STEPS, TOLD = "entries.jsonl", "checkpoints.jsonl", "told.jsonl"
HOSTILE = {
    "a time that is no number": edit(STEPS, lambda row: row.update(at=float("nan")), 1),
    "a time that is infinite": edit(STEPS, lambda row: row.update(at=float("inf")), 1),
    "a size that is text": edit(STEPS, lambda row: row.update(size="256"), 1),
    "a size below none": edit(STEPS, lambda row: row.update(size=-256), 1),
    "a size of a float": edit(STEPS, lambda row: row.update(size=512.0), 1),
    "a size of more than eight bytes": edit(STEPS, lambda row: row.update(size=2**63), 1),
    "a note that is no text": edit(STEPS, lambda row: row.update(note=7), 1),
    "a step with more in it": edit(STEPS, lambda row: row.update(more=1), 1),
    "an index that is true": edit(ENTRIES, lambda row: row.update(index=True), 1),
    "an index that is text": edit(ENTRIES, lambda row: row.update(index="1"), 1),
    "an index far beyond": edit(ENTRIES, lambda row: row.update(index=2**62), 1),
    "an index below none": edit(ENTRIES, lambda row: row.update(index=-1), 1),
    "a kind nobody knows": edit(ENTRIES, lambda row: row.update(kind="foo")),
    "a kind that is a list": edit(ENTRIES, lambda row: row.update(kind=["decision"])),
    "erased, and opened": edit(ENTRIES, lambda row: row.update(erased=True)),
    "erased, and left out": edit(ENTRIES, lambda row: (row.clear(), row.update(
        index=0, kind="decision", partition=0, offset=0, erased=True, left_out=True)), 0),
    "a blank left out": edit(ENTRIES, lambda row: (row.clear(), row.update(
        index=0, kind="blank", left_out=True)), 0),
    "a partition that is a list": edit(ENTRIES, lambda row: row.update(partition=[1])),
    "a salt that is short": edit(ENTRIES, lambda row: row.update(salt="00")),
    "a salt that is no hex": edit(ENTRIES, lambda row: row.update(salt="zz")),
    "a salt that is a number": edit(ENTRIES, lambda row: row.update(salt=7)),
    "a record that is a list": edit(ENTRIES, lambda row: row.update(record=[])),
    "outcomes that are none": edit(ENTRIES, lambda row: row["record"].update(outcomes=7)),
    "an outcome that is none": edit(ENTRIES, lambda row: row["record"].update(outcomes=[7])),
    "an outcome without a team": edit(ENTRIES, lambda row: row["record"]["outcomes"][0].pop("team")),
    "a record with half a character": edit(ENTRIES, lambda row: row["record"].update(id="\ud800")),
    "a record with a float": edit(ENTRIES, lambda row: row["record"].update(at=1e300)),
    "a record with a great number": edit(ENTRIES, lambda row: row["record"].update(at=10**400)),
    "a line that is deep": raw(ENTRIES, b"\n", b"\n" + b"[" * 100_000 + b"\n"),
    "a line that is a list": raw(ENTRIES, b"\n", b"\n[]\n"),
    "what is not UTF-8": raw(TOLD, b'"team": "', b'"team": "\xff'),
    "a told decision that is a list": edit(TOLD, lambda row: row.update(decision=[]), 0),
    "a told decision that is none of ours": edit(TOLD, lambda row: row.update(decision="\x1b[2J"), 0),
    "a tile that is a folder": lambda folder: (
        (folder / "tile/0/001").unlink(), (folder / "tile/0/001").mkdir()),
    "a link to nowhere": lambda folder: (
        (folder / ENTRIES).unlink(), (folder / ENTRIES).symlink_to(folder / "nowhere")),
    "a file that is a folder": lambda folder: ((folder / TOLD).unlink(), (folder / TOLD).mkdir()),
    "no entries at all": lambda folder: (folder / ENTRIES).write_bytes(b""),
    "no steps at all": lambda folder: (folder / STEPS).write_bytes(b""),
}  # fmt: skip


@pytest.mark.parametrize("do", HOSTILE.values(), ids=HOSTILE)
def test_both_verifiers_refuse_a_hostile_folder_alike(folder, do):
    do(folder)
    found = by_hub(folder, policy())

    assert found
    assert found == by_standalone(folder, policy())


def test_what_a_folder_says_of_places_cannot_move_the_cursor(folder):
    edit(TOLD, lambda row: row.update(decision="r-" + "0" * 32, topic="\x1b[2J\neverything holds"), 0)(folder)
    rewrite(folder, [row | {"topic": "\x1b[2J\nholds"} for row in rows(folder, TOLD)], TOLD)
    faults = standalone.Folder(folder, standalone.read_policy(policy()), []).faults

    assert [kind for kind, _ in faults] == ["undecided", "untold"]
    assert all(where.isprintable() and where.isascii() for _, where in faults)


class Sealed(Synthetic):
    """A hub that seals whatever it likes: *change* is made to each decision before its leaf."""

    change = staticmethod(lambda record: None)

    def _decision(self, step, number, forked):
        made = super()._decision(step, number, forked)
        record = self._records[made.salt]
        self.change(record)
        from hub.wire import commitments

        return made._replace(parts=commitments.decision(record))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda record: record.update(at=record["at"] + 10**12), "back-dated"),
        (lambda record: record.update(at="soon"), "altered"),
        (lambda record: record.update(at=1.5), "unreadable"),
        (lambda record: record["outcomes"][0].update(delivered="no"), "altered"),
        (lambda record: record["outcomes"][0].pop("delivered"), "altered"),
        (lambda record: record["outcomes"][0].update(team=7), "altered"),
        (lambda record: record.update(source=float("nan")), "unreadable"),
        (lambda record: record.update(source=2**64 - 1), "unreadable"),
        (lambda record: record.update(source="\u2028\x85\x0b"), ""),
    ],
)
def test_what_a_hostile_hub_seals_is_judged_alike(tmp_path, change, kind, monkeypatch):
    monkeypatch.setattr(Sealed, "change", staticmethod(change))
    monkeypatch.setattr(Sealed, "_receipt", lambda self: Synthetic._decision(self, 9, 9, False))
    made = Sealed.__new__(Sealed)
    monkeypatch.setattr(Sealed, "lines", lambda self: iter(self.opened))
    monkeypatch.setattr(Sealed, "told", lambda self: iter(()))
    made.__init__()
    export(made, tmp_path / "sealed")
    found = by_hub(tmp_path / "sealed", policy())

    assert found == by_standalone(tmp_path / "sealed", policy())
    assert kind in found or not kind


def test_a_leaf_cannot_be_opened_as_two_things():
    salt, part = bytes(32), b'{"a":"{","b":1}'
    right = Opening(part, salt, 0, 1, ())
    other = Opening(part[5:], salt + part[:5], 0, 1, ())

    assert leaf_of(right) == leaf_hash(commit(part, salt))
    with pytest.raises(ProofError, match="32 bytes"):
        leaf_of(other)
    with pytest.raises(ProofError, match="32 bytes"):
        leaf_of(right._replace(size=2, path=(bytes(64),)))


def spoil(proof, told):
    head, _, *rest = str(proof).split("\n")
    whole = {**json.loads(proof.extra), **told}
    return "\n".join([head, "extra " + b64encode(json.dumps(whole).encode()).decode(), *rest])


def test_both_verifiers_refuse_a_hostile_proof_alike(tmp_path):
    made = Synthetic()
    line = next(line for line in made.lines() if line.kind == "decision" and not line.absent)
    proof = prove(made, line.record["id"])
    opened, text = json.loads(proof.extra), str(proof)
    longer = {"salt": opened["salt"] + opened["part"][:4].encode().hex(), "part": opened["part"][4:]}
    index = f"index {proof.number}\n"
    bad = [
        *(spoil(proof, told) for told in (
            longer, {"number": "0"}, {"number": 0.0}, {"number": False}, {"parts": float(opened["parts"])},
            {"parts": 10**3000}, {"parts": 0}, {"number": -1}, {"number": 4}, {"beside": []}, {"beside": ["zz"]},
            {"beside": opened["beside"] + ["00" * 32]}, {"beside": [opened["beside"][0] + "00", *opened["beside"][1:]]},
            {"part": "[]"}, {"part": "[" * 50_000}, {"part": "\ud800"}, {"part": 7}, {"salt": ""}, {"beside": "00"})),
        *(text.replace(index, f"index {other}\n") for other in (
            "-0", "+1", " 1", "1_0", "01", "\u0663", 2**63, 10**30, proof.number + 768, "")),
        text.replace("\nindex", " \nindex"), text.replace("extra ", "extra  "), text.replace("extra ", "Extra "),
        text.replace("\n\n", "\n", 1), text[:-1], text + "\n", text.replace("\n768\n", "\n0\n"), "", "\n\n\n",
    ]  # fmt: skip
    file = tmp_path / "one.tlog-proof"
    file.write_text(text.replace(str(proof.note), made.newest()))
    assert by_hub(file, policy()) == by_standalone(file, policy()) == set()
    for one in bad:
        file.write_text(one.replace(str(proof.note), made.newest()), "utf-8", "surrogatepass")
        found = by_hub(file, policy())
        assert found, one
        assert bool(by_standalone(file, policy())), one


SMALL = [
    bytes(32), (1).to_bytes(32, "little"), (2**255 - 20).to_bytes(32, "little"),
    (2**255 - 19).to_bytes(32, "little"), (2**255 - 18).to_bytes(32, "little"), ((1 << 255) + 1).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
]  # fmt: skip


@pytest.mark.parametrize("public", SMALL, ids=bytes.hex)
def test_a_key_for_which_anybody_can_sign_is_no_key(public):
    told = str(Key("weak", COSIGNATURE, public))

    with pytest.raises(NoteError):
        key_of(told)
    with pytest.raises(ValueError, match=r"small order|no point"):
        standalone.read_key(told)


def policies():
    log, (one, two) = Key(ORIGIN, 1, _public("log")), (Key(name, 4, _public(name)) for name in ("one", "two"))
    whole = f"log {log}\nwitness one {one}\nwitness two {two}\n"
    both = f"{whole}group both all one two\n"
    yield f"{both}quorum both\n", True
    yield f"{whole}quorum none\n", True
    yield f"# said\n\n{whole} quorum  two \n", True
    yield f"{whole}group g 2 one one\nquorum g\n", False
    yield f"{both}group again any one\nquorum again\n", False
    yield f"{whole}witness twin {Key('twin', 4, one.public)}\nquorum twin\n", False
    yield f"{whole}witness none {Key('none', 4, _public('none'))}\nquorum none\n", False
    yield f"{whole}group none any one\nquorum none\n", False
    yield f"log {Key('w', 4, _public('w'))}\nquorum none\n", False
    yield f"log {log}\nwitness w {Key('w', 1, _public('w'))}\nquorum w\n", False
    yield f"log {log} a b\nquorum none\n", False
    yield f"{whole}witness x {Key('x', 4, _public('x'))} a b\nquorum none\n", False
    yield f"{whole}group g 0 one\nquorum g\n", False
    yield f"{whole}group g 2 one\nquorum g\n", False
    yield f"{whole}group g any\nquorum g\n", False
    yield f"{whole}quorum both\n", False
    yield f"{both}quorum one\nquorum both\n", False
    yield f"{whole}quorum\n", False
    yield f"{whole}", False
    yield f"{whole}\x85quorum none\n", True


def _public(name):
    return secret(name).public_key().public_bytes_raw()


@pytest.mark.parametrize(("text", "right"), list(policies()))
def test_both_verifiers_read_a_policy_alike(text, right):
    for read, error in ((read_policy, PolicyError), (standalone.read_policy, ValueError)):
        try:
            read(text)
        except error:
            assert not right, read
        else:
            assert right, read


def notes():
    text = str(Checkpoint(ORIGIN, 256, bytes(32)))
    whole = signed(Checkpoint(ORIGIN, 256, bytes(32)))
    line = whole.lines[0]
    s = int.from_bytes(line.signature[32:], "little") + standalone.ORDER
    yield str(whole), True
    yield str(Note(text, (line, line))), False
    yield str(Note(text, (line._replace(signature=line.signature[:32] + s.to_bytes(32, "little")),))), False
    yield str(Note(text, (line._replace(signature=line.signature + b"0"),))), False
    yield str(Note(text, (line._replace(signature=b""),))), False
    yield str(whole).replace("\u2014 ", "- "), False
    yield str(whole)[:-1], False
    yield str(whole) + "\n", False
    yield str(whole) + "\u2014 other AAAA\n", False
    yield str(whole) + "\u2014 other AAAAAAAA\n", True
    yield str(whole) + "\u2014 an\u00a0other AAAAAAAA\n", False
    yield str(whole) + "\u2014 other AAAAAAAB\n" * 63, True
    yield str(whole) + "\u2014 other AAAAAAAB\n" * 64, False
    yield str(whole).replace("\n", "\r\n"), False
    yield "", False
    for body, right in (
        (f"{ORIGIN}\n256\n{b64encode(bytes(32)).decode()}\nmore\n", True),
        (f"{ORIGIN}\n256\n{b64encode(bytes(32)).decode()}\n\nmore\n", False),
        (f"{ORIGIN}\n256\n{b64encode(bytes(32)).decode()}\na\tb\n", False),
        (f"{ORIGIN}\n0256\n{b64encode(bytes(32)).decode()}\n", False),
        (f"{ORIGIN}\n-1\n{b64encode(bytes(32)).decode()}\n", False),
        (f"{ORIGIN}\n{2**63 - 1}\n{b64encode(bytes(32)).decode()}\n", True),
        (f"{ORIGIN}\n{2**63}\n{b64encode(bytes(32)).decode()}\n", False),
        (f"{ORIGIN}\n256\n{b64encode(bytes(31)).decode()}\n", False),
        (f"{ORIGIN}\n256\n{b64encode(bytes(32)).decode()[:-2]}B=\n", False),
        (f"{ORIGIN}\n256\n", False),
        (f"{ORIGIN}\n256\n{b64encode(bytes(32)).decode()}\n" + "x" * (1 << 20) + "\n", False),
    ):
        yield str(Note(body, (sign(body, ORIGIN, secret(ORIGIN)),))), right


@pytest.mark.parametrize(("note", "right"), list(notes()))
def test_both_verifiers_read_a_note_alike(note, right):
    from hub.wire.notes import read_note
    from hub.wire.witnesses import trusted

    text = policy().partition("group")[0] + "quorum none\n"
    try:
        trusted(read_note(note), read_policy(text))
        ours = True
    except NoteError:
        ours = False
    try:
        standalone.read_note(note, standalone.read_policy(text), "it", quorum=True)
        theirs = True
    except standalone.Fault:
        theirs = False

    assert (ours, theirs) == (right, right)
