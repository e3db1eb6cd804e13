"""Notices by e-mail: a number and where to sign in, encrypted, seldom, and with receipts."""

import email
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mailbox import mailbox

import pytest
from certificates import certificate, server, trust
from receivers import START, Office, alert

from hub.outbound import notice
from hub.outbound.courier import SETTLE
from hub.outbound.endpoints import Email, EndpointError, Notify
from hub.outbound.mail import MINUTE, EmailCarrier
from hub.outbound.notify import NotifyCarrier
from hub.outbound.post import Answer
from hub.outbound.standing import DEAD, DELIVERED, RETRY
from hub.settings import Smtp

TO, LINK = "duty@housing.example", "https://hub.example/"
TEMPLATE = "0f4a0f5c-5f8e-4c3e-9d7e-3f4a5b6c7d8e"


def plain(port):
    return Smtp("127.0.0.1", port, "hub@council.example", "none")


def mailed(office: Office, smtp: Smtp, words=None) -> None:
    endpoint = Email(team="HOUS", to=TO, every=15)
    office.endpoints["hous-duty"] = endpoint, EmailCarrier(TO, 15, LINK, words or {}, smtp, 5.0)


def outcomes(office):
    return office.outcomes("hous-duty")


def test_what_comes_at_once_is_told_of_in_one_notice_and_each_alert_has_its_receipt(office):
    with mailbox() as to:
        mailed(office, plain(to.port))
        with office.running():
            office.append(*(alert(number) for number in range(3)), alert(9, team="PROB"))
            office.wait(lambda: _passing(office) and outcomes(office) == [DELIVERED] * 3)

    told = email.message_from_string(to.got[0])
    assert len(to.got) == 1
    assert told["Subject"] == "3 new alerts: sign in to read them"
    assert told["To"] == TO
    assert told["Auto-Submitted"] == "auto-generated"
    assert LINK in told.get_payload()
    found = [one for one in office.receipts() if one.of]
    assert {one.of for one in found} == {"a-0", "a-1", "a-2"}
    assert len({one.message for one in found}) == 1


def test_the_next_notice_waits_for_its_time(office):
    with mailbox() as to:
        mailed(office, plain(to.port))
        with office.running():
            office.append(alert(1))
            office.wait(lambda: _passing(office) and len(outcomes(office)) == 1)
            told = office.standing("hous-duty").told
            office.append(alert(2), alert(3))
            threading.Event().wait(0.3)
            office.now = told + 15 * MINUTE - 1
            threading.Event().wait(0.5)
            assert len(to.got) == 1
            office.now = told + 15 * MINUTE
            office.wait(lambda: _passing(office) and len(outcomes(office)) == 3)

    assert len(to.got) == 2


def _passing(office, step=SETTLE // 10):
    """A clock that goes on by itself, for what has only just been read."""
    office.now += step
    return True


def test_a_notice_speaks_of_so_many_at_most_and_the_rest_waits_in_the_log(office, monkeypatch):
    monkeypatch.setattr(EmailCarrier, "many", 3)
    with mailbox() as to:
        mailed(office, plain(to.port))
        with office.running():
            office.append(*(alert(number) for number in range(5)))
            office.wait(lambda: _passing(office) and len(outcomes(office)) == 3)
            office.now += 15 * MINUTE
            office.wait(lambda: _passing(office) and len(outcomes(office)) == 5)

    assert [email.message_from_string(told)["Subject"][:12] for told in to.got] == ["3 new alerts", "2 new alerts"]


def test_a_notice_says_a_number_and_a_link_and_nothing_else(office):
    with mailbox() as to:
        mailed(office, plain(to.port))
        with office.running():
            office.append(alert(1, urgency="IMMEDIATE"))
            office.wait(lambda: _passing(office) and outcomes(office))

    said = [line for line in to.got[0].splitlines() if not line.startswith(("Date:", "Message-ID:", "To:"))]
    for word in ("RELEASE", "T8W", "a-1", "r-1", "made-up", "IMMEDIATE", "HOUS", "hous", "REFER", "2027", "DSA"):
        assert word not in "\n".join(said)


def test_a_sentence_on_urgency_is_there_only_if_it_was_agreed(office):
    with mailbox() as to:
        mailed(office, plain(to.port), {"IMMEDIATE": "One of them is for today."})
        with office.running():
            office.append(alert(1, urgency="IMMEDIATE"), alert(2))
            office.wait(lambda: _passing(office) and len(outcomes(office)) == 2)

    assert "One of them is for today." in to.got[0]


def test_mail_that_is_refused_is_tried_again_with_what_has_come_since(office):
    with mailbox(answers={"MAIL": "451 later"}) as to:
        mailed(office, plain(to.port))
        with office.running():
            office.append(alert(1))
            office.wait(lambda: _passing(office) and outcomes(office) == [RETRY])
            to.answers = {}
            office.append(alert(2))
            office.wait(lambda: _passing(office) and outcomes(office) == [RETRY, DELIVERED, DELIVERED])

    assert [one.why for one in office.receipts() if one.why] == ["SMTP_451"]
    assert len(to.got) == 1
    assert "2 new alerts" in to.got[0]


def test_what_cannot_be_read_passes_over_nothing_that_waits_for_its_notice(office):
    with mailbox() as to:
        mailed(office, plain(to.port))
        with office.running():
            office.append(alert(1), alert(2, raw=b"no alert"))
            threading.Event().wait(0.5)
        assert outcomes(office) == []
        with office.running():
            office.wait(lambda: _passing(office) and len(outcomes(office)) == 2)

    assert sorted(outcomes(office)) == [DEAD, DELIVERED]
    assert "1 new alert" in to.got[0]


def test_what_waits_goes_along_with_the_next_notice(office):
    """So there are never two of them within a quarter of an hour."""
    with mailbox(answers={"MAIL": "451 later"}) as to:
        mailed(office, plain(to.port))
        with office.running():
            office.append(alert(1))
            office.wait(lambda: _passing(office, MINUTE) and outcomes(office).count(RETRY) == 3)
            to.answers = {}
            office.append(alert(2))
            office.wait(lambda: _passing(office) and outcomes(office).count(DELIVERED) == 2)

    assert len(to.got) == 1


def test_a_restart_tells_again_of_nothing_and_forgets_nothing(office):
    with mailbox() as to:
        mailed(office, plain(to.port))
        with office.running():
            office.append(alert(1))
            office.wait(lambda: _passing(office) and outcomes(office))
            office.append(alert(2))
        office.append(alert(3, partition=1))
        office.now += 60 * MINUTE
        with office.running():
            office.wait(lambda: _passing(office) and len(outcomes(office)) == 3)

    assert sum(int(email.message_from_string(told)["Subject"].split()[0]) for told in to.got) == 3


def test_starttls_is_insisted_on_and_the_password_goes_over_it_alone(tmp_path):
    file = certificate(tmp_path, "localhost")
    with mailbox(server(file)) as to:
        smtp = Smtp("localhost", to.port, "hub@council.example", user="hub", password="secret", trust=trust(file))
        assert EmailCarrier(TO, 15, LINK, {}, smtp, 5.0).test(START) == Answer()

    assert [line for line in to.said if "AUTH" in line and not line.startswith("tls ")] == []
    assert len(to.got) == 1


def test_a_server_that_offers_no_starttls_gets_nothing():
    with mailbox() as to:
        smtp = Smtp("localhost", to.port, "hub@council.example")
        assert EmailCarrier(TO, 15, LINK, {}, smtp, 5.0).test(START) == Answer("TLS")

    assert to.got == []
    assert not [line for line in to.said if TO in line]


@pytest.mark.parametrize("name", ["elsewhere.example", None])
def test_a_server_that_shows_no_good_certificate_gets_nothing(tmp_path, name):
    file = certificate(tmp_path, name or "localhost")
    with mailbox(server(file)) as to:
        smtp = Smtp("localhost", to.port, "hub@council.example", trust=trust(file) if name else None)
        assert EmailCarrier(TO, 15, LINK, {}, smtp, 5.0).test(START) == Answer("TLS")

    assert to.got == []


def test_tls_from_the_start_does_as_well(tmp_path):
    file = certificate(tmp_path, "localhost")
    with mailbox(server(file), implicit=True) as to:
        smtp = Smtp("localhost", to.port, "hub@council.example", "implicit", trust=trust(file))
        assert EmailCarrier(TO, 15, LINK, {}, smtp, 5.0).test(START) == Answer()

    assert len(to.got) == 1


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"HELLO": "421 busy"}, "SMTP_421"),
        ({"RCPT": "550 nobody here"}, "SMTP_550"),
        ({"DATA": "554 no"}, "SMTP_554"),
    ],
)
def test_what_a_server_says_no_to_is_a_failure_by_its_code(answers, why):
    with mailbox(answers=answers) as to:
        assert EmailCarrier(TO, 15, LINK, {}, plain(to.port), 5.0).test(START) == Answer(why)


def test_nobody_there_is_a_failure():
    with mailbox() as to:
        pass

    assert EmailCarrier(TO, 15, LINK, {}, plain(to.port), 2.0).test(START) == Answer("REFUSED")


class _Api(BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, told))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(
            b'{"status_code": 400, "errors": [{"error": "BadRequestError", "message": "duty@yjs.example"}]}'
        )

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def api():
    """GOV.UK Notify, as far as one notice needs it."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    made.got, made.status = [], 201
    threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def notified(api):
    key = f"test-{TEMPLATE}-{TEMPLATE}"
    endpoint = Notify(team="YJS", to="duty@yjs.example", template=TEMPLATE)
    return NotifyCarrier(endpoint, LINK, key, f"http://127.0.0.1:{api.server_port}", 3.0)


def test_notify_is_given_a_number_and_a_link(api, office):
    office.endpoints["hous-duty"] = Notify(team="HOUS", to=TO, template=TEMPLATE), notified(api)
    with office.running():
        office.append(alert(1), alert(2))
        office.wait(lambda: _passing(office) and len(outcomes(office)) == 2)

    path, told = api.got[0]
    assert path == "/v2/notifications/email"
    assert told["personalisation"] == {"alerts": "2 new alerts", "link": LINK}
    assert told.keys() == {"email_address", "template_id", "personalisation", "reference"}
    assert {one.channel for one in office.receipts()} == {"NOTIFY"}


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_what_notify_refuses_is_a_failure_and_nobody_s_address_is_logged(api, status, caplog, capsys):
    api.status = status

    assert notified(api).test(START) == Answer(f"STATUS_{status}")
    assert "yjs.example" not in caplog.text + "".join(capsys.readouterr())


def test_notify_out_of_reach_is_a_failure(api):
    made = notified(api)
    api.shutdown()
    api.server_close()

    assert made.test(START).why in {"STATUS_503", "UNREACHABLE"}


def test_what_is_no_key_of_notify_is_refused_without_saying_it():
    with pytest.raises(EndpointError, match="HUB_NOTIFY_KEY_FILE") as told:
        NotifyCarrier(Notify(team="YJS", to=TO, template=TEMPLATE), LINK, "hush")

    assert "hush" not in str(told.value)


def test_one_alert_is_told_of_in_the_singular():
    subject, text = notice.text(1, LINK)

    assert subject == "1 new alert: sign in to read it"
    assert "There is 1 new alert for your team." in text
