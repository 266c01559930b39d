"""S6: contradictions are kept and shown, never guessed away."""

import pytest

from aging.core import findings
from tests.aging.core.builders import claim, codes, invoice, ledger, memo, open_minor, payment, refund


def test_s6_paid_with_a_balance_keeps_the_balance() -> None:
    built = ledger(invoice(status="PAID", balance_minor=2_500, updated="06-15"))
    assert open_minor(built, "A") == 2_500
    assert codes(built)["paid_with_balance"] == ["A"]


@pytest.mark.parametrize("balance", [0, None])
def test_s6_paid_without_a_balance_is_no_contradiction(balance: int | None) -> None:
    assert "paid_with_balance" not in codes(ledger(invoice(status="PAID", balance_minor=balance)))


def test_s6_due_before_issue_keeps_both_dates() -> None:
    built = ledger(invoice(issued="03-01", due="02-28"), invoice("B", issued="03-01", due="03-01"))
    assert codes(built) == {"due_before_issue": ["A"]}
    assert built.findings[0].detail == "issued 2025-03-01, due 2025-02-28"


def test_r5_an_invoice_without_due_date_is_reported_and_a_memo_is_not() -> None:
    assert codes(ledger(invoice(due="03-31"), memo())) == {}
    assert codes(ledger(invoice(due=None))) == {"no_due_date": ["A"]}


def test_s6_a_customer_who_does_not_exist_is_reported_for_every_document() -> None:
    built = ledger(invoice(customer_id="GONE"), payment(customer_id=""), memo())
    assert sorted(codes(built)["customer_missing"]) == ["A", "P"]


def test_s6_refunds_and_what_does_not_count_need_no_customer() -> None:
    draft = invoice(customer_id="GONE", due=None, counts=False, status="DRAFT")
    assert codes(ledger(draft, payment(), refund(customer_id=""))) == {}


def test_s6_duplicate_numbers_are_both_counted_and_reported() -> None:
    built = ledger(invoice("A", number="7"), invoice("B", number="7"), invoice("C", number="8"), memo(number="7"))
    assert codes(built) == {"duplicate_number": ["A", "B"]}
    assert open_minor(built, "A") + open_minor(built, "B") == 20_000


def test_s6_payers_references_and_missing_numbers_may_repeat() -> None:
    built = ledger(payment("P1", number="thanks"), payment("P2", number="thanks"), invoice("A"), invoice("B"))
    assert codes(built) == {}


def test_s6_every_finding_has_a_wording() -> None:
    """A ledger with everything wrong raises codes that findings.py can explain."""
    built = ledger(
        invoice("A", status="PAID", balance_minor=500, customer_id="GONE", number="1", due="02-01"),
        invoice("B", total=-100, number="1"),
        payment(total=100),
        claim(amount=200),
        claim(target="GONE"),
        claim("P", target="B", currency="EUR"),
    )
    assert set(codes(built)) >= {"paid_with_balance", "customer_missing", "duplicate_number", "due_before_issue"}
    assert set(codes(built)) <= set(findings.CODES)


@pytest.mark.parametrize("code", sorted(findings.CODES))
def test_a_finding_says_what_it_is_what_we_did_and_what_to_do(code: str) -> None:
    title, did, can_do = findings.CODES[code]
    assert not title.endswith(".")
    assert did.endswith(".") and can_do.endswith(".")
    assert len({title, did, can_do}) == 3
