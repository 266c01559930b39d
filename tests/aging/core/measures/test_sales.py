"""Days sales outstanding and what is made of it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aging.core.measures.measured import Measured, not_available
from aging.core.measures.sales import (
    SalesMonth,
    average_days_delinquent,
    best_possible_dso,
    collection_effectiveness,
    dso,
    dso_count_back,
    turnover,
)

MONTHS = (SalesMonth(100_000, 30), SalesMonth(80_000, 30), SalesMonth(70_000, 30))
AMOUNTS = st.integers(0, 10**12)
SALES = st.lists(st.builds(SalesMonth, st.integers(-1_000, 10**9), st.integers(1, 31)), max_size=14)


def test_the_worked_count_back():
    assert round(dso_count_back(212_000, MONTHS).value, 3) == Decimal("73.714")


def test_months_count_with_their_own_days():
    february = (SalesMonth(100, 28), SalesMonth(100, 31))
    assert dso_count_back(150, february).value == 28 + Decimal("15.5")


def test_receivables_that_a_month_covers_exactly_take_all_its_days_and_no_more():
    assert dso_count_back(100_000, MONTHS).value == 30
    assert dso_count_back(100, (SalesMonth(100, 30), SalesMonth(0, 31), SalesMonth(50, 30))).value == 30


def test_a_month_without_sales_adds_its_days():
    assert dso_count_back(150, (SalesMonth(0, 31), SalesMonth(300, 30))).value == 31 + 15


def test_a_month_that_took_back_more_than_it_sold_adds_nothing_to_the_receivables():
    assert dso_count_back(150, (SalesMonth(-500, 31), SalesMonth(300, 30))).value == 31 + 15


@pytest.mark.parametrize(
    ("receivables", "months", "reason"),
    [
        (None, MONTHS, "The receivables of that day are not known."),
        (0, MONTHS, "Nothing was open."),
        (250_001, MONTHS, "More is open than the sales of the last 3 months."),
        (10, (SalesMonth(0, 30), SalesMonth(-5, 31)), "No sales in the last 2 months."),
    ],
)
def test_a_count_back_that_cannot_end_has_no_value_but_a_reason(receivables, months, reason):
    assert dso_count_back(receivables, months) == not_available(reason)


@given(AMOUNTS, AMOUNTS, SALES)
def test_more_receivables_never_mean_fewer_days(less, more, months):
    less, more = sorted((less, more))
    shorter, longer = dso_count_back(less, months).value, dso_count_back(more, months).value
    if shorter is not None and longer is not None:
        assert 0 <= shorter <= longer <= sum(month.days for month in months)


def test_the_worked_simple_dso_best_possible_and_delinquency():
    whole, best = dso(15_000, 10_000, 30), best_possible_dso(4_000, 10_000, 30)
    assert (whole.value, best.value, average_days_delinquent(whole, best).value) == (45, 12, 33)


def test_where_all_is_past_due_the_best_possible_dso_is_no_days():
    assert best_possible_dso(0, 10_000, 30).value == 0


def test_without_sales_or_receivables_there_is_no_dso():
    assert dso(15_000, 0, 30) == best_possible_dso(4_000, 0, 30) == not_available("No sales in the period.")
    assert dso(15_000, None, 30) == not_available("The sales of the period are not known.")
    assert dso(0, 10_000, 30) == not_available("Nothing was open.")
    assert dso(None, 10_000, 30).value is None is best_possible_dso(None, 10_000, 30).value


def test_delinquency_is_missing_for_the_reason_of_what_it_misses():
    assert average_days_delinquent(dso(1, 0, 30), Measured(Decimal(1))) == dso(1, 0, 30)


def test_the_worked_collection_effectiveness():
    found = collection_effectiveness(opening=100_000, credit_sales=50_000, closing=60_000, closing_not_due=40_000)
    assert round(found.value, 3) == Decimal("81.818")


@pytest.mark.parametrize("missing", ["opening", "credit_sales", "closing", "closing_not_due"])
def test_collection_effectiveness_needs_all_its_figures(missing):
    given_figures = {"opening": 100, "credit_sales": 50, "closing": 60, "closing_not_due": 40}
    found = collection_effectiveness(**{**given_figures, missing: None})
    assert found.value is None and "not known" in found.reason


def test_where_nothing_fell_due_nothing_could_be_collected():
    found = collection_effectiveness(opening=0, credit_sales=50, closing=50, closing_not_due=50)
    assert found == not_available("Nothing fell due in the period.")


@given(AMOUNTS, AMOUNTS, st.data())
def test_collecting_all_that_was_due_is_a_hundred_percent(opening, sales, data):
    not_due = data.draw(st.integers(0, opening + sales))
    found = collection_effectiveness(opening=opening, credit_sales=sales, closing=not_due, closing_not_due=not_due)
    assert found.value == 100 or found.value is None


def test_turnover_is_sales_over_average_receivables():
    assert turnover(90_000, 10_000, 20_000).value == 6
    assert turnover(0, 10_000, 20_000).value is None
    assert turnover(90_000, 0, 0) == not_available("Nothing was open.")
    assert turnover(None, 1, 1).value is None is turnover(1, None, 1).value


def test_a_measure_has_a_value_or_a_reason():
    for wrong in ((None, ""), (Decimal(1), "because")):
        with pytest.raises(ValueError, match="a value or a reason"):
            Measured(*wrong)
