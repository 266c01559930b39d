"""S2, S5: where a document's ledger ends, and how it gets there."""

from typing import Any

import pytest

from aging.core.ledger import DuplicateDocument, build_entries, target_minor
from aging.core.records import Document, Door
from tests.aging.core.builders import claim, codes, entries_of, invoice, ledger, memo, open_minor, payment


@pytest.mark.parametrize(
    ("given", "applied", "target"),
    [
        ({"balance_minor": 2_500}, 0, 2_500),
        ({"balance_minor": 0}, 0, 0),
        ({"balance_minor": 2_500, "status": "PAID"}, 10_000, 2_500),
        ({"status": "PAID"}, 0, 0),
        ({"status": "REFUNDED"}, 4_000, 0),
        ({"status": "PARTIALLY_REFUNDED"}, 4_000, 6_000),
        ({"status": "OVERDUE"}, 0, 10_000),
        ({"paid_minor": 3_000}, 4_000, 6_000),
        ({"paid_minor": 5_000}, 4_000, 5_000),
        ({}, 4_000, 6_000),
    ],
)
def test_s5_the_balance_rules_then_the_status_then_what_was_paid(
    given: dict[str, Any], applied: int, target: int
) -> None:
    assert target_minor(invoice(**given), applied) == target


def test_s5_what_applications_leave_unexplained_is_one_inferred_adjustment() -> None:
    built = ledger(invoice(balance_minor=2_500, updated="06-15"), payment(), claim(amount=4_000))
    assert entries_of(built, "A") == [
        ("issued", "03-01", 10_000),
        ("payment", "04-10", -4_000),
        ("adjustment", "06-15", -3_500),
    ]
    (finding,) = [one for one in built.findings if one.code == "adjustment_inferred"]
    assert (finding.object_type, finding.source_id, finding.amount_minor) == ("invoice", "A", -3_500)


def test_s5_an_explained_balance_needs_no_adjustment() -> None:
    built = ledger(invoice(balance_minor=6_000, updated="06-15"), payment(total=4_000), claim(amount=4_000))
    assert [kind for kind, _, _ in entries_of(built, "A")] == ["issued", "payment"]
    assert codes(built) == {}


@pytest.mark.parametrize(
    ("given", "on"),
    [
        ({"balance_minor": 0, "settled": "05-05", "updated": "06-15"}, "05-05"),
        ({"balance_minor": 0, "updated": "06-15"}, "06-15"),
        ({"balance_minor": 2_500, "settled": "05-05", "updated": "06-15"}, "06-15"),
        ({"balance_minor": 0}, "04-10"),
        ({"status": "PAID", "settled": "05-05"}, "05-05"),
        ({"balance_minor": 0, "updated": "02-01"}, "03-01"),
        ({"balance_minor": 0, "settled": "02-01"}, "03-01"),
    ],
)
def test_s5_an_adjustment_is_dated_when_settled_else_when_last_changed(given: dict[str, str], on: str) -> None:
    built = ledger(invoice(**given), payment(total=4_000), claim(amount=4_000))
    assert [date for kind, date, _ in entries_of(built, "A") if kind == "adjustment"] == [on]


def test_a_document_tells_its_history_in_the_order_of_its_days() -> None:
    built = ledger(invoice(balance_minor=0, settled="04-01"), payment(total=4_000), claim(amount=4_000))
    assert [kind for kind, _, _ in entries_of(built, "A")] == ["issued", "adjustment", "payment"]


def test_s5_a_balance_above_the_total_is_believed() -> None:
    built = ledger(invoice(balance_minor=10_500, updated="06-15"))
    assert entries_of(built, "A")[-1] == ("adjustment", "06-15", 500)


def test_s5_a_memos_balance_is_what_is_left_to_apply() -> None:
    applied = claim("K", amount=5_000, door=Door.CREDIT_APPLICATIONS)
    built = ledger(invoice(), memo(balance_minor=1_000, updated="06-15"), applied)
    assert entries_of(built, "K") == [
        ("issued", "04-01", -8_000),
        ("credit", "04-01", 5_000),
        ("adjustment", "06-15", 2_000),
    ]


def test_s5_a_memos_sign_at_the_source_does_not_matter() -> None:
    assert open_minor(ledger(memo(total=-8_000, balance_minor=-3_000)), "K") == -3_000
    assert open_minor(ledger(memo(total=-8_000, paid_minor=-3_000)), "K") == -5_000


def test_s5_a_memo_used_beyond_its_total_is_used_up_and_not_owed_to_us() -> None:
    assert open_minor(ledger(memo(paid_minor=9_000)), "K") == 0
    assert open_minor(ledger(invoice(paid_minor=11_000)), "A") == -1_000


def test_s5_a_payments_remainder_is_what_it_did_not_apply() -> None:
    built = ledger(invoice(), payment(total=11_000, balance_minor=0), claim())
    assert open_minor(built, "P") == -1_000


@pytest.mark.parametrize("kind", [invoice, memo, payment])
def test_s2_a_document_that_is_no_receivable_has_no_entries(kind: Any) -> None:
    document: Document = kind(counts=False, status="DRAFT", balance_minor=500)
    built = ledger(document)
    assert built.entries[document.key] == ()
    assert codes(built) == {}


def test_an_invoice_over_applied_ends_below_zero_and_says_so() -> None:
    built = ledger(invoice(), payment(total=12_000), claim(amount=12_000))
    assert open_minor(built, "A") == -2_000
    assert codes(built) == {"applications_above_total": ["A"]}


def test_an_invoice_with_a_negative_total_stays_negative() -> None:
    built = ledger(invoice(total=-5_000))
    assert open_minor(built, "A") == -5_000
    assert codes(built) == {"negative_total": ["A"]}


def test_the_parent_paying_keeps_the_money_with_the_parent_until_it_is_applied() -> None:
    entries = build_entries([invoice(customer_id="CHILD"), payment(customer_id="PARENT")], [claim()])
    assert {(entry.document.source_id, entry.customer_id) for entry in entries} == {("A", "CHILD"), ("P", "PARENT")}


def test_an_entry_names_the_other_end_of_its_application() -> None:
    entries = build_entries([invoice(), payment()], [claim()])
    assert {(e.document.source_id, e.counterpart_id) for e in entries if e.entry_kind == "payment"} == {
        ("A", "P"),
        ("P", "A"),
    }


def test_a_document_given_twice_is_refused() -> None:
    with pytest.raises(DuplicateDocument, match="invoice A"):
        ledger(invoice(), invoice(total=5))
