"""What the vendor's records mean in the ledger: the rules S1 to S8, each by its number."""

import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aging.core.records import Application, Customer, Document, DocumentKind, Door
from aging.unified.decoding import Quarantined, decode_page
from aging.unified.documents import Mapped
from aging.unified.mapping import Mapper, NotMapped, Outcome, Skipped
from aging.unified.objects import BY_NAME

BERLIN = ZoneInfo("Europe/Berlin")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
INVOICE = {"id": "i1", "currency": "USD", "posted_at": "2026-01-10", "total_amount": 100, "contact_id": "c1"}
MEMO = {"id": "m1", "currency": "USD", "posted_at": "2026-01-10", "total_amount": 80, "contact_id": "c1"}
PAYMENT = {"id": "p1", "currency": "USD", "paid_at": "2026-02-01", "total_amount": 60, "contact_id": "c1"}


def outcome(kind: str, record: dict[str, Any] | str, **options: Any) -> Outcome:
    text = record if isinstance(record, str) else json.dumps(record)
    (row,) = decode_page(f"[{text}]".encode(), BY_NAME[kind])
    mapper = Mapper(options.get("tz", BERLIN), options.get("base"), options.get("terms"))
    return mapper.map_row(row)


def mapped(kind: str, record: dict[str, Any] | str, **options: Any) -> Mapped:
    found = outcome(kind, record, **options)
    assert isinstance(found, Mapped), found
    return found


def document(kind: str, record: dict[str, Any] | str, **options: Any) -> Document:
    found = mapped(kind, record, **options).record
    assert isinstance(found, Document)
    return found


def refused(kind: str, record: dict[str, Any] | str, **options: Any) -> Quarantined:
    found = outcome(kind, record, **options)
    assert isinstance(found, Quarantined), found
    return found


def codes(found: Mapped) -> list[str]:
    return [finding.code for finding in found.findings]


# S1


@pytest.mark.parametrize("kind", [{}, {"type": "INVOICE"}, {"type": "invoice"}, {"type": ""}])
def test_s1_rows_of_type_invoice_or_without_a_type_are_invoices(kind: dict[str, str]) -> None:
    assert document("invoice", INVOICE | kind).kind is DocumentKind.INVOICE


def test_s1_credit_memos_are_found_in_both_places() -> None:
    assert document("invoice", INVOICE | {"type": "CREDITMEMO"}).kind is DocumentKind.CREDIT_MEMO
    assert document("creditmemo", MEMO).kind is DocumentKind.CREDIT_MEMO


def test_s1_both_places_tell_of_the_same_memo_in_the_same_words() -> None:
    listed = INVOICE | {"id": "m1", "type": "CREDITMEMO", "invoice_number": "CM-1", "balance_amount": -30}
    alone = INVOICE | {"id": "m1", "creditmemo_number": "CM-1", "balance_amount": 30}
    assert document("invoice", listed) == document("creditmemo", alone)


@pytest.mark.parametrize("kind", ["BILL", "bill", "VENDORCREDIT"])
def test_s1_payables_among_the_invoices_are_skipped_and_said_so(kind: str) -> None:
    found = outcome("invoice", INVOICE | {"type": kind})
    assert found == Skipped("invoice", "i1", f"{kind.upper()} is a payable")


@pytest.mark.parametrize(
    "payment",
    [
        PAYMENT | {"type": "BILL"},
        PAYMENT | {"bill_id": "b1"},
        PAYMENT | {"allocations": [{"object_id": "b1", "object_type": "BILL", "amount": 60}]},
    ],
    ids=["by its type", "by its bill", "by its allocations"],
)
def test_s1_payments_of_bills_are_skipped(payment: dict[str, Any]) -> None:
    assert isinstance(outcome("payment", payment), Skipped)


def test_s1_a_payment_of_a_bill_and_an_invoice_is_kept_for_the_invoice() -> None:
    allocations = [
        {"object_id": "b1", "object_type": "BILL", "amount": 20},
        {"object_id": "i1", "object_type": "INVOICE", "amount": 40},
    ]
    found = mapped("payment", PAYMENT | {"allocations": allocations})
    assert [one.invoice_id for one in found.applications] == ["i1"]
    assert found.ignored == ("BILL",)


def test_s1_a_document_of_an_unknown_type_is_quarantined_and_not_dropped() -> None:
    found = refused("invoice", INVOICE | {"type": "ESTIMATE"})
    assert (found.object_type, found.source_id, found.reason_code) == ("invoice", "i1", "unknown_type")
    assert "ESTIMATE" in found.reason
    assert '"total_amount":100' in found.raw


# S2


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "VOIDED", "DELETED", "voided"])
@pytest.mark.parametrize(("kind", "base"), [("invoice", INVOICE), ("creditmemo", MEMO)])
def test_s2_drafts_and_voids_are_no_receivables(kind: str, base: dict[str, Any], status: str) -> None:
    found = mapped(kind, base | {"status": status})
    assert isinstance(found.record, Document)
    assert (found.record.counts, found.record.status) == (False, status.upper())
    assert codes(found) == []


@pytest.mark.parametrize(
    "status", ["AUTHORIZED", "OVERDUE", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED", "", None]
)
def test_s2_every_other_known_status_counts_without_a_finding(status: str | None) -> None:
    found = mapped("invoice", INVOICE | {"status": status})
    assert isinstance(found.record, Document)
    assert found.record.counts
    assert codes(found) == []


def test_s2_an_unknown_status_counts_and_is_reported() -> None:
    found = mapped("invoice", INVOICE | {"status": "FROZEN"})
    assert isinstance(found.record, Document)
    assert found.record.counts
    assert [(one.code, one.object_type, one.source_id, one.detail) for one in found.findings] == [
        ("unknown_status", "invoice", "i1", "FROZEN")
    ]


def test_s2_overdue_is_never_trusted_because_lateness_comes_from_dates() -> None:
    assert document("invoice", INVOICE | {"status": "OVERDUE"}).due_date is None


# S3


def test_s3_the_issue_date_is_posted_else_invoiced_else_created() -> None:
    dates = {"posted_at": "2026-01-03", "invoice_at": "2026-01-02", "created_at": "2026-01-01"}
    assert document("invoice", INVOICE | dates).issued_date == date(2026, 1, 3)
    assert document("invoice", INVOICE | dates | {"posted_at": ""}).issued_date == date(2026, 1, 2)
    assert document("invoice", INVOICE | dates | {"posted_at": None, "invoice_at": None}).issued_date == date(
        2026, 1, 1
    )
    assert refused("invoice", INVOICE | {"posted_at": None}).reason_code == "missing_date"


@pytest.mark.parametrize("stamp", ["2026-01-10", "2026-01-10T00:00:00Z", "2026-01-10T00:00:00.000Z"])
def test_s3_a_day_written_on_a_document_is_never_shifted(stamp: str) -> None:
    invoice = INVOICE | {"posted_at": stamp, "due_at": stamp}
    assert document("invoice", invoice, tz=LOS_ANGELES).issued_date == date(2026, 1, 10)
    assert document("invoice", invoice, tz=LOS_ANGELES).due_date == date(2026, 1, 10)


def test_s3_an_instant_becomes_the_tenant_s_own_day() -> None:
    late = INVOICE | {"posted_at": "2026-01-10T23:30:00Z"}
    assert document("invoice", late, tz=BERLIN).issued_date == date(2026, 1, 11)
    assert document("invoice", late, tz=LOS_ANGELES).issued_date == date(2026, 1, 10)


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ({"due_at": "2026-03-01", "payment_terms": "NET_30"}, date(2026, 3, 1)),
        ({"payment_terms": "NET_30", "term": "NET_7"}, date(2026, 2, 9)),
        ({"payment_terms": "OTHER", "term": "NET_7"}, date(2026, 1, 17)),
        ({"term": "ON_RECEIPT"}, date(2026, 1, 10)),
        ({"paymentterm_id": "t45"}, date(2026, 2, 24)),
        ({"paymentterm_id": "unheard of"}, None),
        ({"due_at": ""}, None),
        ({}, None),
    ],
)
def test_s3_the_due_date_is_given_else_by_terms_else_none(terms: dict[str, str], due: date | None) -> None:
    assert document("invoice", INVOICE | terms, terms={"t45": 45}).due_date == due


@pytest.mark.parametrize("bad", ["0000-00-00", "20250-01-01", "infinity", "soon", "2026-02-30", "1026-01-01", "17"])
@pytest.mark.parametrize("field", ["posted_at", "due_at"])
def test_s3_a_date_that_is_none_sets_the_document_aside(field: str, bad: str) -> None:
    assert refused("invoice", INVOICE | {field: bad}).reason_code == "bad_date"


def test_s3_stamps_on_which_no_figure_stands_may_be_unreadable() -> None:
    found = mapped("invoice", INVOICE | {"updated_at": "never", "paid_at": "0000-00-00"})
    assert isinstance(found.record, Document)
    assert (found.updated_at, found.record.updated_date, found.record.settled_date) == (None, None, None)


def test_the_moment_of_change_is_kept_for_the_cursor_and_its_day_for_the_ledger() -> None:
    found = mapped("invoice", INVOICE | {"updated_at": "2026-03-01T23:30:00.5Z", "paid_at": "2026-02-28"})
    assert isinstance(found.record, Document)
    assert found.updated_at == datetime(2026, 3, 1, 23, 30, 0, 500_000, UTC)
    assert found.record.updated_date == date(2026, 3, 2)
    assert found.record.settled_date == date(2026, 2, 28)


# S4


def test_s4_allocations_of_a_payment_are_its_applications() -> None:
    allocations = [
        {"object_id": "i1", "object_type": "INVOICE", "amount": 40.01, "allocated_at": "2026-02-03"},
        {"object_id": "i2", "amount": 19.99, "currency": "EUR"},
    ]
    assert mapped("payment", PAYMENT | {"allocations": allocations}).applications == (
        Application(Door.PAYMENT_ALLOCATIONS, DocumentKind.PAYMENT, "p1", "i1", 4001, "USD", date(2026, 2, 3)),
        Application(Door.PAYMENT_ALLOCATIONS, DocumentKind.PAYMENT, "p1", "i2", 1999, "EUR"),
    )


def test_s4_payments_named_by_the_invoice_are_applications_too() -> None:
    payments = [{"payment_id": "p1", "amount": 25, "allocated_at": "2026-02-03T00:00:00Z"}]
    assert mapped("invoice", INVOICE | {"payments": payments}).applications == (
        Application(Door.INVOICE_PAYMENTS, DocumentKind.PAYMENT, "p1", "i1", 2500, "USD", date(2026, 2, 3)),
    )


def test_s4_a_lone_invoice_id_takes_the_whole_payment() -> None:
    assert mapped("payment", PAYMENT | {"invoice_id": "i1"}).applications == (
        Application(Door.PAYMENT_INVOICE_ID, DocumentKind.PAYMENT, "p1", "i1", 6000, "USD"),
    )


def test_s4_a_lone_invoice_id_says_nothing_beside_allocations() -> None:
    both = PAYMENT | {"invoice_id": "i9", "allocations": [{"object_id": "i1", "amount": 10}]}
    assert [one.invoice_id for one in mapped("payment", both).applications] == ["i1"]


def test_s4_a_single_allocation_without_an_amount_takes_the_whole_payment() -> None:
    (found,) = mapped("payment", PAYMENT | {"allocations": [{"object_id": "i1"}]}).applications
    assert found.amount_minor == 6000


def test_s4_what_cannot_be_told_apart_reduces_nothing_and_is_counted() -> None:
    vague = [{"object_id": "i1"}, {"object_id": "i2"}, {"amount": 5}]
    found = mapped("payment", PAYMENT | {"allocations": vague})
    assert found.applications == ()
    assert found.ignored == ("INCOMPLETE",) * 3


@pytest.mark.parametrize("target", ["CREDITMEMO", "SALESORDER", "SOMETHING_NEW"])
def test_s4_cash_allocated_to_what_is_no_invoice_reduces_none_and_is_counted(target: str) -> None:
    allocations = [{"object_id": "x", "object_type": target, "amount": 60}]
    found = mapped("payment", PAYMENT | {"allocations": allocations})
    assert (found.applications, found.ignored) == ((), (target,))


def test_s4_a_credit_memo_names_the_invoices_it_reduces() -> None:
    applications = [
        {"object_id": "i1", "object_type": "INVOICE", "amount": 30, "applied_at": "2026-01-20"},
        {"object_id": "b1", "object_type": "BILL", "amount": 5},
    ]
    found = mapped("creditmemo", MEMO | {"applications": applications, "invoice_id": "i9", "apply_amount": 1})
    assert found.applications == (
        Application(Door.CREDIT_APPLICATIONS, DocumentKind.CREDIT_MEMO, "m1", "i1", 3000, "USD", date(2026, 1, 20)),
    )
    assert found.ignored == ("BILL",)


def test_s4_a_credit_memo_s_lone_invoice_counts_with_its_amount_only() -> None:
    assert mapped("creditmemo", MEMO | {"invoice_id": "i1", "apply_amount": 12.5}).applications == (
        Application(Door.CREDIT_INVOICE_ID, DocumentKind.CREDIT_MEMO, "m1", "i1", 1250, "USD"),
    )
    assert mapped("creditmemo", MEMO | {"invoice_id": "i1"}).applications == ()


@pytest.mark.parametrize(
    ("status", "counts", "pending", "found_codes"),
    [
        ("SUCCEEDED", True, False, []),
        (None, True, False, []),
        ("FAILED", False, False, []),
        ("CANCELED", False, False, []),
        ("PENDING", False, True, []),
        ("AUTHORIZED", False, True, []),
        ("SETTLING", True, False, ["unknown_status"]),
    ],
)
@pytest.mark.parametrize("kind", ["payment", "refund"])
def test_s4_only_money_that_arrived_counts(
    kind: str, status: str | None, counts: bool, pending: bool, found_codes: list[str]
) -> None:
    found = mapped(kind, PAYMENT | {"status": status, "created_at": "2026-02-01"})
    assert isinstance(found.record, Document)
    assert (found.record.counts, found.record.is_pending, codes(found)) == (counts, pending, found_codes)


def test_a_payment_is_dated_when_it_was_made_else_created() -> None:
    created = {"created_at": "2026-02-05"}
    assert document("payment", PAYMENT | created).issued_date == date(2026, 2, 1)
    assert document("payment", PAYMENT | created | {"paid_at": None}).issued_date == date(2026, 2, 5)


def test_a_refund_names_the_payment_whose_money_went_back() -> None:
    refund = {"id": "r1", "payment_id": "p1", "refunded_at": "2026-02-07", "total_amount": -12.5, "currency": "USD"}
    found = document("refund", refund)
    assert (found.kind, found.refunded_payment_id, found.total_minor) == (DocumentKind.REFUND, "p1", 1250)
    assert found.issued_date == date(2026, 2, 7)


# S5


def test_s5_what_the_source_does_not_say_stays_unsaid() -> None:
    silent = document("invoice", INVOICE)
    assert (silent.balance_minor, silent.paid_minor) == (None, None)
    spoken = document("invoice", INVOICE | {"balance_amount": 0, "paid_amount": 0.0})
    assert (spoken.balance_minor, spoken.paid_minor) == (0, 0)


@pytest.mark.parametrize(("kind", "base"), [("invoice", INVOICE), ("creditmemo", MEMO), ("payment", PAYMENT)])
def test_s5_a_document_without_a_total_is_set_aside_whatever_else_it_says(kind: str, base: dict[str, Any]) -> None:
    record = {name: value for name, value in base.items() if name != "total_amount"}
    assert refused(kind, record | {"balance_amount": 40, "paid_amount": 60}).reason_code == "missing_total"


def test_s5_credit_memos_are_read_without_their_sign() -> None:
    found = document("creditmemo", MEMO | {"total_amount": -80, "balance_amount": -30, "paid_amount": -50})
    assert (found.total_minor, found.balance_minor, found.paid_minor) == (8000, 3000, 5000)


def test_an_invoice_below_zero_stays_below_zero() -> None:
    assert document("invoice", INVOICE | {"total_amount": -5}).total_minor == -500


def test_a_payment_below_zero_has_no_clear_direction_and_is_set_aside() -> None:
    assert refused("payment", PAYMENT | {"total_amount": -60}).reason_code == "negative_payment"


# S7


def test_s7_the_document_s_own_currency_comes_first() -> None:
    found = mapped("invoice", INVOICE | {"currency": "eur"}, base="GBP")
    assert isinstance(found.record, Document)
    assert (found.record.currency, codes(found)) == ("EUR", [])


@pytest.mark.parametrize(("kind", "base"), [("invoice", INVOICE), ("creditmemo", MEMO), ("payment", PAYMENT)])
@pytest.mark.parametrize("absent", [None, "", "  "])
def test_s7_else_the_organization_s_with_a_finding_else_not_at_all(
    kind: str, base: dict[str, Any], absent: str | None
) -> None:
    found = mapped(kind, base | {"currency": absent}, base="GBP")
    assert isinstance(found.record, Document)
    assert (found.record.currency, codes(found)) == ("GBP", ["currency_missing_defaulted"])
    assert refused(kind, base | {"currency": absent}).reason_code == "missing_currency"


def test_s7_a_currency_that_is_no_code_is_set_aside_and_one_that_iso_does_not_list_is_reported() -> None:
    assert refused("invoice", INVOICE | {"currency": "US$"}, base="USD").reason_code == "bad_currency"
    assert codes(mapped("invoice", INVOICE | {"currency": "ZWL"})) == ["unknown_currency"]


# S8


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0.1", "USD", 10),
        ("90071992547409.93", "USD", 9007199254740993),
        ("9007199254740993.01", "USD", 900719925474099301),
        ("1234", "JPY", 1234),
        ("1.234", "KWD", 1234),
        ("1E2", "USD", 10000),
    ],
)
def test_s8_decimal_text_becomes_exact_minor_units(amount: str, currency: str, minor: int) -> None:
    record = f'{{"id":"i","posted_at":"2026-01-01","currency":"{currency}","total_amount":{amount}}}'
    found = mapped("invoice", record)
    assert isinstance(found.record, Document)
    assert (found.record.total_minor, codes(found)) == (minor, [])


@pytest.mark.parametrize(
    ("amount", "currency", "minor"), [("1.005", "USD", 100), ("1.015", "USD", 102), ("10.5", "JPY", 10)]
)
def test_s8_what_is_finer_than_the_minor_unit_is_rounded_half_even_once_and_reported(
    amount: str, currency: str, minor: int
) -> None:
    record = f'{{"id":"i","posted_at":"2026-01-01","currency":"{currency}","total_amount":{amount}}}'
    found = mapped("invoice", record)
    assert isinstance(found.record, Document)
    assert found.record.total_minor == minor
    assert [(one.code, one.detail) for one in found.findings] == [("amount_rounded", f"{amount} {currency}")]


@pytest.mark.parametrize("amount", ["1e30", "1e400", "9" * 5000, "12345678901234567890"])
@pytest.mark.parametrize("field", ["total_amount", "balance_amount"])
def test_s8_an_amount_beyond_all_money_sets_the_document_aside(field: str, amount: str) -> None:
    fields = {"total_amount": "1"} | {field: amount}
    amounts = ",".join(f'"{name}":{value}' for name, value in fields.items())
    assert refused("invoice", f'{{"id":"i","posted_at":"2026-01-01","currency":"USD",{amounts}}}').reason_code == (
        "not_money"
    )


def test_s8_an_application_beyond_all_money_sets_its_payment_aside() -> None:
    record = '{"id":"p","paid_at":"2026-01-01","currency":"USD","total_amount":1,'
    record += '"allocations":[{"object_id":"i","amount":1e30}]}'
    assert refused("payment", record).reason_code == "not_money"


# Customers


def test_a_customer_has_a_name_an_address_to_write_to_and_a_telephone() -> None:
    contact = {
        "id": "c1",
        "name": "Ada Lovelace",
        "company_name": "Engines",
        "emails": [{"email": ""}, {"email": "ada@example.com"}],
        "telephones": [{"telephone": "+44 1"}],
        "currency": "gbp",
        "is_active": False,
        "updated_at": "2026-01-01T00:00:00Z",
    }
    found = mapped("contact", contact)
    assert found.record == Customer("c1", "Ada Lovelace", "ada@example.com", "+44 1", "GBP", "", False)
    assert found.updated_at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        ({"company_name": "Engines", "first_name": "Ada"}, "Engines"),
        ({"name": " ", "first_name": "Ada", "last_name": "Lovelace"}, "Ada Lovelace"),
        ({"emails": [{"email": "ada@example.com"}]}, "ada@example.com"),
        ({}, "c1"),
    ],
)
def test_a_customer_without_a_name_is_called_by_the_next_best(contact: dict[str, Any], name: str) -> None:
    record = mapped("contact", {"id": "c1"} | contact).record
    assert isinstance(record, Customer)
    assert record.name == name
    assert record.currency == ""
    assert record.is_active


def test_a_supplier_is_mapped_too_because_documents_may_point_at_it() -> None:
    assert isinstance(outcome("contact", {"id": "c1", "is_supplier": True}), Mapped)


# The whole


def test_a_row_set_aside_while_decoding_stays_set_aside() -> None:
    assert refused("invoice", '{"id": "x", "total_amount": NaN}').reason_code == "not_a_number"


def test_reference_records_are_no_part_of_the_ledger() -> None:
    with pytest.raises(NotMapped):
        outcome("organization", {"id": "o1"})
