"""Only what Unified.to signed is believed, and of that only what it signed."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from aging.unified.signature import BadNotice, BadSignature, Notice, read_notice

SECRET = "workspace-secret"
NONCE = "n-1"
WEBHOOK = {"id": "w1", "connection_id": "c1", "object_type": "accounting_invoice", "event": "updated"}
DATA = b'[{"id":"i1","total_amount":0.0000001,"notes":"Gr\xc3\xbc\xc3\x9fe"}]'


def mac(text: bytes, secret: str = SECRET) -> bytes:
    return hmac.new(secret.encode(), text, hashlib.sha256).digest()


def in_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def body_of(signature: Any, data: bytes = DATA, nonce: Any = NONCE, **more: Any) -> bytes:
    rest = {"webhook": WEBHOOK, "nonce": nonce, "sig256": signature, "type": "VIRTUAL", "external_xref": "x"} | more
    return b'{"data": ' + data + b", " + json.dumps(rest).encode()[1:]


def read(body: bytes, secret: str = SECRET) -> Notice:
    return read_notice(body, secret)


def test_a_signed_notice_says_where_to_look() -> None:
    found = read(body_of(in_base64(mac(DATA + NONCE.encode()))))
    assert found == Notice(
        nonce=NONCE,
        webhook_id="w1",
        connection_id="c1",
        object_type="accounting_invoice",
        event="updated",
        delivery="VIRTUAL",
        external_xref="x",
        records=1,
        variant="raw, base64",
    )


SPACED = b'[ {"id" : "i1",  "total_amount": 1e-07 , "notes": "Gr\\u00fc\\u00dfe" } ]'


@pytest.mark.parametrize(
    ("signed", "variant"),
    [
        (SPACED, "raw, hex"),
        (b'[{"id":"i1","total_amount":1e-07,"notes":"Gr\\u00fc\\u00dfe"}]', "compact, hex"),
        ('[{"id":"i1","total_amount":1e-07,"notes":"Grüße"}]'.encode(), "serialized, hex"),
    ],
)
def test_the_form_of_the_data_that_was_signed_is_told(signed: bytes, variant: str) -> None:
    assert read(body_of(mac(signed + NONCE.encode()).hex(), SPACED)).variant == variant


@pytest.mark.parametrize("spell", [bytes.hex, lambda one: one.hex().upper(), in_base64])
def test_hex_and_base64_of_the_same_mac_are_accepted(spell: Any) -> None:
    assert read(body_of(spell(mac(DATA + NONCE.encode())))).nonce == NONCE


def test_base64_for_addresses_and_without_padding_is_base64() -> None:
    digest = mac(DATA + NONCE.encode())
    assert read(body_of(base64.urlsafe_b64encode(digest).decode().rstrip("="))).nonce == NONCE


def test_a_numeric_nonce_is_signed_as_its_text() -> None:
    assert read(body_of(mac(DATA + b"17").hex(), nonce=17)).nonce == "17"


GOOD = mac(DATA + NONCE.encode()).hex()


@pytest.mark.parametrize(
    "body",
    [
        body_of(GOOD, DATA.replace(b"i1", b"i2")),
        body_of(GOOD, nonce="n-2"),
        body_of(GOOD[:-2]),
        body_of("Grüße" * 20),
        body_of(""),
        body_of("0" * 64),
        body_of("=" * 44),
        body_of(mac(DATA + NONCE.encode(), "another").hex()),
        body_of(mac(DATA).hex()),
    ],
    ids=["data", "nonce", "short", "no ASCII", "empty", "zeros", "padding", "another secret", "without nonce"],
)
def test_whatever_is_tampered_with_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        read(body)


def test_the_older_signature_alone_is_not_enough() -> None:
    sha1 = hmac.new(SECRET.encode(), DATA + NONCE.encode(), hashlib.sha1).hexdigest()
    with pytest.raises(BadSignature):
        read(body_of(sha1, sig=sha1))
    with pytest.raises(BadNotice):
        read(b'{"data": [], "nonce": "n", "webhook": {}, "sig": "' + sha1.encode() + b'"}')


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(BadSignature):
        read(body_of(mac(DATA + NONCE.encode(), "").hex()), secret="")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"data": [], "nonce": null, "sig256": "x", "webhook": {}}',
        b'{"data": [], "nonce": "", "sig256": "x", "webhook": {}}',
        b'{"nonce": "n", "sig256": "x", "webhook": {}}',
        body_of(GOOD).replace(b'"nonce"', b'"data": [], "nonce"'),
        body_of(GOOD).replace(b'"id": "w1"', b'"id": "w1", "id": "w2"'),
        b'{"data": ' + b"[" * 100_000,
    ],
    ids=["empty", "list", "null", "bytes", "no nonce", "blank nonce", "no data", "data twice", "id twice", "deep"],
)
def test_what_is_no_notice_is_refused_as_such(body: bytes) -> None:
    with pytest.raises(BadNotice):
        read(body)


def test_a_body_beyond_the_cap_is_not_even_parsed() -> None:
    with pytest.raises(BadNotice, match="too large"):
        read_notice(b"x" * 101, SECRET, largest=100)


def test_a_signed_number_longer_than_python_converts_is_no_crash() -> None:
    data = b"[" + b"9" * 5000 + b"]"
    with pytest.raises(BadSignature):
        read(body_of("0" * 64, data))


def test_what_the_sandbox_sends_is_believed() -> None:
    from sandbox.webhooks import signature

    assert read(body_of(signature(SECRET, DATA, NONCE))).variant == "raw, base64"
