"""How does a page of bytes become records without one bad record spoiling the page?

A page is first decoded as it should be: strictly, straight into structs, amounts as exact decimals. What
that cannot see is looked for separately: a key given twice, an amount sent as text, a NUL. If anything is
wrong the page is read again row by row, so that the good rows go on and each bad one is set aside with its
reason and its own text. A page that is no JSON array at all is a protocol error and never "no records".
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import msgspec

from aging.unified.errors import ProtocolError
from aging.unified.objects import ObjectType
from aging.unified.payloads import LONGEST_ID, Payload

LONGEST_RAW = 4_000
LONGEST_NUMBER = 60  # characters; no amount of money has as many

REASONS: Final[dict[str, str]] = {
    "not_an_object": "The record is not an object.",
    "bad_id": "The record has no usable identifier.",
    "duplicate_key": "The record gives the same field twice.",
    "not_a_number": "A number is not finite, or absurdly long.",
    "amount_text": "An amount is a text that is no plain decimal number.",
    "bad_text": "A text holds characters that cannot be stored.",
    "bad_shape": "A field has a value of the wrong kind.",
    "missing_total": "The document has no total.",
    "not_money": "An amount is not finite or has too many digits.",
    "missing_currency": "Neither the document nor the organization names a currency.",
    "bad_currency": "The currency is not a code of three letters.",
    "missing_date": "The document has no date.",
    "bad_date": "A date is no date between 1900 and 2200.",
    "unknown_type": "The document's type is unknown, so nobody can say whether it is owed.",
    "negative_payment": "The payment's total is below zero, so its direction is unclear.",
}

_SPACE = re.compile(r"[ \t\r\n]*")
_AMOUNT_AS_TEXT = re.compile(rb'amount"\s*:\s*"')
_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_NUL = b"\\u0000"


class Quarantined(msgspec.Struct, frozen=True, gc=False):
    """A record that is set aside: counted, listed, and part of no figure."""

    object_type: str
    source_id: str
    reason_code: str
    reason: str
    raw: str = ""

    @property
    def id(self) -> str:
        """Tells records apart while paging, those without an identifier by their text."""
        return self.source_id or f"?{blake2b(self.raw.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"

    @property
    def updated_at(self) -> None:
        return None


Row = Payload | Quarantined


def decode_page(body: bytes, kind: ObjectType) -> list[Row]:
    """The rows of a list answer, bad ones as `Quarantined`; `ProtocolError` if it is no list."""
    try:
        rows: list[Row] = _list_decoder(kind.struct)(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_row_by_row(body, kind)
    if not _is_clean(body) or not all(_has_text_id(row) for row in rows):
        return _decode_row_by_row(body, kind)
    return rows


def decode_one(body: bytes, kind: ObjectType) -> Row:
    """The record of a single answer, under the same rules as a row of a page."""
    rows = decode_page(b"[" + body + b"]", kind)
    if len(rows) != 1 or (isinstance(rows[0], Quarantined) and rows[0].reason_code == "not_an_object"):
        raise ProtocolError("not one object")
    return rows[0]


@lru_cache(maxsize=32)
def _list_decoder(struct: type[Payload]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(list[struct]).decode  # type: ignore[valid-type]


@lru_cache(maxsize=32)
def _row_decoder(struct: type[Payload]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(struct).decode


class _Defective(Exception):
    """Why a row cannot be used."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.reason = f"{REASONS[code]} {detail}".strip()


class _Unclean(Exception):
    """Something in the page needs the careful reading."""


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Unclean
    return members


_duplicates = json.JSONDecoder(object_pairs_hook=_refuse_duplicates, parse_float=str, parse_int=str)


def _is_clean(body: bytes) -> bool:
    """The page is known to be JSON here. Costs some 3 µs a row, ten times the decoding, and is worth it."""
    if _NUL in body or _AMOUNT_AS_TEXT.search(body):
        return False
    try:
        _duplicates.decode(body.decode())
    except (_Unclean, UnicodeDecodeError, RecursionError):
        return False
    return True


def _has_text_id(row: Row) -> bool:
    """Numbers become text here; a blank identifier is none."""
    if isinstance(row.id, int):
        row.id = str(row.id)
    return not row.id.isspace()


def _decode_row_by_row(body: bytes, kind: ObjectType) -> list[Row]:
    text = body.decode("utf-8", "surrogateescape")
    reader = _CarefulReader()
    rows: list[Row] = []
    try:
        for value, raw in reader.elements(text):
            rows.append(_careful_row(value, raw, reader.take_defect(), kind))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ProtocolError(f"the list cannot be read: {type(error).__name__}") from None
    return rows


class _CarefulReader:
    """Walks an array with the standard library, noting what is wrong with each element instead of failing."""

    def __init__(self) -> None:
        self._defect = ""
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._members,
            parse_float=self._number,
            parse_int=self._number,
            parse_constant=self._constant,
            strict=False,
        )

    def elements(self, text: str) -> Iterator[tuple[Any, str]]:
        at = _after_space(text, 0)
        _expect(text, at, "[")
        at = _after_space(text, at + 1)
        if text[at : at + 1] != "]":
            while True:
                value, end = self._decoder.raw_decode(text, at)
                yield value, text[at:end]
                at = _after_space(text, end)
                if text[at : at + 1] != ",":
                    break
                at = _after_space(text, at + 1)
            _expect(text, at, "]")
        if _after_space(text, at + 1) != len(text):
            raise json.JSONDecodeError("something follows the list", text, at)

    def take_defect(self) -> str:
        defect, self._defect = self._defect, ""
        return defect

    def _members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            self._defect = "duplicate_key"
        for name, value in pairs:
            if type(value) is str and name.endswith("amount") and not _PLAIN_DECIMAL.fullmatch(value):
                self._defect = "amount_text"
        return members

    def _number(self, text: str) -> str:
        if len(text) > LONGEST_NUMBER:
            self._defect = "not_a_number"
        return _NumberText(text)

    def _constant(self, _text: str) -> None:
        self._defect = "not_a_number"


class _NumberText(str):
    """The text of a number, told apart from a text; never converted, so its length cannot hurt."""

    __slots__ = ()


def _careful_row(value: Any, text: str, defect: str, kind: ObjectType) -> Row:
    source_id = _readable_id(value.get("id")) if isinstance(value, dict) else ""
    try:
        if not isinstance(value, dict):
            raise _Defective("not_an_object")
        if defect or not source_id:
            raise _Defective(defect or "bad_id")
        row = _strictly(text, kind)
    except _Defective as wrong:
        return Quarantined(kind.name, source_id, wrong.code, wrong.reason, storable(text))
    row.id = source_id
    return row


def _strictly(text: str, kind: ObjectType) -> Payload:
    try:
        row: Payload = _row_decoder(kind.struct)(text.encode())
    except msgspec.ValidationError as error:
        raise _Defective("bad_shape", str(error)) from None
    except (msgspec.DecodeError, UnicodeError):
        raise _Defective("bad_text") from None
    if _NUL in msgspec.json.encode(row):  # only where it would be stored: a NUL in a note harms nobody
        raise _Defective("bad_text")
    return row


def _readable_id(value: Any) -> str:
    """The identifier as text, empty if it cannot serve as one. Its spelling is never touched (H32)."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_ID:
        return ""
    return "" if _UNSTORABLE.search(value) else str(value)


def storable(text: str) -> str:
    """The start of a text in a form that every database column takes."""
    kept = text[:LONGEST_RAW].encode("utf-8", "backslashreplace").decode()
    return kept.replace("\x00", "\\u0000")


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _expect(text: str, at: int, character: str) -> None:
    if text[at : at + 1] != character:
        raise json.JSONDecodeError(f"{character} expected", text, at)
