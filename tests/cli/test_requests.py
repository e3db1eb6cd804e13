"""A request that waits for its second person is checked as the first one's was, whatever was written into its file."""

import json

import pytest
import shipped
from smallhome import heard

from hub import topics
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.log import Out
from hub.wire.bundle import activated, canonical

WHY = ("--reason", "LIFE_AT_RISK", "--by", "DUTY_MANAGER", "--second", "IG_LEAD")
REPORT = ("--reason", "SUBJECT_ACCESS", "--by", "IG_LEAD", "--second", "DPO")


@pytest.fixture
def home(tmp_path):
    return heard(tmp_path / "home")


def test_rules_that_the_hub_would_refuse_decide_nothing_for_a_command(hub, home):
    person = json.loads(hub("decisions", "--home", home, "--json")[1])[0]["person"]
    before = hub("agreement", "show", "--home", home, "--json").out
    why = {"reasons": {"CURIOUS": "we would like to know"}}
    forged = shipped.policies() | {"sequence": 99, "previous": "ab", "clauses": []}
    forged |= {name: forged[name] | why for name in ("emergency", "accountability")}
    value = shipped.schemas().encode("rules.activated", activated(canonical(forged), 1, []))
    log = EmbeddedLog(open_home(home).log, 2, durable=False)
    log.append([Out(topics.RULES, 0, b"99", value, ())])
    log.close()

    asked = ("--reason", "CURIOUS", "--by", "IG_LEAD", "--second", "DPO", "--home", home)
    told = (
        hub("subject-report", person, *asked),
        hub("break-glass", "open", "--team", "HOUS", "--person", person, *asked),
    )

    assert [one.code for one in told] == [2, 2]
    assert all("--reason: unknown" in one.err for one in told)
    assert hub("agreement", "show", "--home", home, "--json").out == before


WRONG = [
    *(("reason", "BECAUSE"), ("reason", None), ("by", "Jane Doe"), ("second", 7), ("person", None), ("person", 7)),
    *(("until", "soon"), ("what", "alert"), ("at", 1.5), ("extra", "x")),
]
CASES = [(command, *case) for command in ("break-glass", "subject-report") for case in WRONG]


@pytest.mark.parametrize(
    ("command", "name", "told"), [*CASES, ("break-glass", "until", None), ("break-glass", "of", None)]
)
def test_a_request_that_says_something_else_is_refused_in_a_line(hub, home, tmp_path, command, name, told):
    person = json.loads(hub("decisions", "--home", home, "--json")[1])[0]["person"]
    hub("policy", "keygen", "amina", "--to", tmp_path)
    file, key = tmp_path / "request.json", tmp_path / "ig-amina.key"
    (home / "keys" / "ig-amina.pub").write_bytes((tmp_path / "ig-amina.pub").read_bytes())
    words = ["open", "--team", "HOUS", "--person", person] if command == "break-glass" else [person]
    first = hub(command, *words, *(WHY if command == "break-glass" else REPORT), "--home", home, "--key", key,
                "--request", file)  # fmt: skip
    assert first.code == 0
    request = json.loads(file.read_text())
    request["values"][name] = told
    file.write_text(json.dumps(request))

    second = hub(command, *(["open"] if command == "break-glass" else []), "--home", home, "--request", file)

    assert second.code in (1, 2)
    assert "; hint: " in second.err.splitlines()[-1]
    assert "Jane" not in second.err.splitlines()[-1]
    assert json.loads(hub("break-glass", "list", "--home", home, "--json")[1]) == []
