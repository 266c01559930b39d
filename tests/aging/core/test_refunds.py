"""R3: a reversed application stops counting on the reversal date."""

import pytest

from tests.aging.core.builders import claim, codes, entries_of, invoice, ledger, open_minor, payment, refund


def test_r3_a_bounced_payment_reopens_its_invoice_on_that_day() -> None:
    built = ledger(invoice(), payment(), claim(), refund(issued="04-20"))
    assert [open_minor(built, "A", on) for on in ("04-09", "04-10", "04-19", "04-20")] == [10_000, 0, 0, 10_000]
    assert open_minor(built, "P", "04-20") == 0
    assert entries_of(built, "A")[-1] == ("reversal", "04-20", 10_000)


def test_a_refund_takes_the_unapplied_money_first() -> None:
    built = ledger(invoice(), payment(total=13_000), claim(), refund(total=3_000))
    assert (open_minor(built, "A"), open_minor(built, "P")) == (0, 0)
    assert open_minor(built, "P", "04-19") == -3_000
    assert codes(built) == {}


def test_what_a_refund_exceeds_the_unapplied_by_reverses_the_latest_applications() -> None:
    claims = claim(amount=4_000, applied="05-01"), claim(target="B", amount=5_000, applied="06-01")
    built = ledger(invoice(), invoice("B"), payment(), *claims, refund(total=7_000, issued="07-01"))
    assert (open_minor(built, "A"), open_minor(built, "B"), open_minor(built, "P")) == (7_000, 10_000, 0)
    assert [open_minor(built, one, "06-30") for one in ("A", "B", "P")] == [6_000, 5_000, -1_000]


def test_an_application_dated_after_the_refund_is_reversed_when_it_happens() -> None:
    built = ledger(invoice(), payment(), claim(applied="05-01"), refund(issued="04-20"))
    assert [open_minor(built, "P", on) for on in ("04-19", "04-20", "04-30", "05-01")] == [-10_000, 0, 0, 0]
    assert [open_minor(built, "A", on) for on in ("04-20", "05-01")] == [10_000, 10_000]


def test_refunds_of_one_payment_follow_one_another() -> None:
    early = refund(total=4_000, issued="05-01", source_id="R1")
    late = refund(total=6_000, issued="06-01", source_id="R2")
    built = ledger(invoice(), payment(), claim(), late, early)
    assert [open_minor(built, "A", on) for on in ("04-30", "05-01", "06-01")] == [0, 4_000, 10_000]


def test_the_earlier_refund_reverses_the_latest_application() -> None:
    claims = claim(amount=6_000), claim(target="B", amount=4_000, applied="05-01")
    late = refund(total=6_000, issued="07-01", source_id="R1")
    early = refund(total=4_000, issued="06-01", source_id="R2")
    built = ledger(invoice(), invoice("B"), payment(), *claims, late, early)
    assert [open_minor(built, one, "06-01") for one in ("A", "B")] == [4_000, 10_000]


def test_s6_more_paid_back_than_paid_in_reverses_the_payment_and_says_so() -> None:
    built = ledger(invoice(), payment(), claim(), refund(total=12_000))
    assert (open_minor(built, "A"), open_minor(built, "P")) == (10_000, 0)
    assert [(one.code, one.amount_minor) for one in built.findings] == [("refund_above_payment", 2_000)]


def test_s5_the_balance_still_rules_where_the_invoice_ends() -> None:
    built = ledger(invoice(balance_minor=2_500, updated="05-10"), payment(), claim(), refund())
    assert [open_minor(built, "A", on) for on in ("04-20", "05-09", "05-10")] == [10_000, 10_000, 2_500]


@pytest.mark.parametrize("paid", [(), (payment(counts=False, status="FAILED"),)])
def test_s6_a_refund_of_a_payment_that_is_not_there_is_not_counted(paid: tuple) -> None:
    built = ledger(invoice(), *paid, claim(), refund())
    assert codes(built)["refund_without_payment"] == ["R"]
    assert built.entries[refund().key] == ()


def test_r9_a_refund_in_another_currency_is_not_counted() -> None:
    built = ledger(invoice(), payment(), claim(), refund(currency="EUR"))
    assert open_minor(built, "A") == 0
    assert codes(built) == {"refund_currency_mismatch": ["R"]}


def test_a_refund_that_failed_pays_nothing_back() -> None:
    built = ledger(invoice(), payment(), claim(), refund(counts=False))
    assert (open_minor(built, "A"), codes(built)) == (0, {})


def test_a_refund_of_a_payment_that_never_reduced_its_invoice_leaves_the_invoice_alone() -> None:
    built = ledger(invoice(currency="EUR"), payment(), claim(currency="USD"), refund())
    assert entries_of(built, "A") == [("issued", "03-01", 10_000)]
    assert open_minor(built, "P") == 0
