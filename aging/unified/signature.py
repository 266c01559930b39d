"""Did Unified.to send this webhook?

The body carries an HMAC-SHA256 of the JSON text of `data` followed by `nonce`, under the workspace's secret.
Neither the digest's encoding nor the serializer is published, so the bytes as they came are tried first, then
the same tokens without white space, then a plain re-serialization; hex and base64 of one and the same MAC are
accepted, and the variant that matched is told, so that the others can be retired once a real delivery has
been seen. The older SHA-1 `sig` never counts.

Nothing else in the body is signed: not the connection, not the kind of event. A notice is a hint to look,
never data; and since no time is signed either, only the nonce tells a replay.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

LARGEST_BODY = 2 * 1024 * 1024

_HEX = re.compile(rb"[0-9a-fA-F]{64}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{43}=?")


class BadNotice(ValueError):
    """The body is no webhook of Unified.to: too large, or not of the known form."""


class BadSignature(ValueError):
    """The body does not carry a valid signature. Deliberately says nothing more."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified hint that something changed. Only `nonce` and the number of `records` are signed."""

    nonce: str
    webhook_id: str
    connection_id: str
    object_type: str
    event: str
    delivery: str
    external_xref: str
    records: int
    variant: str


class _Subscription(msgspec.Struct, gc=False):
    id: str = ""
    connection_id: str = ""
    object_type: str = ""
    event: str = ""


class _Envelope(msgspec.Struct, gc=False):
    data: msgspec.Raw
    nonce: str | int
    sig256: str
    webhook: _Subscription
    type: str = ""
    external_xref: str = ""


def read_notice(body: bytes, secret: str, *, largest: int = LARGEST_BODY) -> Notice:
    """The notice in `body`, if its signature is good."""
    if len(body) > largest:
        raise BadNotice("the body is too large")
    envelope = _envelope(body)
    nonce = str(envelope.nonce)
    variant = _matching_variant(bytes(envelope.data), nonce, envelope.sig256, secret)
    if not variant:
        raise BadSignature
    return Notice(
        nonce=nonce,
        webhook_id=envelope.webhook.id,
        connection_id=envelope.webhook.connection_id,
        object_type=envelope.webhook.object_type,
        event=envelope.webhook.event,
        delivery=envelope.type,
        external_xref=envelope.external_xref,
        records=_count(envelope.data),
        variant=variant,
    )


def _envelope(body: bytes) -> _Envelope:
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        if not envelope.nonce and envelope.nonce != 0:
            raise BadNotice("no nonce")
        _require_single_keys(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadNotice(type(error).__name__) from None
    return envelope


def _require_single_keys(body: bytes) -> None:
    """A key given twice would let one reader check what another one uses."""

    def members(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a key is given twice")

    json.JSONDecoder(object_pairs_hook=members, parse_int=str, parse_float=str).decode(body.decode())


def _matching_variant(data: bytes, nonce: str, signature: str, secret: str) -> str:
    given, encoding = _digest(signature)
    if not given or not secret:
        return ""
    tail = nonce.encode("utf-8", "surrogatepass")
    for form, text in _forms(data):
        expected = hmac.new(secret.encode(), text + tail, hashlib.sha256).digest()
        if hmac.compare_digest(expected, given):
            return f"{form}, {encoding}"
    return ""


def _digest(signature: str) -> tuple[bytes, str]:
    """The MAC that a text stands for; nothing if it is neither 32 bytes of hex nor of base64."""
    text = signature.encode("utf-8", "surrogatepass")
    if _HEX.fullmatch(text):
        return bytes.fromhex(signature), "hex"
    if _BASE64.fullmatch(text):
        padded = text.rstrip(b"=") + b"="
        try:
            return base64.b64decode(padded, altchars=b"-_" if set(text) & set(b"-_") else None), "base64"
        except binascii.Error:
            return b"", ""
    return b"", ""


def _forms(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "raw", data
    yield "compact", msgspec.json.format(data, indent=-1)
    try:
        again = json.dumps(json.loads(data), separators=(",", ":"), ensure_ascii=False)
    except ValueError:  # an integer longer than Python converts
        return
    yield "serialized", again.encode("utf-8", "surrogatepass")


def _count(data: msgspec.Raw) -> int:
    try:
        return len(msgspec.json.decode(data, type=list[msgspec.Raw]))
    except msgspec.DecodeError:
        return 0
