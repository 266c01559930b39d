"""How late what is open is, and how late what was settled was."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from aging.core.ledger import build_ledger
from aging.core.measures.measured import not_available
from aging.core.measures.paying import (
    average_days_to_pay,
    days_versus_due,
    list_settlements,
    past_due_percent,
    settled_within,
    weighted_average_days_late,
)
from aging.core.records import DocumentKind
from tests.aging.core.builders import claim, day, invoice, ledger, memo, payment, refund
from tests.aging.core.generators import FIRST_DAY, days, ledgers

A_DAY = timedelta(days=1)
NEVER_SETTLED = not_available("No invoice was settled in the period.")


def settled(*parts, as_of="12-31"):
    return list_settlements(ledger(*parts), as_of=day(as_of))


def paid_in_parts(first="04-10", second="05-20"):
    return (
        invoice("A", 10_000, "03-01", due="03-31"),
        payment("P1", 4_000, first),
        claim("P1", "A", 4_000),
        payment("P2", 6_000, second),
        claim("P2", "A", 6_000),
    )


def test_an_invoice_is_settled_by_its_last_payment():
    (one,) = settled(*paid_in_parts())
    assert (one.settled_date, one.days_to_pay, one.days_versus_due) == (day("05-20"), 80, 50)
    assert settled(*paid_in_parts(), as_of="05-19") == ()


def test_a_credit_settles_too():
    (one,) = settled(invoice(total=8_000), memo("K", 8_000, "04-01"), claim("K", "A", 8_000, door=4))
    assert one.settled_date == day("04-01")


def test_without_a_due_date_days_count_from_issue():
    (one,) = settled(invoice(due=""), payment(), claim())
    assert one.days_versus_due == one.days_to_pay == 40


def test_a_bounced_payment_unsettles_the_invoice_until_it_is_paid_again():
    parts = (invoice(), payment("P", 10_000, "04-10"), claim(), refund("P", 10_000, "04-20"))
    assert [one.settled_date for one in settled(*parts, as_of="04-19")] == [day("04-10")]
    assert settled(*parts) == ()
    (again,) = settled(*parts, payment("Q", 10_000, "06-01"), claim("Q"))
    assert again.settled_date == day("06-01")


def test_an_invoice_paid_on_its_day_of_issue_is_a_cash_sale():
    assert settled(invoice(issued="04-10"), payment(issued="04-10"), claim()) == ()


def test_an_overpaid_invoice_was_settled_when_it_reached_zero():
    (one,) = settled(invoice(total=9_000), payment("P", 9_500, "04-10"), claim("P", "A", 9_500))
    assert one.settled_date == day("04-10")


@given(ledgers(), days())
def test_a_settled_invoice_was_open_the_day_before_and_on_no_day_since(generated, as_of):
    built = build_ledger(*generated)
    found = {one.invoice: one for one in list_settlements(built, as_of=as_of)}
    for key, document in built.documents.items():
        if key.kind is not DocumentKind.INVOICE:
            continue
        was_open = [
            on
            for number in range(max((as_of - FIRST_DAY).days + 1, 0))
            if built.open_minor(key, as_of=(on := FIRST_DAY + number * A_DAY)) > 0
        ]
        expected = was_open[-1] + A_DAY if was_open and was_open[-1] < as_of else None
        assert (found[key].settled_date if key in found else None) == expected, document


def test_a_window_counts_its_last_day_and_so_many_in_all():
    (one,) = settled(*paid_in_parts())
    assert settled_within([one], until=date(2025, 5, 20), days=1) == (one,)
    assert settled_within([one], until=date(2025, 8, 17), days=90) == (one,)
    assert settled_within([one], until=date(2025, 8, 18), days=90) == ()
    assert settled_within([one], until=date(2025, 5, 19), days=90) == ()


def test_averages_are_plain_or_weighted_by_amount():
    found = settled(
        invoice("A", 1_000, "03-01", due="03-31"),
        payment("P", 1_000, "04-30"),
        claim("P", "A", 1_000),
        invoice("B", 9_000, "03-01", due="03-31"),
        payment("Q", 9_000, "03-21"),
        claim("Q", "B", 9_000),
    )
    assert (average_days_to_pay(found).value, days_versus_due(found).value) == (40, 10)
    assert (average_days_to_pay(found, weighted=True).value, days_versus_due(found, weighted=True).value) == (24, -6)


def test_where_nothing_was_settled_nobody_is_early_or_late():
    for weighted in (False, True):
        assert average_days_to_pay((), weighted=weighted) == days_versus_due((), weighted=weighted) == NEVER_SETTLED


def test_past_due_is_a_share_of_gross():
    assert past_due_percent(25, 200).value == Decimal("12.5")
    assert past_due_percent(0, 200).value == 0
    assert past_due_percent(0, 0) == not_available("Nothing was open.")


def test_days_late_weigh_by_what_is_open_and_early_days_do_not_help():
    assert weighted_average_days_late([(90, 100), (-60, 200), (10, 300)]).value == 20
    assert weighted_average_days_late([]) == not_available("Nothing was open.")
    assert weighted_average_days_late([(90, -100)]) == not_available("Nothing was open.")


@given(st.lists(st.tuples(st.integers(-400, 400), st.integers(1, 10**9)), min_size=1))
def test_the_weighted_average_lies_between_no_day_and_the_oldest(amounts):
    assert 0 <= weighted_average_days_late(amounts).value <= max(max(late, 0) for late, _ in amounts)
