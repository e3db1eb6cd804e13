"""
Somebody who has never seen the hub finds out, from the command line alone: who got what about this person last month,
under which clause, what was withheld and why; and proves it without the hub.
"""

import json

import pytest
from smallhome import lived

from hub import wiring
from hub.cli.main import main
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.edges.ledger import EmbeddedLedger

WHY = ("--reason", "SUBJECT_ACCESS", "--by", "IG_LEAD", "--second", "DPO")
MONTH = ("--since", "2026-12-01", "--until", "2026-12-31")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = lived(tmp_path_factory.mktemp("answers") / "home")
    opened = open_home(folder)
    log = EmbeddedLog(opened.log, opened.partitions, durable=False)
    EmbeddedLedger(log, wiring.ledger(opened, wiring.program(opened))).grow(1_800_000_000_000_000)
    log.close()
    return folder


@pytest.fixture
def person(hub, home):
    return json.loads(hub("decisions", "--home", home, "--json")[1])[0]["person"]


def report(hub, home, person, *words):
    return json.loads(hub("subject-report", person, "--home", home, *WHY, *MONTH, "--json", *words)[1])


def test_who_got_what_last_month_under_which_clause(hub, home, person):
    told = report(hub, home, person)["told"]

    assert {line["team"] for line in told} >= {"PROB", "DWP"}
    for line in told:
        assert line["at"].startswith("2026-12")
        assert line["clause"].startswith(f"{line['agreement']}.")
        shown = hub("agreement", "show", line["clause"], "--home", home)[1]
        assert line["clause_says"] in shown
        assert line["purpose"] in shown


def test_what_was_withheld_and_why_and_what_would_have_changed_it(hub, home, person):
    rows = json.loads(hub("decisions", "--home", home, "--person", person, "--outcome", "withheld", "--json")[1])
    assert rows
    for row in rows:
        out = hub("explain", row["decision"], "--home", home)[1]
        assert "why " in out
        assert "otherwise " in out


def test_it_is_proved_without_the_hub(hub, home, person, tmp_path):
    told = report(hub, home, person, "--proofs", tmp_path / "proofs")
    key = hub("audit", "key", "--home", home)[1].strip()
    policy = tmp_path / "policy"
    policy.write_text(f"log {key}\nquorum none\n")
    lines = {(line["decision"], line["team"]): line for line in (*told["told"], *told["withheld"])}

    assert {file.stem for file in (tmp_path / "proofs").iterdir()} == {f"{name}-{team}" for name, team in lines}
    for (name, team), line in lines.items():
        file = tmp_path / "proofs" / f"{name}-{team}.tlog-proof"
        code = main(["audit", "verify", str(file), "--policy", str(policy), "--json", "--home", str(tmp_path / "none")])
        assert code == 0
        assert line["leaf"] is not None


def test_what_a_proof_opens_is_the_line_and_nothing_of_anybody_else(hub, home, person, tmp_path):
    line = report(hub, home, person, "--proofs", tmp_path / "proofs")["told"][0]
    file = tmp_path / "proofs" / f"{line['decision']}-{line['team']}.tlog-proof"
    shown = json.loads(hub("audit", "verify", file, "--home", home, "--json")[1])

    assert shown["index"] == line["leaf"]
    assert (shown["part"]["team"], shown["part"]["clause"]) == (line["team"], line["clause"])
    assert person not in json.dumps(shown)


def test_before_the_next_checkpoint_a_line_has_no_leaf_and_says_so(hub, tmp_path):
    home = lived(tmp_path / "home")
    person = json.loads(hub("decisions", "--home", home, "--json")[1])[0]["person"]

    assert {line["leaf"] for line in report(hub, home, person)["told"]} == {None}
    assert "in no checkpoint yet" in hub("subject-report", person, "--home", home, *WHY)[1]
