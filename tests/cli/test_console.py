import signal
import socket

import pytest
from smallhome import made, one_line_with_cure

from hub.cli.console import signing_in
from hub.edges.home import create


@pytest.fixture
def real(tmp_path):
    return create(tmp_path / "real", ["GMP"], ["HOUS"]).path


def test_a_real_hub_is_not_served_where_nobody_can_sign_in(hub, real):
    told = hub("console", "--home", real, "--listen", "127.0.0.1:0")

    assert told.code == 2
    assert one_line_with_cure(told.err)
    assert "HUB_OIDC_ISSUER" in told.err


def test_a_made_up_hub_is_not_served_to_other_machines_by_mistake(hub, tmp_path):
    told = hub("console", "--home", made(tmp_path / "home"), "--listen", "0.0.0.0:0")

    assert told.code == 1
    assert one_line_with_cure(told.err)
    assert "HUB_URL" in told.err


def test_an_address_in_use_says_so(hub, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        told = hub("console", "--home", made(tmp_path / "home"), "--listen", at)

    assert told.code == 1
    assert one_line_with_cure(told.err)
    assert at in told.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_URL", "http://hub.example"),
        ("HUB_URL", "https://hub.example/console"),
        ("HUB_OIDC_ISSUER", "http://login.example"),
        ("HUB_OIDC_ISSUER", "https://login.example"),
        ("HUB_CONSOLE_CERT", "cert.pem"),
        ("HUB_PROJECTION", "mysql://db/hub"),
    ],
)
def test_settings_that_would_not_hold_are_refused_with_the_cure(hub, tmp_path, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    told = hub("console", "--home", made(tmp_path / "home"), "--listen", "127.0.0.1:0")

    assert told.code in {1, 2}
    assert one_line_with_cure(told.err)
    assert name.rpartition("_")[0] in told.err


def test_the_hub_is_not_run_beside_itself(hub, tmp_path):
    from hub.cli.run_hub import alone

    home = made(tmp_path / "home")
    with alone(home / "run.lock", "a hub runs here already"):
        told = hub("console", "--run", "--home", home, "--listen", "127.0.0.1:0")

    assert (told.code, one_line_with_cure(told.err)) == (1, True)


@pytest.mark.timeout(60)
def test_a_signal_that_comes_while_it_starts_stops_it(hub, tmp_path, monkeypatch):
    def told_meanwhile(*args):
        signal.raise_signal(signal.SIGTERM)
        return signing_in(*args)

    monkeypatch.setattr("hub.cli.console.signing_in", told_meanwhile)
    told = hub("console", "--home", made(tmp_path / "home"), "--listen", "127.0.0.1:0")

    assert (told.code, "stopped in good order" in told.err, "the console is at" in told.err) == (0, True, False)


@pytest.mark.timeout(60)
def test_a_console_whose_hub_can_be_kept_no_longer_says_so_and_ends(hub, tmp_path, monkeypatch):
    def keep(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("hub.cli.crew.keep", keep)
    told = hub("console", "--run", "--home", made(tmp_path / "home"), "--listen", "127.0.0.1:0")

    assert (told.code, "stopped in good order" in told.err) == (70, False)


def test_the_projection_is_made_anew_from_the_log(hub, year):
    told = hub("console", "rebuild", "--home", year)

    assert told.code == 0
    assert "is made anew of" in told.err


def test_a_demo_on_kafka_serves_nothing_that_is_gone_with_it(hub, tmp_path):
    told = hub("demo", "--kafka", "--serve", "--home", tmp_path / "home")

    assert (told.code, one_line_with_cure(told.err)) == (2, True)
