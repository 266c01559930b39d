"""When open amounts are expected to come in, and how wrong that was before."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aging.core.measures.forecast import (
    BackTest,
    ExpectedWeek,
    OpenInvoice,
    PayingHistory,
    back_test,
    expected_cash,
    forecast_error,
    list_open_invoices,
)
from aging.core.measures.measured import not_available
from aging.core.measures.paying import Settlement
from tests.aging.core.builders import claim, day, invoice, invoice_key, ledger, payment
from tests.examples import examples

AS_OF = date(2025, 6, 30)
KEY = invoice_key("A")
DAYS_VERSUS_DUE = st.lists(st.integers(-30, 200), min_size=5, max_size=12)


def settlements(days, customer="ACME"):
    due = date(2025, 1, 31)
    return [Settlement(KEY, customer, "USD", date(2025, 1, 1), due, due + timedelta(days=late), 100) for late in days]


def open_invoice(amount=100, late=0, customer="ACME"):
    return OpenInvoice(KEY, customer, AS_OF - timedelta(days=late), amount)


def forecast(invoices, known, weeks=4, currency="USD"):
    return expected_cash(invoices, PayingHistory(known), as_of=AS_OF, weeks=weeks, currency=currency)


def amounts(found):
    return [week.expected_minor for week in found.weeks], found.later_minor, found.without_precedent_minor


def test_an_open_amount_is_spread_as_the_customers_invoices_were():
    found = forecast([open_invoice(100)], settlements([1, 7, 8, 15, 99]))
    assert amounts(found) == ([40, 20, 20, 0], 20, 0)


def test_what_has_passed_without_payment_is_ruled_out():
    found = forecast([open_invoice(90, late=10)], settlements([-5, 3, 10, 12, 20, 31]))
    assert amounts(found) == ([30, 30, 30, 0], 0, 0)


def test_weeks_begin_on_the_day_after_and_last_seven_days():
    weeks = forecast([], settlements([1] * 5), weeks=2).weeks
    assert weeks == (
        ExpectedWeek(date(2025, 7, 1), date(2025, 7, 7), 0),
        ExpectedWeek(date(2025, 7, 8), date(2025, 7, 14), 0),
    )


def test_a_customer_with_fewer_than_five_settled_invoices_is_judged_by_everybodys():
    others = settlements([20] * 6, "BETA")
    assert amounts(forecast([open_invoice()], settlements([1] * 4) + others))[0] == [40, 0, 60, 0]
    assert amounts(forecast([open_invoice()], settlements([1] * 5) + others))[0] == [100, 0, 0, 0]


def test_an_amount_later_than_the_customers_own_history_is_judged_by_everybodys():
    known = settlements([1] * 5) + settlements([45] * 5, "BETA")
    assert amounts(forecast([open_invoice(late=40)], known))[0] == [100, 0, 0, 0]


def test_an_amount_later_than_anything_settled_before_gets_no_date():
    assert amounts(forecast([open_invoice(late=50), open_invoice(30)], settlements([1] * 5))) == ([30, 0, 0, 0], 0, 100)


def test_with_fewer_than_five_settled_invoices_there_is_no_forecast():
    found = forecast([open_invoice()], settlements([1] * 4))
    assert (amounts(found), found.reason) == (([], 0, 0), "Fewer than 5 invoices have been settled so far.")


@given(
    st.lists(st.builds(open_invoice, st.integers(1, 10**12), st.integers(-60, 250), st.sampled_from("AB")), max_size=8),
    DAYS_VERSUS_DUE,
    DAYS_VERSUS_DUE,
    st.sampled_from(("USD", "JPY", "KWD")),
)
@examples(50)
def test_weeks_and_what_comes_later_add_up_to_what_is_open(invoices, days_of_a, days_of_b, currency):
    known = settlements(days_of_a, "A") + settlements(days_of_b, "B")
    weeks, later, without_precedent = amounts(forecast(invoices, known, currency=currency))
    assert sum(weeks) + later + without_precedent == sum(one.open_minor for one in invoices)
    assert min([*weeks, later, without_precedent]) >= 0


def habit(late_by):
    """Six invoices due on the 10th of January to June, each paid so many days later, 10.00 each."""
    for month, late in enumerate(late_by, start=1):
        yield invoice(f"A{month}", 1_000, f"2024-{month:02}-01", due=f"2024-{month:02}-10")
        paid = date(2024, month, 10) + timedelta(days=late)
        yield payment(f"P{month}", 1_000, paid.isoformat())
        yield claim(f"P{month}", f"A{month}", 1_000)


def test_open_invoices_are_those_of_the_currency_and_the_day():
    built = ledger(*habit([5] * 6), invoice("EUR", currency="EUR"), invoice("B", 500, "2024-01-02", due=""))
    found = list_open_invoices(built, currency="USD", as_of=date(2024, 1, 12))
    assert [(one.invoice.source_id, one.due_date, one.open_minor) for one in found] == [
        ("A1", date(2024, 1, 10), 1_000),
        ("B", date(2024, 1, 2), 500),
    ]


def test_a_customer_who_keeps_the_habit_is_forecast_without_error():
    tests = back_test(ledger(*habit([5] * 7)), currency="USD", forecast_on=[date(2024, 7, 11)], weeks=1)
    assert tests == (BackTest(date(2024, 7, 11), date(2024, 7, 18), 1_000, 1_000),)
    assert forecast_error(tests).value == 0


def test_a_customer_who_breaks_the_habit_is_an_error_of_the_forecast():
    tests = back_test(ledger(*habit([5] * 6 + [40])), currency="USD", forecast_on=[date(2024, 7, 11)], weeks=1)
    assert [(one.expected_minor, one.collected_minor) for one in tests] == [(1_000, 0)]
    assert forecast_error(tests) == not_available("Nothing was collected in the weeks that were tested.")


def test_a_back_test_knows_nothing_of_what_came_after_its_day():
    early = back_test(ledger(*habit([5] * 7)), currency="USD", forecast_on=[date(2024, 3, 11)], weeks=1)
    assert early == ()
    assert forecast_error(early) == not_available("No forecast could be made for a past day.")


def test_misses_in_both_directions_add_up():
    tests = [
        BackTest(day("03-01"), day("03-08"), 80, 100),
        BackTest(day("04-01"), day("04-08"), 130, 100),
    ]
    assert forecast_error(tests).value == 25
