"""The operator's file of endpoints: what may stand in it, and what each slip is answered."""

import pytest

from hub.outbound.endpoints import FILE, Email, EndpointError, Notify, Webhook, endpoints

TEAMS = ("HOUS", "PROB", "YJS")
GOOD = """
webhooks:
  prob-cases: {team: PROB, url: "https://cases.probation.example:8443/csp?a=b", sends: [alerts, deliveries]}
  hous-cases: {team: HOUS, url: "http://127.0.0.1:8000/", networks: [127.0.0.0/8, 10.20.0.0/16]}
emails:
  hous-duty: {team: HOUS, to: duty@housing.example, every: 30}
notify:
  yjs-duty: {team: YJS, to: duty@yjs.example, template: 0f4a0f5c-5f8e-4c3e-9d7e-3f4a5b6c7d8e}
words:
  IMMEDIATE: One of them is for today.
"""


def told(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    return endpoints(tmp_path, TEAMS)


def test_each_channel_has_its_endpoints_and_each_endpoint_its_topics(tmp_path):
    found = told(tmp_path, GOOD).all

    assert [type(one) for one in found.values()] == [Webhook, Webhook, Email, Notify]
    assert found["prob-cases"].topics == ("alerts.prob.v1", "deliveries.prob.v1")
    assert found["hous-cases"].topics == found["hous-duty"].topics == ("alerts.hous.v1",)


def webhook(url="https://x.example/", more=""):
    return f'webhooks:\n  one: {{team: HOUS, url: "{url}"{more}}}\n'


URLS = r"""
http://cases.example/ ftp://x.example/ https:///path https://u:p@x.example/ https://u@x.example/ https://x.example/#f
https://x.example:0/ https://x.example:99999/ https://x.example:x/ //x.example/ x.example javascript:alert(1) file:///a
http://127.0.0.1.example/ http://localhost.example/ http://[::2]/ https://ex\u00e4mple.example/ http://10.0.0.1/
http://2130706433/ https://[/
"""


@pytest.mark.parametrize("url", URLS.split())
def test_an_address_that_is_not_encrypted_or_not_one_is_refused(tmp_path, url):
    with pytest.raises(EndpointError, match=r"outbound.yaml:2: `webhooks.one.url`: .*; hint: "):
        told(tmp_path, webhook(url))


@pytest.mark.parametrize("url", ["https://x.example/a b", r"https://x.example\\@y.example/", r"https://x.example/\n"])
def test_an_address_with_odd_characters_is_refused(tmp_path, url):
    with pytest.raises(EndpointError, match="url"):
        told(tmp_path, webhook(url))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://127.9.9.9:1/x", "http://[::1]:8000/", "http://localhost/"]
)
def test_within_this_machine_nothing_need_be_encrypted(tmp_path, url):
    assert told(tmp_path, webhook(url)).webhooks["one"].url == url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (webhook(more=", networks: [everywhere]"), "not a network"),
        (webhook(more=", networks: [10.0.0.1/8]"), "not a network"),
        (webhook(more=", sends: []"), "nothing in it"),
        (webhook(more=", sends: [decisions]"), "sends"),
        (webhook(more=", verify: false"), "verify"),
        (webhook().replace("HOUS", "NOBODY"), "no such team `NOBODY`"),
        (webhook().replace("one", "One"), "not a name for an endpoint"),
        (webhook().replace("one", "../one"), "not a name for an endpoint"),
        (GOOD.replace("yjs-duty", "hous-duty"), "is there twice"),
        (GOOD.replace("every: 30", "every: 0"), "every"),
        (GOOD.replace("0f4a0f5c-", "0F4A"), "template"),
        (GOOD.replace("IMMEDIATE", "SOMETIMES"), "words"),
        (GOOD.replace("One of them is for today.", "It is about <b>Jo</b> 1."), "words"),
        ("channels: {}", "channels"),
    ],
)
def test_a_slip_is_named_with_its_line_and_cure(tmp_path, text, says):
    with pytest.raises(EndpointError, match=r"outbound.yaml:\d+: .*; hint: ") as fault:
        told(tmp_path, text)

    assert says in str(fault.value)
    assert "policies/README" not in str(fault.value)


@pytest.mark.parametrize(
    "address", ["Jo Bloggs <jo@x.example>", "jo@x.example, al@x.example", "jo", "jo@@x", r"jo@x\nBcc: al@x"]
)
def test_an_address_that_is_none_is_refused_without_saying_it(tmp_path, address):
    with pytest.raises(EndpointError, match="not an address") as fault:
        told(tmp_path, GOOD.replace("duty@housing.example", f'"{address}"'))

    assert "jo" not in str(fault.value).lower()


def test_no_file_is_no_endpoints_and_says_where_to_read(tmp_path):
    with pytest.raises(EndpointError, match=r"deploy/README.md"):
        endpoints(tmp_path, TEAMS)


def test_an_authority_that_is_none_is_refused(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")

    with pytest.raises(EndpointError, match="`ca` names a PEM file"):
        Webhook(team="HOUS", url="https://x.example/", ca=tmp_path / "ca.pem").trust()
