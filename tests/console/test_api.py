"""The API: what the pages show, for programs that come with a token and never with a cookie."""

import json

import pytest
from consoles import TOKEN
from starlette.testclient import TestClient

from hub import topics
from hub.console.api.operation import ROOT
from hub.console.limits import PROGRAM, SIGN_IN, Limits
from hub.console.problem import DOCUMENT, TYPE


def refused(answer):
    assert answer.headers["content-type"] == TYPE
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["hint"]
    return told["status"], told["detail"]


def waiting(visit):
    return visit.api("/alerts").json()["items"]


def told(visit):
    return [visit.desk.wire.decode(out.value)[2] for out in visit.sent if out.topic == topics.READS]


def test_no_cookie_counts_and_whoever_has_no_token_is_told_what_to_send(visit):
    lead = visit()
    answer = lead.client.get(f"{ROOT}/agreements")

    assert answer.headers["www-authenticate"] == "Bearer"
    assert refused(answer) == (401, "no token")
    assert lead.client.get("/agreements").status_code == 200


def test_a_token_of_nobody_opens_nothing_and_may_be_tried_only_so_often(visit):
    lead = visit(limits=Limits(lambda: 0.0))
    asker = TestClient(lead.app, headers={"authorization": "Bearer forged"})
    first = asker.get(f"{ROOT}/agreements")
    for _ in range(SIGN_IN.most):
        lead.desk.limits.wait(SIGN_IN, "testclient")
    last = asker.get(f"{ROOT}/agreements")

    assert 'error="invalid_token"' in first.headers["www-authenticate"]
    assert (refused(first)[0], refused(last)[0]) == (401, 429)
    assert int(last.headers["retry-after"]) > 0


def test_a_program_may_ask_only_so_often(visit):
    lead = visit(limits=Limits(lambda: 0.0))
    for _ in range(PROGRAM.most):
        lead.desk.limits.wait(PROGRAM, lead.user.id)

    assert refused(lead.api("/catalogue"))[0] == 429


def test_another_teams_alert_and_another_roles_operation_are_not_there(visit):
    (other, *_) = waiting(visit(role="TEAM", of="PROB"))
    team = visit(role="TEAM", of="HOUS")

    assert refused(team.api(f"/alerts/{other['id']}"))[0] == 404
    assert refused(team.api(f"/alerts/{other['id']}/answer", {"answer": "accepted", "role": "MANAGER"}))[0] == 404
    assert refused(team.api("/agreements"))[0] == 404
    assert {one["team"] for one in team.api("/alerts", view="all").json()["items"]} == {"HOUS"}


def test_a_partner_sees_its_own_agency_and_no_other(visit):
    partner = visit(role="PARTNER", of="GMP")

    assert [one["agency"] for one in partner.api("/sources").json()["items"]] == ["GMP"]
    assert refused(partner.api("/quarantine", owner="SCHOOL"))[0] == 404


def test_decisions_come_by_cursor_each_once_as_in_the_file_and_with_a_reason_on_record(visit):
    lead = visit()
    query = {"team": "HOUS", "outcome": "withheld", "because": "AUDIT"}
    found, after = [], ""
    while after is not None:
        portion = lead.api("/decisions", **query, limit=15, after=after).json()
        found, after = found + portion["items"], portion["after"]
    rows = lead.post("/decisions.json", {"team": "HOUS", "outcome": "withheld", "because": "AUDIT"}).json()

    assert [one["decision"] for one in found] == [one["decision"] for one in rows]
    assert len(found) == lead.api("/decisions/counts", team="HOUS", outcome="withheld").json()["total"] > 15
    assert {(one["page"], one["reason"]) for one in told(lead)} >= {("api_decisions", "AUDIT")}
    assert "person" not in found[0]


def test_who_takes_decisions_away_says_why(visit):
    lead = visit()

    assert refused(lead.api("/decisions", because="CURIOSITY"))[0] == 400
    assert refused(lead.api("/decisions"))[0] == 400
    assert not told(lead)


def test_one_decision_says_what_was_kept_and_withheld_and_is_on_record_with_its_person(visit):
    lead = visit()
    row = lead.api("/decisions", because="AUDIT", outcome="delivered", limit=1).json()["items"][0]
    made = lead.api(f"/decisions/{row['decision']}").json()
    (outcome,) = (one for one in made["outcomes"] if one["team"] == row["team"])

    assert (made["id"], outcome["clause"]) == (row["decision"], row["clause"])
    assert set(outcome["fields"]) <= set(row["fields"])
    assert not set(outcome["fields"]) & set(outcome["withheld"])
    last = told(lead)[-1]
    assert (last["page"], last["of"], last["person"][:2]) == ("api_decision", row["decision"], "p-")
    assert last["person"] not in json.dumps(made)


@pytest.mark.parametrize(
    "query", ["tema=HOUS", "team=", "limit=0", "limit=many", "from=2026-02-30", "to=x", "limit=1&limit=2"]
)
def test_a_choice_that_is_none_is_refused_and_never_left_out(visit, query):
    lead = visit()

    assert refused(TestClient(lead.app, headers=TOKEN).get(f"{ROOT}/decisions?because=AUDIT&{query}"))[0] == 400


def test_a_refusal_repeats_nothing_of_what_was_sent(visit):
    answer = visit(role="TEAM", of="PROB").api("/alerts", view="Jane Made-Up")

    assert refused(answer) == (400, "query: not as documented at $.view")


def test_an_alert_is_answered_once_however_often_it_is_sent(visit):
    team = visit(role="TEAM", of="PROB")
    alert = waiting(team)[0]["id"]
    said = {"answer": "accepted", "role": "DUTY_OFFICER"}
    first, again = (team.api(f"/alerts/{alert}/answer", said) for _ in range(2))

    assert (first.status_code, first.json()) == (200, again.json())
    assert [out.topic for out in team.sent if out.topic != topics.READS] == [topics.acks("PROB")]
    assert refused(team.api(f"/alerts/{alert}/answer", said | {"answer": "already-held"}))[0] == 409
    assert not team.api(f"/alerts/{alert}").json()["answerable"]


def test_an_answer_that_may_not_be_is_refused_with_its_place_and_writes_nothing(visit):
    team = visit(role="TEAM", of="PROB")
    path = f"/alerts/{waiting(team)[0]['id']}/answer"
    team.sent.clear()
    wrong = (
        {"answer": "accepted", "role": "JANE"},
        {"answer": "not-ours", "role": "MANAGER"},
        {"answer": "yes", "role": "MANAGER"},
    )

    for body, field in zip(wrong, ("role", "reason", "answer"), strict=True):
        assert field in refused(team.api(path, body))[1]
    assert refused(TestClient(team.app, headers=TOKEN).post(f"{ROOT}{path}", data={"answer": "accepted"}))[0] == 415
    assert refused(TestClient(team.app, headers=TOKEN).post(f"{ROOT}{path}", content=b"[" * 70_000))[0] == 413
    assert not team.sent


def test_what_an_alert_says_is_gone_once_it_is_over(visit):
    team = visit(role="TEAM", of="PROB")
    over, open_ = (team.api("/alerts", view=view).json()["items"][0]["id"] for view in ("over", "waiting"))

    assert not team.api(f"/alerts/{over}").json()["fields"]
    assert team.api(f"/alerts/{open_}").json()["fields"]


def test_promises_are_there_for_every_role_and_for_months_that_are(visit):
    for role, of in (("LEAD", None), ("TEAM", "HOUS"), ("OPERATOR", None), ("PARTNER", "GMP")):
        answer = visit(role=role, of=of).api("/promises")
        assert answer.json()["promises"]
    assert refused(visit().api("/promises", month="1999-01"))[0] == 404


def test_a_team_reads_what_it_is_told_and_what_it_asked_for_in_vain(visit):
    made = visit(role="TEAM", of="HOUS").api("/subscriptions").json()

    assert {one["subject"] for one in made["alerts"]} >= {"alert.RELEASE"}
    assert made["alerts"][0]["permits"][0]["clause"].startswith("DSA-")


def test_the_document_is_there_without_a_token_and_nothing_else_is(visit):
    asker = TestClient(visit().app)
    document = asker.get(DOCUMENT).json()

    assert document["openapi"] == "3.1.0"
    for path in document["paths"]:
        assert asker.get(f"{ROOT}{path}").status_code in (401, 405)
    assert refused(asker.get("/api/v2/alerts"))[0] == 404


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "-1", "1.0", "²"])
def test_a_place_that_no_log_has_is_not_there(visit, number):
    operator = visit(role="OPERATOR")

    for path in (f"/quarantine/gmp/0/{number}", f"/quarantine/gmp/{number}/0"):
        assert (operator.api(path).status_code, operator.get(path).status_code) == (404, 404)


def test_what_no_text_may_hold_is_refused_wherever_it_is_sent(visit):
    lead = visit()
    answers = [lead.get("/decisions?search=a%00b"), lead.get("/decisions/d-%00"), lead.api("/decisions/d-%00abc")]

    assert [one.status_code for one in answers] == [400, 400, 400]
    assert lead.post("/person", {"decision": "d-\0abc"}).status_code == 400


def test_a_program_is_told_when_what_it_reads_may_be_old(visit):
    now, old = visit(), visit(stale=lambda: True)

    assert "hub-stale" not in now.api("/agreements").headers
    assert old.api("/agreements").headers["hub-stale"] == "?1"
