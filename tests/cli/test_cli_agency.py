"""What an agency runs: its connector tried on files, and its events published."""

import json
import os

import pytest
from smallhome import BROKEN, RECORD, lines, made, one_line_with_cure


def test_what_a_connector_would_make_is_one_object_a_file(hub, tmp_path):
    (tmp_path / "a.jsonl").write_text(lines(RECORD, BROKEN, BROKEN))

    code, out, _ = hub("connector", "try", "prison", tmp_path / "a.jsonl", tmp_path / "gone.json", tmp_path)

    mixed, gone, folder = map(json.loads, out.splitlines())
    assert code == 1
    assert mixed["events"][0]["type"] == "person.registered"
    assert mixed["events"][0]["fields"]["dob"] == "1990-01-01"
    assert mixed["refused"].keys() == {"where", "why", "cure"}
    assert mixed["also_refused"] == 1
    assert gone["refused"]["why"] == "no such file"
    assert folder["refused"]["why"] == "a folder, not a file"
    assert "A0001AA" not in out


def test_files_that_map_whole_are_fine(hub, tmp_path):
    (tmp_path / "a.jsonl").write_text(lines(RECORD))

    code, out, err = hub("connector", "try", "HMPPS_PRISON", tmp_path / "a.jsonl")

    assert (code, err) == (0, "")
    assert json.loads(out)["refused"] is None


def test_a_later_file_is_compared_with_an_earlier_one(hub, tmp_path):
    moved = {**RECORD, "conditionalReleaseDate": "2027-04-01", "recordedAt": "2026-03-09T10:00:00Z"}
    for name, record in (("a", RECORD), ("b", moved), ("c", moved)):
        (tmp_path / name).write_text(lines(record))

    out = hub("connector", "try", "prison", *(tmp_path / name for name in "abc"))[1]

    _, second, third = map(json.loads, out.splitlines())
    assert [event["type"] for event in second["events"]] == ["release_dates.changed"]
    assert third["events"] == []


RUBBISH = [b"", b"\x00\xff\xfe" * 50, b"[" * 100_000, b'{"a": 1' * 9, b"\x1b[31m", b"<a>" * 999]


@pytest.mark.parametrize("content", RUBBISH)
@pytest.mark.parametrize("agency", ["prison", "police", "youth_justice", "schools"])
def test_no_bytes_make_a_traceback(hub, tmp_path, agency, content):
    (tmp_path / "in").write_bytes(content)

    code, out, err = hub("connector", "try", agency, tmp_path / "in")

    told = json.loads(out)
    assert (code, err) == (1, "")
    assert told["refused"]["cure"]
    assert told["events"] == []


HOSTILE = [b"a\xffb.json", b"-rf", b"a\nb.json", b"\x1b[31mred.json", b"$(id).json", "päßwörd ☃".encode(), b"[red]"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_name_drives_the_terminal_or_breaks_the_answer(hub, tmp_path, name):
    file = os.fsdecode(os.path.join(os.fsencode(tmp_path), name))
    with open(file, "w") as out:
        out.write(lines(BROKEN))

    code, out, err = hub("connector", "try", "prison", file)

    assert (code, err) == (1, "")
    assert json.loads(out)["refused"]["why"]
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_name_breaks_publishing(hub, tmp_path, name):
    home = made(tmp_path / "home", active=False)
    inbox = os.fsencode(tmp_path) + b"/inbox"
    os.mkdir(inbox)
    with open(inbox + b"/" + name, "w") as out:
        out.write(lines(BROKEN))

    all_, out_all, err_all = hub("publish", "prison", tmp_path / "inbox", "--home", home)
    one, out_one, err_one = hub("publish", "prison", os.fsdecode(inbox + b"/" + name), "--home", home)

    assert (one, all_) == (1, 1)
    for told in (out_one, err_one, out_all, err_all):
        assert "Traceback" not in told
        assert "\x1b" not in told
        told.encode()


def test_a_broken_connector_is_a_refusal_too(hub, tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("A0001AA")

    monkeypatch.setattr("connectors.prison.map_file", broken)
    (tmp_path / "a").write_text(lines(RECORD))

    code, out, _ = hub("connector", "try", "prison", tmp_path / "a")

    assert code == 1
    assert "ZeroDivisionError" in json.loads(out)["refused"]["why"]
    assert "A0001AA" not in out


def test_the_connectors_are_listed(hub):
    told = json.loads(hub("connector", "list", "--json")[1])

    assert {one["agency"] for one in told} >= {"HMPPS_PRISON", "GMP", "YJS", "SCHOOL"}
    assert "HMPPS_PRISON" in hub("connector", "list")[1]


def test_publishing_says_what_was_refused_and_where_it_is_kept(hub, tmp_path):
    home = made(tmp_path / "home", active=False)
    (tmp_path / "a.jsonl").write_text(lines(RECORD, BROKEN))

    code, out, _ = hub("publish", "prison", tmp_path / "a.jsonl", "--home", home)

    assert code == 1
    assert "1 new file, 3 events published, 1 refused" in out
    assert "a.jsonl:2" in out
    kept = home / "refused" / "prison"
    assert f"kept     {kept}" in out
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}


def test_publishing_as_json_is_one_document_and_repeats_nothing(hub, tmp_path):
    home = made(tmp_path / "home", active=False)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.jsonl").write_text(lines(RECORD))

    first, again = (json.loads(hub("publish", "prison", tmp_path / "inbox", "--home", home, "--json")[1]) for _ in "12")

    assert (first["files"], first["events"], first["refused"]) == (1, 3, [])
    assert (again["files"], again["events"]) == (0, 0)


def test_an_agency_without_a_home_publishes_with_keys_of_its_own(hub, tmp_path):
    home = made(tmp_path / "home", active=False)
    shared, own = home / "keys" / "partnership.key", tmp_path / "prison.keys"
    (tmp_path / "a.jsonl").write_text(lines(RECORD))

    code, _, _ = hub("connector", "keygen", own, "--partnership-key", shared)
    assert code == 0
    assert own.stat().st_mode & 0o777 == 0o600
    assert hub("connector", "keygen", own, "--partnership-key", shared)[0] == 1
    assert hub("publish", "prison", tmp_path / "a.jsonl", "--home", home, "--agency-key", own)[0] == 0


@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_key_that_is_open_to_others_or_no_key_is_refused(hub, tmp_path, mode):
    home = made(tmp_path / "home", active=False)
    (tmp_path / "a.jsonl").write_text(lines(RECORD))
    (tmp_path / "key").write_text("no key")
    (tmp_path / "key").chmod(mode)
    keys = ["--agency-key", tmp_path / "key", "--partnership-key", tmp_path / "key"]

    code, _, err = hub("publish", "prison", tmp_path / "a.jsonl", "--home", home, *keys)

    assert code == 1
    assert one_line_with_cure(err)


def test_a_stranger_to_the_partnership_publishes_nothing(hub, tmp_path, monkeypatch):
    from hub.edges.home import create

    create(tmp_path / "home", ("GMP",), ("YJS",), 2, True)
    (tmp_path / "a.jsonl").write_text(lines(RECORD))

    code, _, err = hub("publish", "prison", tmp_path / "a.jsonl", "--home", tmp_path / "home")

    assert code == 1
    assert "not in this partnership" in err
