"""A page becomes records: exact, and without one bad record spoiling the others (F41)."""

import json
from decimal import Decimal

import pytest

from aging.unified.decoding import LONGEST_RAW, REASONS, Quarantined, Row, decode_page
from aging.unified.errors import ProtocolError
from aging.unified.objects import BY_NAME
from aging.unified.payloads import Contact, Invoice, Payment

INVOICE = BY_NAME["invoice"]
GOOD = b'{"id": "good", "total_amount": 12.50, "currency": "EUR"}'


def page_of(*rows: bytes) -> list[Row]:
    return decode_page(b"[" + b",\n ".join(rows) + b"]", INVOICE)


def invoice_of(row: bytes) -> Invoice:
    (found,) = page_of(row)
    assert isinstance(found, Invoice)
    return found


@pytest.mark.parametrize(
    "amount",
    ["0.1", "90071992547409.93", "9007199254740993.01", "1234567890123456.78", "-0.30", "1E2", "100", "0.10"],
)
def test_an_amount_keeps_every_digit_that_the_source_wrote(amount: str) -> None:
    found = invoice_of(f'{{"id": "a", "total_amount": {amount}}}'.encode()).total_amount
    assert found == Decimal(amount)
    assert found is not None
    assert found.as_tuple().digits == Decimal(amount).as_tuple().digits


def test_an_amount_given_as_plain_decimal_text_is_taken() -> None:
    assert invoice_of(b'{"id": "a", "total_amount": "12.30"}').total_amount == Decimal("12.30")


def test_what_is_absent_is_none_and_never_zero() -> None:
    found = invoice_of(b'{"id": "a", "paid_amount": null}')
    assert found.total_amount is None
    assert found.balance_amount is None
    assert found.paid_amount is None
    assert found.currency is None


def test_a_contact_or_payment_without_a_currency_gets_none_from_us() -> None:
    (contact,) = decode_page(b'[{"id": "c"}]', BY_NAME["contact"])
    (payment,) = decode_page(b'[{"id": "p"}]', BY_NAME["payment"])
    assert isinstance(contact, Contact)
    assert isinstance(payment, Payment)
    assert contact.currency is None
    assert payment.currency is None


def test_fields_that_nobody_reads_are_passed_over_and_unknown_words_kept() -> None:
    found = invoice_of(b'{"id": "a", "brand_new": {"x": [1]}, "status": "FROZEN"}')
    assert found.status == "FROZEN"


def test_a_numbered_record_has_its_number_as_text() -> None:
    found = invoice_of(b'{"id": 42, "contact_id": 7, "invoice_number": 1001}')
    assert found.id == "42"
    assert found.contact_id == 7


def test_an_identifier_is_opaque() -> None:
    """Look-alikes, case and spaces make different records (H32)."""
    ids = ["a", "A", "a ", "\u0430", "e\u0301", "\u00e9"]
    rows = page_of(*[json.dumps({"id": one}).encode() for one in ids])
    assert [row.id for row in rows] == ids


BAD = {
    b'{"id": "x", "total_amount": NaN}': "not_a_number",
    b'{"id": "x", "total_amount": -Infinity}': "not_a_number",
    b'{"id": "x", "total_amount": "12,34"}': "amount_text",
    b'{"id": "x", "total_amount": "NaN"}': "amount_text",
    b'{"id": "x", "total_amount": "1_000"}': "amount_text",
    b'{"id": "x", "total_amount": " 12"}': "amount_text",
    b'{"id": "x", "total_amount": "\\u0661"}': "amount_text",
    b'{"id": "x", "payments": [{"amount": "ten"}]}': "amount_text",
    b'{"id": "x", "total_amount": true}': "bad_shape",
    b'{"id": "x", "total_amount": {}}': "bad_shape",
    b'{"id": "x", "payments": {}}': "bad_shape",
    b'{"id": "x", "invoice_number": "' + b"n" * 1_000_000 + b'"}': "bad_shape",
    b'{"id": "x", "total_amount": 1, "total_amount": 2}': "duplicate_key",
    b'{"id": "y", "id": "x"}': "duplicate_key",
    b'{"id": "x", "metadata": [{"slug": 1, "slug": 2}]}': "duplicate_key",
    b'{"id": "x", "invoice_number": "a\\u0000b"}': "bad_text",
    b'{"id": "x", "invoice_number": "\\ud800"}': "bad_text",
    b'{"id": "x", "invoice_number": "\xff\xfe"}': "bad_text",
    b'{"id": "x", "invoice_number": "a\x00b"}': "bad_text",
}


@pytest.mark.parametrize(("row", "code"), BAD.items(), ids=[f"{row[:48]!r}" for row in BAD])
def test_a_bad_record_is_set_aside_with_its_reason_and_its_own_text(row: bytes, code: str) -> None:
    first, bad, last = page_of(GOOD, row, GOOD.replace(b"good", b"fine"))
    assert [first.id, last.id] == ["good", "fine"]
    assert isinstance(bad, Quarantined)
    assert (bad.object_type, bad.source_id, bad.reason_code) == ("invoice", "x", code)
    assert bad.reason.startswith(REASONS[code])
    assert bad.raw[:9] == row[:9].decode()
    assert len(bad.raw) <= 6 * LONGEST_RAW
    bad.raw.encode()
    assert "\x00" not in bad.raw


@pytest.mark.parametrize(
    "row",
    [
        b'{"total_amount": 1}',
        b'{"id": null}',
        b'{"id": ""}',
        b'{"id": "  "}',
        b'{"id": true}',
        b'{"id": ["x"]}',
        b'{"id": "' + b"i" * 10_000 + b'"}',
        b'{"id": "a\\u0000"}',
        b'{"id": "\\udfff"}',
        b'{"id": "a\xff"}',
    ],
    ids=lambda row: repr(row[:30]),
)
def test_a_record_without_a_usable_identifier_is_set_aside(row: bytes) -> None:
    good, bad = page_of(GOOD, row)
    assert good.id == "good"
    assert isinstance(bad, Quarantined)
    assert (bad.source_id, bad.reason_code) == ("", "bad_id")


def test_records_without_an_identifier_are_told_apart_by_their_text() -> None:
    one, same, other = page_of(b'{"total_amount": 1}', b'{"total_amount": 1}', b'{"total_amount": 2}')
    assert one.id == same.id != other.id


@pytest.mark.parametrize("row", [b"null", b'"text"', b"7", b"[]", b"true"])
def test_an_element_that_is_no_object_is_set_aside(row: bytes) -> None:
    good, bad = page_of(GOOD, row)
    assert isinstance(good, Invoice)
    assert isinstance(bad, Quarantined)
    assert bad.reason_code == "not_an_object"


def test_an_absurdly_long_number_beside_a_bad_record_hurts_nobody() -> None:
    """On its own it is a decimal that the mapping refuses; in the careful reading it is refused at once."""
    endless, _ = page_of(b'{"id": "x", "total_amount": ' + b"9" * 5000 + b"}", b"null")
    assert isinstance(endless, Quarantined)
    assert endless.reason_code == "not_a_number"


def test_odd_characters_where_we_do_not_read_harm_nobody() -> None:
    assert isinstance(page_of(b'{"id": "a", "notes": "\\u0000"}')[0], Invoice)


def test_good_rows_beside_bad_ones_keep_their_exact_amounts() -> None:
    good, _ = page_of(b'{"id": "a", "total_amount": 90071992547409.93}', b'{"id": "b", "total_amount": NaN}')
    assert isinstance(good, Invoice)
    assert good.total_amount == Decimal("90071992547409.93")


def test_an_empty_list_is_an_empty_list() -> None:
    assert decode_page(b" [ ] ", INVOICE) == []


@pytest.mark.parametrize("body", [b"", b"[", b"[1", b'[{"id":"a"} {"id":"b"}]', b"[]x", b"{}", b'[{"id": "a",}]'])
def test_what_is_no_list_is_never_no_records(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_page(body, INVOICE)
