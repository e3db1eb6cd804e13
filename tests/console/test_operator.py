"""The operator's and the partners' pages: quarantine and the catalogue."""

import re
import shutil
from functools import partial
from html import escape

import pytest
from consoles import projected
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from operatorhome import KINDS, event, filled, lived, write

from hub import topics
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.log import Out
from hub.place import Place

SECRETS = ("secret-one", "John", "Dear", "Jane", "l-1", "2010")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    return lived(tmp_path_factory.mktemp("operator") / "home")


@pytest.fixture
def home(lasting, tmp_path):
    return shutil.copytree(lasting, tmp_path / "home")


@pytest.fixture
def at(home, signed_in):
    """Somebody signed in at the console of *home*."""
    return partial(signed_in, home)


def token(text):
    return re.search(r'name="token" value="([^"]+)"', text)[1]


def sent(client, path, places, **more):
    form = {"token": token(client.get("/quarantine").text), "place": places, **more}
    return client.post(path, data=form)


def waits(client, of=""):
    return re.findall(r'value="(quarantine\.[^"]+)"', client.get(f"/quarantine?of={of}").text)


def of_type(client, kind):
    """Where the record of that type lies."""
    for place in waits(client):
        owner, partition, offset = re.fullmatch(r"quarantine\.(.+)\.v1/(\d+)/(\d+)", place).groups()
        if kind in client.get(f"/quarantine/{owner}/{partition}/{offset}").text:
            return place
    raise AssertionError(kind)


def test_quarantine_says_why_and_never_what(at):
    client = at()
    text = client.get("/quarantine").text
    paths = re.findall(r'href="(/quarantine/[^"]+)"', text)
    pages = [text, *(client.get(path).text for path in paths)]

    assert len(paths) == 6
    assert "more than five minutes ahead of the log" in text
    assert [secret for secret in SECRETS if any(secret in page for page in pages)] == []
    assert "<code>dob</code>" in "".join(pages)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(KINDS), st.text("QXZJ#~|", min_size=3, max_size=30), st.booleans())
def test_no_value_of_a_record_is_ever_on_its_page(at, home, kind, secret, whole):
    value = filled(kind, secret) if whole else filled(kind, secret)[:-2]
    why = (("quarantine.reason", b"why: not so; hint: do so"), ("quarantine.source", b"intake.gmp.v1/0/7"))
    log = EmbeddedLog(open_home(home).log, 2, durable=False)
    number = log.end("quarantine.gmp.v1", 1)
    log.append([Out("quarantine.gmp.v1", 1, secret.encode(), value, ((secret, secret.encode()), *why))])
    log.close()
    told = at().get(f"/quarantine/gmp/1/{number}")

    assert (told.status_code, secret in told.text, escape(secret) in told.text) == (200, False, False)


def test_a_partner_sees_its_own_agencys_and_can_send_nothing(at):
    client = at("PARTNER", "YJS")
    text = client.get("/quarantine").text
    paths = re.findall(r'href="(/quarantine/[^"]+)"', text)

    assert len(paths) == 1
    assert "/quarantine/yjs/" in paths[0]
    assert client.get(paths[0]).status_code == 200
    beyond = f"/quarantine/yjs/0/{1 << 63}"
    for path in ("/quarantine/gmp/0/0", "/quarantine/hub/0/0", "/quarantine?of=GMP", beyond):
        assert client.get(path).status_code == 404
    for path in ("/quarantine/try", "/quarantine/send"):
        assert sent(client, path, ["quarantine.yjs.v1/0/0"], reason="HUB_UPDATED").status_code == 404
    assert "Would it be taken" not in client.get(paths[0]).text


@pytest.mark.parametrize(("role", "of"), [("TEAM", "YJS"), ("PARTNER", None), ("PARTNER", "NOBODY")])
def test_nobody_else_sees_any(at, role, of):
    assert at(role, of).get("/quarantine").status_code == 404


def test_what_is_tried_changes_nothing_and_what_is_sent_is_taken_once(at, home):
    client = at()
    place = of_type(client, "Arrest recorded")
    register = of_type(client, "Person registered")
    before = (home / "hub.db").read_bytes()
    tried = sent(client, "/quarantine/try", [place, register])
    unchanged = (home / "hub.db").read_bytes() == before
    answers = [sent(client, "/quarantine/send", [register, place], reason="HUB_UPDATED") for _ in range(2)]
    intake = [one for one in Place(home).reader().scan(topics.intake("GMP")) if "hub.redrive" in dict(one.headers)]

    assert ("2 of 2 records would be taken now" in tried.text, unchanged) == (True, True)
    assert [one.status_code for one in answers] == [303, 303]
    assert len(intake) == 2
    assert place not in re.findall(r'value="([^"]+)">', client.get("/quarantine").text)


def test_what_would_be_refused_again_is_not_sent(at, home):
    client = at()
    letter = next(place for place in waits(client, "YJS"))
    told = sent(client, "/quarantine/try", [letter]).text
    sent(client, "/quarantine/send", [letter], reason="HUB_UPDATED")

    assert "0 of 1 record would be taken now" in told
    assert [*Place(home).reader().scan(topics.REDRIVES)] == []


def test_of_a_childs_safety_another_person_agrees_and_not_the_same(at, home):
    first, same, second = at(), at(who="u1"), at("LEAD", who="u2")
    place = of_type(first, "Safeguarding noticed")
    register = of_type(first, "Person registered")
    asked = sent(first, "/quarantine/send", [place, register], reason="HUB_UPDATED").headers["location"]
    own = same.get(asked).text
    same.post(asked, data={"token": token(own)})
    nobody = [*Place(home).reader().scan(topics.intake("GMP"))][-1].headers[-1][0]
    page = second.get(asked).text
    done = second.post(asked, data={"token": token(page)})
    again = second.post(asked, data={"token": token(page)})
    intake = [one for one in Place(home).reader().scan(topics.intake("GMP")) if "hub.redrive" in dict(one.headers)]

    assert "/quarantine/asked/q-" in asked
    assert ("You asked for it yourself" in own, "Agree, and send again" in own) == (True, False)
    assert nobody != "hub.redrive"
    assert (done.status_code, again.status_code, len(intake)) == (303, 404, 2)


def test_a_partner_cannot_be_the_second_person(at):
    client = at()
    asked = sent(client, "/quarantine/send", [of_type(client, "Safeguarding noticed")], reason="HUB_UPDATED")

    assert at("PARTNER", "GMP").get(asked.headers["location"]).status_code == 404


@pytest.mark.parametrize("place", ["intake.gmp.v1/0/0", "quarantine.gmp.v1/0/999", "../../etc/passwd", "<b>"])
def test_only_what_lies_in_quarantine_can_be_named(at, place):
    assert sent(at(), "/quarantine/send", [place], reason="HUB_UPDATED").status_code == 404


def test_a_reason_is_asked_for(at):
    client = at()
    told = sent(client, "/quarantine/send", [of_type(client, "Arrest recorded")], reason="<script>")

    assert (told.status_code, "Say why it is sent again" in told.text, "<script>" in told.text) == (400, True, False)


def test_a_header_or_reason_planted_by_a_sender_is_escaped_or_not_shown(at, home):
    evil = event(7, "ehcp.active")
    write(home, evil._replace(headers=(("<script>alert(1)</script>", b"<b>x</b>"), ("hub.redrive", b"<i>y</i>"))))
    projected(home)
    client = at()
    for path in re.findall(r'href="(/quarantine/[^"]+)"', client.get("/quarantine").text):
        assert not re.search("<script>alert|<b>x|<i>y|alert\\(1", client.get(path).text)


def test_the_catalogue_has_every_topic_and_type_and_each_type_its_page(at):
    client = at("PARTNER", "GMP")
    text = client.get("/catalogue").text
    kinds = re.findall(r'href="(/catalogue/types/[^"]+)"', text)
    told = [client.get(kind) for kind in kinds[::6]]

    assert "<code>intake.gmp.v1</code>" in text
    assert len(kinds) > 40
    assert {one.status_code for one in told} == {200}
    assert all("An example, made up" in one.text for one in told)
    assert "Added" in client.get("/catalogue/types/service.closed").text
    assert client.get("/catalogue/types/nothing").status_code == 404


def test_asyncapi_is_there_for_programs(at):
    told = at("PARTNER", "GMP").get("/catalogue/asyncapi.json")

    assert told.json()["asyncapi"] == "3.0.0"
    assert told.headers["cache-control"] == "no-store"
