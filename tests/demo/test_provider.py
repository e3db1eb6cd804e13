"""Where made-up people sign in."""

import socket

import httpx2
import pytest

from hub.demo.provider import Person, provider


def answers(issuer):
    return httpx2.get(f"{issuer}/.well-known/openid-configuration").status_code == 200


@pytest.mark.parametrize("beyond", [False, True])
def test_a_port_that_is_taken_or_none_at_all_is_passed_over_in_silence(capfd, beyond):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = 1 << 16 if beyond else taken.getsockname()[1]
        with provider([Person("somebody", "Somebody", "lead")], port) as issuer:
            assert answers(issuer)
            assert not issuer.endswith(f":{port}")

    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_free_is_the_one():
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    with provider([Person("somebody", "Somebody", "lead")], port) as issuer:
        assert (issuer, answers(issuer)) == (f"http://127.0.0.1:{port}", True)
