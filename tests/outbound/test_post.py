"""Receivers that are slow, broken or hostile: each is answered for in time, and nothing of theirs is kept."""

import socket
import struct
import time
from ipaddress import ip_address, ip_network

import pytest
from certificates import certificate, server, trust
from hypothesis import given
from hypothesis import strategies as st
from receivers import Receiver, receiver, rude

from hub.outbound.address import AddressError, look_up, permitted
from hub.outbound.post import Answer, post

LOCAL = [ip_network("127.0.0.0/8")]


def sent(port, patience=2.0, scheme="http", trust=None, host="127.0.0.1"):
    return post(f"{scheme}://{host}:{port}/csp", {}, b"told", LOCAL, trust, patience)


def secured(tmp_path, name):
    """A receiver that shows a certificate for *name*, and what believes its authority."""
    file, made = certificate(tmp_path, name), Receiver()
    made.socket = server(file).wrap_socket(made.socket, server_side=True)
    return made, trust(file)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_a_status_of_two_hundred_is_taken(status):
    with receiver(status) as to:
        assert sent(to.server_port) == Answer()


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 502, 503])
def test_any_other_status_is_a_failure_and_no_redirect_is_followed(status):
    with receiver() as other, receiver(status, headers={"Location": other.url}) as to:
        answer = sent(to.server_port)

    assert answer == Answer(f"STATUS_{status}", status == 410)
    assert other.got == []


def test_how_long_a_receiver_asks_us_to_wait_is_heard():
    with receiver(503, headers={"Retry-After": "120"}) as to:
        assert sent(to.server_port).after == 120.0


def drip(one):
    one.recv(4096)
    for _ in range(200):
        one.sendall(b"H")
        time.sleep(0.1)


def drip_headers(one):
    one.recv(4096)
    one.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(200):
        one.sendall(b"X")
        time.sleep(0.1)


def go_on(one):
    one.recv(4096)
    for _ in range(200):
        one.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


def say_nothing(one):
    one.settimeout(20)
    while one.recv(4096):
        pass


@pytest.mark.parametrize("manner", [drip, drip_headers, go_on, say_nothing])
def test_who_drips_or_is_silent_is_given_up_in_time(manner):
    begun = time.monotonic()
    with rude(manner) as port:
        answer = sent(port, patience=0.6)

    assert answer.why in {"TIMEOUT", "MALFORMED"}
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize("manner", [drip, say_nothing])
def test_who_drips_its_greeting_is_given_up_in_time(manner):
    begun = time.monotonic()
    with rude(manner) as port:
        answer = sent(port, patience=0.6, scheme="https")

    assert answer.why in {"TIMEOUT", "TLS"}
    assert time.monotonic() - begun < 8


def hang_up(one):
    one.recv(10)


def reset(one):
    one.recv(10)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("manner", [hang_up, reset])
def test_who_hangs_up_is_a_failure(manner):
    with rude(manner) as port:
        assert sent(port).why == "RESET"


def rubbish(one):
    one.recv(4096)
    one.sendall(b"220 smtp.example ESMTP\r\n")


def endless_header(one):
    one.recv(4096)
    one.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000)


def many_headers(one):
    one.recv(4096)
    one.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n")


@pytest.mark.parametrize("manner", [rubbish, endless_header, many_headers])
def test_who_speaks_no_http_is_a_failure(manner):
    with rude(manner) as port:
        assert sent(port).why in {"MALFORMED", "RESET"}


def test_of_a_huge_answer_the_status_alone_is_read():
    poured = []

    def pour(one):
        one.recv(4096)
        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        for _ in range(2000):
            poured.append(one.send(b"x" * 65536))

    with rude(pour) as port:
        assert sent(port) == Answer()
    assert sum(poured) < 64 << 20


def test_nobody_there_is_a_failure():
    with rude(hang_up) as port:
        pass

    assert sent(port).why == "REFUSED"


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    to, _ = secured(tmp_path, "localhost")

    assert sent(to.server_port, scheme="https", host="localhost").why == "TLS"
    to.shutdown()
    assert to.got == []


@pytest.mark.parametrize(("name", "host"), [("elsewhere.example", "localhost"), ("localhost", "127.0.0.1")])
def test_a_certificate_for_another_host_is_refused(tmp_path, name, host):
    to, believed = secured(tmp_path, name)

    assert sent(to.server_port, scheme="https", trust=believed, host=host).why == "TLS"
    to.shutdown()
    assert to.got == []


def test_a_certificate_of_the_endpoint_s_own_authority_is_believed(tmp_path):
    to, believed = secured(tmp_path, "localhost")

    assert sent(to.server_port, scheme="https", trust=believed, host="localhost") == Answer()
    to.shutdown()
    assert to.got[0][0]["host"] == f"localhost:{to.server_port}"


INSIDE = """
127.0.0.1 10.0.0.1 172.16.3.4 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 224.0.0.1 192.0.2.1
198.18.0.1 240.0.0.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd12::1 ff02::1 ff0e::1 ::ffff:10.0.0.1
::ffff:169.254.169.254 64:ff9b::a00:1 4000::1 2002:a00:1:: 2001:db8::1 2001:0:4136:e378:8000:63bf:f5ff:fffe
"""


@pytest.mark.parametrize("address", INSIDE.split())
def test_no_address_inside_is_sent_to(address):
    assert not permitted(address, [])


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808"])
def test_public_addresses_are_sent_to(address):
    assert permitted(address, [])


def test_a_network_that_the_operator_names_is_sent_to_and_no_more_of_it():
    named = [ip_network("10.20.0.0/16")]

    assert permitted("10.20.3.4", named)
    assert permitted("::ffff:10.20.3.4", named)
    assert not permitted("10.21.0.1", named)


@given(st.ip_addresses(v=4))
def test_what_a_v4_address_may_do_it_may_in_every_dress(address):
    plain = permitted(str(address), [])

    assert permitted(f"::ffff:{address}", []) == plain
    assert permitted(str(ip_address(int(ip_address("64:ff9b::")) + int(address))), []) == plain


def test_a_name_that_leads_inside_is_refused_before_anybody_is_spoken_to():
    with receiver() as to:
        answer = post(f"http://localhost:{to.server_port}/", {}, b"told", [], None, 2.0)

    assert answer.why == "ADDRESS"
    assert to.got == []


def test_of_a_name_s_addresses_only_the_permitted_are_connected_to():
    def look(host, port, type):
        return [(2, 1, 6, "", (one, port)) for one in ("10.0.0.1", "93.184.216.34")]

    assert [one.address[0] for one in look_up("mixed.example", 443, [], look)] == ["93.184.216.34"]


def test_a_name_is_looked_up_once(monkeypatch):
    """What it means a moment later (DNS rebinding) matters no more."""
    asked = []

    def look(host, port, **more):
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("hub.outbound.address.socket.getaddrinfo", look)
    with receiver() as to:
        found = look_up("rebound.example", to.server_port, LOCAL, look)
        monkeypatch.setattr("hub.outbound.post.look_up", lambda *_: found)
        answer = post(f"http://rebound.example:{to.server_port}/", {}, b"told", LOCAL, None, 2.0)

    assert answer == Answer()
    assert asked == ["rebound.example"]
    assert to.got[0][0]["host"] == f"rebound.example:{to.server_port}"


def test_a_name_that_is_none_is_a_failure():
    with pytest.raises(AddressError) as told:
        look_up("nowhere.invalid", 443, [])

    assert told.value.code == "NAME"
