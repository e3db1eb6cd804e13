"""A witness cosigns one growing history and nothing else; the hub asks for it and goes on without it."""

import http.client
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.core.merkle import EMPTY, consistency, nodes, root
from hub.edges.cosigner import Cosigner
from hub.edges.witness import Door, Witness, WitnessError, create
from hub.wire.cosigning import Refused, Request, judge, read_request
from hub.wire.notes import COSIGNATURE, Checkpoint, Note, public_key, sign, signers
from hub.wire.witnesses import read_policy, trusted

LOG, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
ORIGIN, TILE = "hub.example/ledger", 256
VKEY = str(public_key(ORIGIN, LOG))
NAMES = ("police", "prison", "school")
SECRETS = {name: Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()) for name in NAMES}


class History:
    """A ledger as far as a witness hears of it: tile by tile, *mark* makes it another."""

    def __init__(self, tiles, mark="", same=0):
        self.tiles = [sha256(f"{number}{mark if number >= same else ''}".encode()).digest() for number in range(tiles)]

    def note(self, tiles=None, secret=LOG):
        count = len(self.tiles) if tiles is None else tiles
        text = str(Checkpoint(ORIGIN, count * TILE, root(count, nodes(self.tiles))))
        return Note(text, (sign(text, ORIGIN, secret),))

    def ask(self, old, new, secret=LOG):
        return str(Request(old * TILE, consistency(old, new, nodes(self.tiles[:new])), self.note(new, secret)))


@pytest.fixture
def witness(tmp_path):
    return create(tmp_path / "police", "police", [VKEY], SECRETS["police"])


def test_who_is_told_to_stop_while_it_forgets_its_news_stops():
    class Late(threading.Event):
        """Between the last look and the clearing somebody says stop."""

        def clear(self):
            made._stopped.set()
            self.set()
            super().clear()

    made = Cosigner(policy([1, 1, 1]), patience=0.5)
    made._news = Late()
    made.start()

    made._thread.join(5)
    assert not made._thread.is_alive()


@contextmanager
def serving(*witnesses):
    doors = [Door(("127.0.0.1", 0), one) for one in witnesses]
    stop = threading.Event()
    threads = [threading.Thread(target=door.serve_until, args=(stop,), daemon=True) for door in doors]
    for thread in threads:
        thread.start()
    try:
        yield [door.server_port for door in doors]
    finally:
        stop.set()
        for thread, door in zip(threads, doors, strict=True):
            thread.join(10)
            door.server_close()


def post(port, body, path="/add-checkpoint", headers=None):
    at = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    at.request("POST", path, body.encode() if isinstance(body, str) else body, headers or {})
    answer = at.getresponse()
    return answer.status, answer.read().decode(), answer.headers["Content-Type"]


def status(witness, body):
    with pytest.raises(Refused) as refused:
        witness.add(body)
    return refused.value.status, refused.value.size


def test_it_cosigns_what_grows_and_remembers_it_in_its_folder(witness, tmp_path):
    history = History(9)
    for old, new in ((0, 1), (1, 1), (1, 4), (4, 9)):
        line = witness.add(history.ask(old, new))
        assert signers(Note(history.note(new).text, (line,)), [witness.key])
    again = Witness(tmp_path / "police")

    assert [(one.origin, one.size, one.refused) for one in again.seen()] == [(ORIGIN, 9 * TILE, 0)]
    assert status(again, history.ask(0, 9)) == (409, 9 * TILE)


def test_it_never_goes_back_and_never_cosigns_a_fork(witness):
    history, fork = History(9), History(9, "other", same=2)
    witness.add(history.ask(0, 4))

    assert status(witness, history.ask(0, 2)) == (409, 4 * TILE)
    assert status(witness, str(Request(4 * TILE, (), history.note(2)))) == (400, 0)
    assert status(witness, str(Request(4 * TILE, (), fork.note(4)))) == (409, 4 * TILE)
    assert status(witness, fork.ask(4, 9)) == (422, 0)
    assert (witness.seen()[0].size, witness.seen()[0].refused) == (4 * TILE, 2)
    assert str(fork.note(4)) in witness.evidence()
    witness.add(history.ask(4, 9))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", 400), ("old 0", 400), ("old 00\n\n", 400), ("new 0\n\n", 400), ("old 0\nAAAA\n\n", 400),
        (History(2).ask(0, 2).replace("old 0", "old -1"), 400), ("old 0\n" + "A" * 43 + "=\n" * 64 + "\n", 400),
        (History(2).ask(0, 2, OTHER), 403), (History(2).ask(0, 2).replace("\n512\n", "\n513\n"), 403),
        (History(2).ask(0, 2).replace(ORIGIN, "another.example"), 404),
        (History(2).ask(0, 2).replace("old 0\n", f"old 0\n{'A' * 43}=\n"), 422),
    ],
)  # fmt: skip
def test_whatever_else_it_is_asked_has_the_answer_of_the_specification(witness, body, code):
    assert status(witness, body)[0] == code
    assert witness.seen()[0].size == 0


def test_a_request_is_read_as_it_is_written():
    told = History(9).ask(3, 9)

    assert str(read_request(told)) == told
    assert root(0, nodes([])) == EMPTY


def test_over_http_it_answers_and_bounds_what_it_reads(witness):
    history = History(3)
    with serving(witness) as (port,):
        code, body, _ = post(port, history.ask(0, 3), "/some/prefix/add-checkpoint")
        assert (code, body[:9]) == (200, "\u2014 police ")
        assert post(port, history.ask(0, 3)) == (409, f"{3 * TILE}\n", "text/x.tlog.size")
        assert post(port, "x", "/elsewhere")[0] == 404
        assert post(port, b"\xff\xff")[0] == 400
        assert post(port, "", headers={"Content-Length": str(1 << 30)})[0] == 413
        assert post(port, history.ask(3, 3, OTHER))[0] == 403


def test_of_two_branches_asked_at_once_one_is_cosigned(witness, monkeypatch):
    def slow(*asked):
        judge(*asked)
        time.sleep(0.1)

    monkeypatch.setattr("hub.edges.witness.judge", slow)
    history, fork = History(3), History(4, "other")
    asks = [history.ask(0, 3), fork.ask(0, 4)] * 8

    def ask(port, body):
        return post(port, body)[0]

    with serving(witness) as (port,), ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(lambda body: ask(port, body), asks))

    assert sorted(codes) == [200] + [409] * 15
    assert witness.seen()[0].size in (3 * TILE, 4 * TILE)


def test_a_witness_that_lost_its_memory_does_not_start(witness, tmp_path):
    (tmp_path / "police" / "witness.db").unlink()

    with pytest.raises(WitnessError, match="under a new name"):
        Witness(tmp_path / "police")


def policy(ports, quorum=2):
    lines = [
        f"witness {name} {public_key(name, SECRETS[name], COSIGNATURE)} http://127.0.0.1:{port}"
        for name, port in zip(NAMES, ports, strict=True)
    ]
    return read_policy("\n".join([f"log {VKEY}", *lines, f"group most {quorum} {' '.join(NAMES)}", "quorum most"]))


def waited(take):
    for _ in range(400):
        if made := take():
            return made
        time.sleep(0.05)
    return None


@contextmanager
def asking(policy):
    made = Cosigner(policy, patience=2.0, again=0.1)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def test_a_checkpoint_is_given_out_once_a_quorum_has_cosigned_it(tmp_path, logged):
    two = [create(tmp_path / name, name, [VKEY], SECRETS[name]) for name in NAMES[:2]]
    history = History(5)
    with serving(*two) as ports, asking(told := policy([*ports, 1])) as hub:
        hub.grown(history.tiles[:2], history.note(2))
        first = waited(hub.take)
        hub.grown(history.tiles[2:], history.note(5))
        second = waited(hub.take)

    assert trusted(first, told).by.keys() == trusted(second, told).by.keys() == {"police", "prison"}
    assert trusted(second, told).checkpoint.size == 5 * TILE
    assert {fact["witness"] for fact in logged if fact["event"] == "witness did not cosign"} == {"school"}


def test_witnesses_that_were_down_are_caught_up_with(tmp_path, logged):
    made = [create(tmp_path / name, name, [VKEY], SECRETS[name]) for name in NAMES]
    history = History(7)
    made[0].add(history.ask(0, 3))
    with serving(*made) as ports:
        pass
    told = policy(ports)
    with asking(told) as hub:
        hub.grown(history.tiles, history.note())
        time.sleep(0.5)
        assert hub.take() is None
        assert any(fact["event"] == "checkpoint lacks quorum" for fact in logged)
        doors = [Door(("127.0.0.1", port), one) for port, one in zip(ports, made, strict=True)]
        for door in doors:
            threading.Thread(target=door.serve_forever, daemon=True).start()
        seen = waited(hub.take)
        for door in doors:
            door.shutdown()
            door.server_close()

    assert len(trusted(seen, told).by) >= 2


def test_a_log_that_shows_two_witnesses_two_histories_is_refused_within_one_round(tmp_path):
    police, prison, school = (create(tmp_path / name, name, [VKEY], SECRETS[name]) for name in NAMES)
    one, two = History(4), History(4, "other", same=2)
    police.add(one.ask(0, 4))
    prison.add(two.ask(0, 4))
    school.add(one.ask(0, 2))
    with serving(police, prison, school) as ports, asking(told := policy(ports, quorum=3)) as hub:
        hub.grown(one.tiles, one.note())
        for _ in range(200):
            if prison.seen()[0].refused:
                break
            time.sleep(0.05)
    assert hub.take() is None
    assert (police.seen()[0].refused, prison.seen()[0].refused, school.seen()[0].size) == (0, 1, 4 * TILE)
    assert told.satisfied(NAMES)
    assert str(one.note()).split("\n\n")[0] in "".join(prison.evidence())


def test_a_witness_that_drips_its_answer_holds_up_nobody_else(tmp_path):
    two = [create(tmp_path / name, name, [VKEY], SECRETS[name]) for name in NAMES[:2]]
    history, done = History(3), threading.Event()

    def drip(listening):
        asked, _ = listening.accept()
        asked.sendall(b"HTTP/1.0 200 OK\r\nX: ")
        while not done.wait(0.2):
            asked.sendall(b".")

    with socket.create_server(("127.0.0.1", 0)) as slow, serving(*two) as ports:
        threading.Thread(target=drip, args=(slow,), daemon=True).start()
        made = Cosigner(told := policy([*ports, slow.getsockname()[1]]), patience=0.5, again=0.1)
        made.start()
        made.grown(history.tiles, history.note())
        seen = waited(made.take)
        done.set()
        made.stop()

    assert trusted(seen, told).by.keys() == {"police", "prison"}


def test_who_drips_a_request_is_cut_off_and_others_are_answered(witness, monkeypatch):
    monkeypatch.setattr("hub.edges.witness.WHOLE", 1.0)
    monkeypatch.setattr("hub.edges.witness.AT_ONCE", 1)
    with serving(witness) as (port,), socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 5000\r\n\r\n")
        begun = time.monotonic()
        with suppress(OSError):
            while time.monotonic() - begun < 8:
                slow.sendall(b"o")
                time.sleep(0.2)
        assert time.monotonic() - begun < 8
        assert post(port, History(3).ask(0, 3))[0] == 200


def test_what_outsiders_send_again_leaves_room_for_evidence(witness, monkeypatch):
    monkeypatch.setattr("hub.edges.witness.EVIDENCE", 3)
    history, fork = History(9), History(4, "other", same=2)
    witness.add(history.ask(0, 4))
    for number in range(5, 9):
        for mark in "AB":
            wrong = str(Request(4 * TILE, (bytes(32),), history.note(number))) + f"\u2014 me {mark * 8}\n"
            assert status(witness, wrong)[0] == 422
    assert witness.seen()[0].refused == 3
    assert status(witness, str(Request(4 * TILE, (), fork.note(4)))) == (409, 4 * TILE)
    assert str(fork.note(4)) in witness.evidence()


@pytest.mark.parametrize(("size", "top", "code"), [(0, b"1" * 32, 422), (2**63, bytes(32), 400)])
def test_a_tree_of_nothing_with_a_root_and_one_beyond_all_are_not_cosigned(witness, size, top, code):
    text = str(Checkpoint(ORIGIN, size, top))
    asked = str(Request(0, (), Note(text, (sign(text, ORIGIN, LOG),))))

    assert status(witness, asked)[0] == code
    witness.add(History(2).ask(0, 2))
