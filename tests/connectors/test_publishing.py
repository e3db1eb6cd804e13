"""The runtime, over an outbox in memory that can fail before and after it has committed."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors.outbox import Outbox, OutboxError, Rows
from connectors.pseudonyms import Pseudonyms
from connectors.publishing import Intake, keep
from connectors.registry import connector
from hub.core.events import Event
from hub.topics import slug
from hub.wire.partitioner import partition_for

NAMES = Pseudonyms("HMPPS_PRISON", {1: bytes(64)}, {1: bytes(32)})


class Kept:
    """An outbox in memory; *fail* is asked before and after each commit and may raise."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.rows: dict[str, bytes] = {}
        self.fail: list[str] = []

    def resume(self, source: str) -> dict[str, bytes]:
        return {
            key.removeprefix(f"{source}/"): value for key, value in self.rows.items() if key.startswith(f"{source}/")
        }

    def publish(self, source: str, events: Sequence[Event], rows: Rows) -> None:
        fail = self.fail.pop(0) if self.fail else ""
        if fail == "before":
            raise OutboxError("power cut before the commit")
        self.events += events
        for name, value in rows.items():
            self.rows.pop(f"{source}/{name}", None)
            if value is not None:
                self.rows[f"{source}/{name}"] = value
        if fail == "after":
            raise OutboxError("power cut after the commit")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def opened(outbox: Outbox, inbox: Path, **more: Any) -> Intake:
    return Intake(connector("prison"), NAMES, outbox, inbox.parent / "quarantine", **more)


def drop(inbox: Path, name: str, *records: dict[str, Any], made: int = 1_795_000_000) -> None:
    path = inbox / name
    path.write_text(json.dumps({"content": [{"prisonerNumber": "A0001AA", **one} for one in records]}))
    os.utime(path, (made, made))


def people(count: int) -> list[dict[str, Any]]:
    return [{"prisonerNumber": f"A{number:04}AA", "dateOfBirth": "1996-07-09"} for number in range(count)]


def test_each_file_is_published_once_however_often_the_folder_is_swept(inbox: Path) -> None:
    outbox = Kept()
    drop(inbox, "1.json", {"dateOfBirth": "1996-07-09"})
    intake = opened(outbox, inbox)

    assert [one.events for one in intake.sweep(inbox)] == [1]
    assert list(intake.sweep(inbox)) == []
    assert list(opened(outbox, inbox).sweep(inbox)) == []


def test_a_restart_still_knows_what_was_last_seen(inbox: Path) -> None:
    outbox = Kept()
    drop(inbox, "1.json", {"conditionalReleaseDate": "2027-04-14"})
    list(opened(outbox, inbox).sweep(inbox))
    drop(inbox, "2.json", {"conditionalReleaseDate": "2027-04-14"}, made=1_795_000_001)
    drop(inbox, "3.json", {"conditionalReleaseDate": "2027-04-15"}, made=1_795_000_002)

    assert [one.events for one in opened(outbox, inbox).sweep(inbox)] == [0, 1]


@pytest.mark.parametrize("fail", ["before", "after"])
@pytest.mark.parametrize("when", range(4))
def test_a_crash_neither_loses_nor_repeats_an_event(inbox: Path, fail: str, when: int) -> None:
    drop(inbox, "1.json", *people(5))
    drop(inbox, "2.json", *people(9), made=1_795_000_001)
    whole, outbox = Kept(), Kept()
    list(opened(whole, inbox).sweep(inbox))
    outbox.fail = [""] * when + [fail]

    with pytest.raises(OutboxError):
        list(opened(outbox, inbox, batch=2).sweep(inbox))
    list(opened(outbox, inbox, batch=2).sweep(inbox))

    assert outbox.events == whole.events
    assert len(outbox.events) == 9
    assert outbox.rows == whole.rows


def test_a_file_with_refusals_is_kept_here_and_its_good_part_published(inbox: Path) -> None:
    outbox = Kept()
    drop(inbox, "1.json", {"dateOfBirth": "1996-07-09"}, {"prisonerNumber": "TEST PERSON"})

    with capture_logs() as logs:
        published = next(opened(outbox, inbox).sweep(inbox))

    kept = sorted((inbox.parent / "quarantine").iterdir())
    assert (published.events, len(published.refused)) == (1, 1)
    assert kept[0].read_bytes() == (inbox / "1.json").read_bytes()
    assert "1.json.content[1]" in kept[1].read_text()
    assert kept[0].stat().st_mode & 0o077 == 0
    assert "1.json" not in repr(logs)
    assert "TEST PERSON" not in repr(logs)


def test_nothing_that_is_remembered_can_be_read_without_the_agencys_key(inbox: Path) -> None:
    outbox = Kept()
    drop(inbox, "prisoner-A0001AA.json", {"dateOfBirth": "1996-07-09", "conditionalReleaseDate": "2027-04-14"})
    list(opened(outbox, inbox).sweep(inbox))

    assert all(word not in repr(outbox.rows) for word in ("A0001AA", "1996", "2027", "crd", "prisoner-"))


def test_files_that_are_gone_are_forgotten(inbox: Path) -> None:
    outbox = Kept()
    drop(inbox, "1.json", {"dateOfBirth": "1996-07-09"})
    intake = opened(outbox, inbox)
    list(intake.sweep(inbox))
    (inbox / "1.json").unlink()
    list(intake.sweep(inbox))

    assert [name for name in outbox.rows if "/file/" in name] == []


def test_an_erased_person_is_forgotten_here_too(inbox: Path) -> None:
    outbox = Kept()
    drop(inbox, "1.json", {"dateOfBirth": "1996-07-09"})
    erased = {"eventType": "DATA_COMPLIANCE_DELETE-OFFENDER", "eventDatetime": "2026-11-24T10:00:00"}
    (inbox / "2.json").write_text(json.dumps({**erased, "offenderIdDisplay": "A0001AA"}))
    list(opened(outbox, inbox).sweep(inbox))

    assert [name for name in outbox.rows if "/record/" in name] == []


@pytest.mark.parametrize(("key", "hashed"), [("21", -973932308), ("foobar", -790332482), ("abc", 479470107)])
def test_keys_land_where_kafkas_own_clients_put_them(key: str, hashed: int) -> None:
    assert partition_for(key.encode(), 12) == (hashed & 0x7FFFFFFF) % 12  # the answers of Kafka's own UtilsTest


def test_an_agency_is_spelt_in_topics_as_in_the_design() -> None:
    assert slug("MCC_CHILDRENS") == "mcc-childrens"


def test_a_refused_file_is_kept_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            keep(tmp_path, "one.jsonl", b"{" * 50_000, ())
    keep(tmp_path, "one.jsonl", b"{" * 50_000, ())

    assert {path.suffix: path.stat().st_size for path in tmp_path.iterdir()} == {".jsonl": 50_000, ".reasons": 0}
