"""Signatures by the specification's own example, by an outside reader, and by a second way to verify Ed25519."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import standardwebhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hub.audit import standalone
from hub.outbound import keys
from hub.outbound.verifier import WebhookError, verify

TOLD = json.loads((Path(__file__).parents[1] / "vectors" / "webhooks.json").read_text())
BODY = TOLD["body"].encode()
HEADERS = {
    "webhook-id": TOLD["id"],
    "webhook-timestamp": str(TOLD["timestamp"]),
    "webhook-signature": TOLD["signature"],
}


def key(tmp_path, line=TOLD["secret"]):
    file = keys.file(tmp_path, "one")
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{line}\n")
    return file


def test_the_specification_s_example_comes_out_to_the_byte(tmp_path):
    held = keys.read(key(tmp_path), 0)

    assert keys.sign(TOLD["id"], TOLD["timestamp"], BODY, held) == HEADERS
    assert held[0].public == TOLD["public"]
    assert str(held[0]) == TOLD["secret"]


def test_the_specification_s_example_is_believed():
    assert verify(HEADERS, BODY, [TOLD["public"]], TOLD["timestamp"]) == TOLD["id"]


@given(st.binary(max_size=300), st.integers(0, 10**11))
def test_what_is_signed_is_believed_and_by_an_independent_ed25519_too(body, at):
    made = keys.Key(Ed25519PrivateKey.generate())
    headers = keys.sign("msg_1", at, body, [made])

    assert verify(headers, body, [made.public], at) == "msg_1"
    signature = keys.b64decode(headers["webhook-signature"].removeprefix("v1a,"))
    assert standalone.signed(keys.b64decode(made.public[5:]), f"msg_1.{at}.".encode() + body, signature)


def test_an_outside_signer_of_hmac_and_we_sign_the_same_content():
    """Its library knows `v1` alone; what is signed is the same, so its signature beside ours does no harm."""
    webhook = standardwebhooks.Webhook("whsec_" + "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0")
    now = datetime.now(UTC).replace(microsecond=0)
    theirs = webhook.sign(TOLD["id"], now, TOLD["body"])
    made = keys.Key(Ed25519PrivateKey.generate())
    headers = keys.sign(TOLD["id"], int(now.timestamp()), BODY, [made])
    both = {**headers, "webhook-signature": f"{theirs} {headers['webhook-signature']}"}

    assert webhook.verify(BODY, both) == json.loads(BODY)
    assert verify(both, BODY, [made.public], now.timestamp()) == TOLD["id"]


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
def test_a_webhook_of_another_time_is_refused(seconds):
    with pytest.raises(WebhookError, match="timestamp"):
        verify(HEADERS, BODY, [TOLD["public"]], TOLD["timestamp"] + seconds)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clocks_may_differ_by_five_minutes(seconds):
    assert verify(HEADERS, BODY, [TOLD["public"]], TOLD["timestamp"] + seconds)


SIGNATURE = TOLD["signature"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "msg_another"),
        ("webhook-id", "msg.1"),
        ("webhook-id", ""),
        ("webhook-timestamp", "1614265331"),
        ("webhook-timestamp", "1614265330.0"),
        ("webhook-timestamp", " 1614265330"),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "१६१४२६५३३०"),
        ("webhook-signature", ""),
        ("webhook-signature", SIGNATURE.replace("v1a", "v1")),
        ("webhook-signature", SIGNATURE.replace("v1a,", "")),
        ("webhook-signature", SIGNATURE[:-2]),
        ("webhook-signature", SIGNATURE.replace("hnO3", "h*nO3")),
        ("webhook-signature", f"{SIGNATURE}=="),
        ("webhook-signature", SIGNATURE.replace("hnO3", "hnO4")),
        ("webhook-signature", "v1a," + "A" * 86 + "=="),
        ("webhook-signature", " ".join(["v1a,AAAA"] * 10 + [SIGNATURE])),
    ],
)
def test_a_webhook_whose_headers_are_otherwise_is_refused(name, value):
    with pytest.raises(WebhookError):
        verify({**HEADERS, name: value}, BODY, [TOLD["public"]], TOLD["timestamp"])


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_is_missing_or_there_twice_is_refused(name):
    pairs = list(HEADERS.items())

    with pytest.raises(WebhookError, match=name):
        verify([one for one in pairs if one[0] != name], BODY, [TOLD["public"]], TOLD["timestamp"])
    with pytest.raises(WebhookError, match=name):
        verify([*pairs, (name.title(), HEADERS[name])], BODY, [TOLD["public"]], TOLD["timestamp"])


@pytest.mark.parametrize("wrong", ["", "whsec_AAAA", "whpk_AAAA", TOLD["secret"], "whpk_!"])
def test_a_key_that_is_none_is_no_key(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - the library's and ours
        verify(HEADERS, BODY, [wrong], TOLD["timestamp"])


def test_after_a_rotation_both_keys_sign_until_the_old_one_s_day(tmp_path):
    old = keys.read(key(tmp_path), 0)[0]
    now = 1_800_000_000.0
    held = keys.rotate(keys.file(tmp_path, "one"), now, days=7)
    headers = keys.sign("msg_1", int(now), BODY, keys.read(keys.file(tmp_path, "one"), now))

    assert verify(headers, BODY, [old.public], now) == verify(headers, BODY, [held[0].public], now) == "msg_1"
    later = keys.read(keys.file(tmp_path, "one"), now + 8 * keys.DAY)
    assert [one.public for one in later] == [held[0].public]


def test_a_compromised_key_signs_no_more_at_once(tmp_path):
    old = keys.read(key(tmp_path), 0)[0]
    held = keys.rotate(keys.file(tmp_path, "one"), 0.0, days=0)

    assert old.public not in [one.public for one in held]
    assert old.public[5:] not in keys.file(tmp_path, "one").read_text()


def test_a_second_rotation_keeps_what_the_first_promised(tmp_path):
    file = key(tmp_path)
    first = keys.read(file, 0)[0]
    keys.rotate(file, 0.0, days=7)
    held = keys.rotate(file, 1.0, days=1)

    assert [one.until for one in held] == [None, 1.0 + keys.DAY, 7.0 * keys.DAY]
    assert held[-1].public == first.public


def test_a_key_is_for_its_owner_alone_and_is_made_once(tmp_path):
    (tmp_path / "keys").mkdir()
    keys.keygen(keys.file(tmp_path, "one"))

    assert keys.file(tmp_path, "one").stat().st_mode & 0o777 == 0o600
    with pytest.raises(keys.KeyFileError, match="hub outbound rotate one"):
        keys.keygen(keys.file(tmp_path, "one"))


@pytest.mark.parametrize(
    "line", ["", "whsk_AAAA", "nonsense", TOLD["secret"][:-8] + "AAAAAA==", TOLD["secret"] + " until then"]
)
def test_a_broken_file_of_keys_says_where_and_never_what(tmp_path, line):
    with pytest.raises(keys.KeyFileError, match="hint") as told:
        keys.read(key(tmp_path, line), 0)

    assert "6Xb" not in str(told.value)
