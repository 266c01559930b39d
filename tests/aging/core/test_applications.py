"""S4: the same application seen through two doors counts once; R3 and R4: from when, and what stays unapplied."""

import pytest

from aging.core.applications import resolve_applications
from aging.core.records import Application, Document, Door
from tests.aging.core.builders import claim, codes, entries_of, invoice, ledger, memo, open_minor, payment

ALLOCATIONS, ON_INVOICE, LONE_ID = Door.PAYMENT_ALLOCATIONS, Door.INVOICE_PAYMENTS, Door.PAYMENT_INVOICE_ID


def counted(*parts: Document | Application) -> list[tuple[str, str, int, Door]]:
    documents = [part for part in parts if isinstance(part, Document)]
    claims = [part for part in parts if isinstance(part, Application)]
    return [
        (one.credit_id, one.invoice_id, one.amount_minor, one.door) for one in resolve_applications(documents, claims)
    ]


def test_s4_the_same_application_through_all_three_doors_counts_once() -> None:
    claims = [claim(door=door) for door in (LONE_ID, ON_INVOICE, ALLOCATIONS)]
    assert counted(invoice(), payment(), *claims) == [("P", "A", 10_000, ALLOCATIONS)]


def test_s4_the_best_door_is_chosen_for_each_pair() -> None:
    mirrored = claim(target="B", amount=300, door=ON_INVOICE)
    disagreeing = claim(target="A", amount=999, door=ON_INVOICE)
    assert counted(payment(), claim(amount=700), mirrored, disagreeing) == [
        ("P", "A", 700, ALLOCATIONS),
        ("P", "B", 300, ON_INVOICE),
    ]


def test_s4_two_equal_allocations_to_one_invoice_both_count() -> None:
    twice = [claim(amount=500), claim(amount=500), claim(amount=1_000, door=ON_INVOICE)]
    assert counted(payment(), *twice) == [("P", "A", 500, ALLOCATIONS), ("P", "A", 500, ALLOCATIONS)]


@pytest.mark.parametrize("door", [ALLOCATIONS, ON_INVOICE])
def test_s4_a_lone_invoice_id_is_heard_only_where_nothing_itemizes_the_payment(door: Door) -> None:
    lone = claim(target="A", amount=10_000, door=LONE_ID)
    assert counted(payment(), lone) == [("P", "A", 10_000, LONE_ID)]
    assert counted(payment(), lone, claim(target="B", amount=400, door=door)) == [("P", "B", 400, door)]


def test_s4_an_allocation_of_nothing_still_says_where_the_payment_went() -> None:
    assert counted(payment(), claim(amount=0), claim(door=LONE_ID)) == []


def test_s4_a_memos_lone_invoice_id_is_heard_only_without_applications() -> None:
    lone = claim("K", amount=8_000, door=Door.CREDIT_INVOICE_ID)
    itemized = claim("K", target="B", amount=100, door=Door.CREDIT_APPLICATIONS)
    assert counted(memo(), lone) == [("K", "A", 8_000, Door.CREDIT_INVOICE_ID)]
    assert counted(memo(), lone, itemized) == [("K", "B", 100, Door.CREDIT_APPLICATIONS)]


def test_s4_a_payment_and_a_memo_of_one_id_are_two_credits() -> None:
    both = [claim("X", amount=100), claim("X", amount=50, door=Door.CREDIT_APPLICATIONS)]
    assert len(counted(payment("X"), memo("X"), *both)) == 2


def test_s4_failed_canceled_and_pending_payments_reduce_nothing() -> None:
    failed = payment(counts=False, status="FAILED")
    built = ledger(invoice(), failed, claim(), claim(door=ON_INVOICE))
    assert (open_minor(built, "A"), open_minor(built, "P")) == (10_000, 0)
    assert built.entries[failed.key] == ()


def test_s4_a_void_memo_reduces_nothing() -> None:
    built = ledger(invoice(), memo(counts=False, status="VOIDED"), claim("K", door=Door.CREDIT_APPLICATIONS))
    assert open_minor(built, "A") == 10_000


def test_s4_a_payment_only_the_invoice_knows_reduces_the_invoice() -> None:
    built = ledger(invoice(), claim("GONE", amount=4_000, door=ON_INVOICE, applied="04-15"))
    assert entries_of(built, "A") == [("issued", "03-01", 10_000), ("payment", "04-15", -4_000)]


@pytest.mark.parametrize(
    ("issued", "paid", "applied", "effective"),
    [
        ("03-01", "04-10", None, "04-10"),
        ("03-01", "04-10", "04-20", "04-20"),
        ("03-01", "04-10", "04-05", "04-10"),
        ("05-01", "04-10", "04-20", "05-01"),
    ],
)
def test_r3_an_application_is_effective_on_the_latest_of_its_three_dates(
    issued: str, paid: str, applied: str | None, effective: str
) -> None:
    given = {"applied": applied} if applied else {}
    built = ledger(invoice(issued=issued), payment(issued=paid), claim(**given))
    assert entries_of(built, "A")[1:] == [("payment", effective, -10_000)]
    assert entries_of(built, "P") == [("issued", paid, -10_000), ("payment", effective, 10_000)]


def test_r3_a_memos_application_moves_the_amount_on_one_day() -> None:
    built = ledger(invoice(), memo(), claim("K", amount=5_000, door=Door.CREDIT_APPLICATIONS, applied="05-01"))
    assert entries_of(built, "A")[1:] == [("credit", "05-01", -5_000)]
    assert entries_of(built, "K") == [("issued", "04-01", -8_000), ("credit", "05-01", 5_000)]


def test_r4_before_its_invoice_exists_a_payment_is_unapplied() -> None:
    built = ledger(invoice(issued="05-01"), payment(issued="04-10"), claim())
    assert [open_minor(built, "P", on) for on in ("04-09", "04-10", "04-30", "05-01")] == [0, -10_000, -10_000, 0]
    assert [open_minor(built, "A", on) for on in ("04-30", "05-01")] == [0, 0]


def test_r4_cash_applied_to_a_void_invoice_is_unapplied() -> None:
    built = ledger(invoice(counts=False, status="VOIDED"), payment(), claim())
    assert (open_minor(built, "A"), open_minor(built, "P")) == (0, -10_000)
    assert codes(built)["application_to_uncounted_document"] == ["P"]


def test_s6_cash_applied_to_a_document_that_is_gone_is_unapplied() -> None:
    built = ledger(payment(), claim(target="GONE"))
    assert open_minor(built, "P") == -10_000
    assert codes(built) == {"application_to_missing_document": ["P"]}


def test_a_claim_in_another_currency_uses_up_the_payment_but_not_the_invoice() -> None:
    built = ledger(invoice(currency="EUR"), payment(), claim(amount=10_000, currency="USD"))
    assert (open_minor(built, "A"), open_minor(built, "P")) == (10_000, 0)
    assert codes(built)["application_currency_mismatch"] == ["P"]


def test_a_claim_in_the_invoices_currency_leaves_a_payment_in_another_one_unapplied() -> None:
    built = ledger(invoice(currency="EUR"), payment(), claim(amount=9_000, currency="EUR"))
    assert (open_minor(built, "A"), open_minor(built, "P")) == (1_000, -10_000)


def test_a_payment_is_never_used_beyond_what_it_holds() -> None:
    """An allocation that includes a discount: the customer owes neither the invoice nor the discount."""
    built = ledger(invoice(), invoice("B", 5_000), payment(total=12_000), claim(), claim(target="B", amount=5_000))
    assert [open_minor(built, one) for one in ("A", "B", "P")] == [0, 0, 0]
    (finding,) = [one for one in built.findings if one.code == "applications_above_credit"]
    assert (finding.source_id, finding.amount_minor, finding.currency) == ("P", 3_000, "USD")


def test_a_credit_is_used_by_the_earliest_application_first() -> None:
    later = claim(target="B", amount=5_000, applied="06-01")
    built = ledger(invoice(), invoice("B", 5_000), payment(total=12_000), later, claim())
    assert entries_of(built, "P")[1:] == [("payment", "04-10", 10_000), ("payment", "06-01", 2_000)]


def test_of_two_applications_on_one_day_the_listing_order_decides_nothing() -> None:
    claims = claim(amount=3_000), claim(amount=9_000)
    one_way, other_way = (ledger(invoice(), payment(), *order) for order in (claims, claims[::-1]))
    assert entries_of(one_way, "P") == entries_of(other_way, "P")
    assert entries_of(one_way, "P")[1:] == [("payment", "04-10", 3_000), ("payment", "04-10", 7_000)]


def test_amounts_with_the_credits_own_sign_mean_the_same() -> None:
    built = ledger(invoice(), payment(total=-4_000), claim(amount=-4_000))
    assert (open_minor(built, "A"), open_minor(built, "P")) == (6_000, 0)
    assert open_minor(built, "P", "04-09") == 0
