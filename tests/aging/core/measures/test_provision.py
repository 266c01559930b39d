"""What the provision matrix sets aside, to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aging.core.measures.measured import Measured, not_available
from aging.core.measures.provision import (
    NotALossRate,
    Provision,
    expected_credit_loss,
    loss_rates,
    roll_rate,
    roll_rates,
)

AMOUNTS = (300_000_00, 140_000_00, 60_000_00, 23_000_00, 5_000_00)
RATES = tuple(map(Measured, (Decimal("0.02"), Decimal("0.04"), Decimal(2) / 23, Decimal("0.25"), Decimal(1))))
UNKNOWN = not_available("There is no month before to compare with.")


def matrix(amounts=AMOUNTS, rates=RATES, factor="1", currency="USD"):
    return expected_credit_loss(amounts, rates, forward_factor=Decimal(factor), currency=currency)


def test_the_worked_matrix_to_the_cent():
    found = matrix()
    assert found.total_minor == 27_567_39
    assert [line.loss_minor for line in found.lines] == [6_000_00, 5_600_00, 5_217_39, 5_750_00, 5_000_00]


def test_a_rate_rounded_to_four_places_of_a_percent_is_not_the_rate():
    rounded = (*RATES[:2], Measured(Decimal("0.086957")), *RATES[3:])
    assert matrix(rates=rounded).total_minor == 27_567_42


def test_the_worked_rates_are_the_chances_of_rolling_to_the_end():
    rolls = [Measured(Decimal(text)) for text in ("0.5", "0.46")]
    rolls += [Measured(Decimal(8) / 23), Measured(Decimal("0.25"))]
    found = loss_rates(rolls, last_bucket_loss=Decimal(1))
    assert [round(rate.value, 12) for rate in found] == [round(rate.value, 12) for rate in RATES]
    assert matrix(rates=found).total_minor == 27_567_39


def test_what_lies_ahead_scales_every_rate_and_nothing_is_lost_twice():
    found = matrix(factor="1.5")
    assert [line.loss_minor for line in found.lines] == [9_000_00, 8_400_00, 7_826_09, 8_625_00, 5_000_00]


def test_losses_are_rounded_to_the_minor_unit_of_the_currency():
    third = (Measured(Decimal(1) / 3),)
    assert matrix((100,), third, currency="JPY").total_minor == 33
    assert matrix((1_000,), third, currency="KWD").total_minor == 333


def test_a_credit_in_a_bucket_lowers_no_loss():
    assert matrix((-500, 1_000), RATES[:2]).total_minor == 40


def test_a_missing_rate_leaves_no_provision_where_there_is_an_amount():
    assert matrix((100, 100), (RATES[0], UNKNOWN)) == Provision((), None, UNKNOWN.reason)
    without_amount = matrix((100, 0), (RATES[0], UNKNOWN))
    assert (without_amount.total_minor, without_amount.lines[1].loss_rate) == (2, None)


def test_a_loss_rate_is_a_share():
    for rate in ("1.01", "-0.1", "NaN"):
        with pytest.raises(NotALossRate):
            matrix((100,), (Measured(Decimal(rate)),))
        with pytest.raises(NotALossRate):
            loss_rates((), last_bucket_loss=Decimal(rate))
    for factor in ("-1", "NaN", "Infinity"):
        with pytest.raises(NotALossRate):
            matrix(factor=factor)


def test_a_roll_rate_is_what_moved_on_within_a_month():
    assert roll_rate(25, 100).value == Decimal("0.25")
    assert roll_rate(25, 0) == not_available("Nothing was in the bucket before, a month earlier.")
    assert roll_rate(25, None) == roll_rate(None, 25) == UNKNOWN


def test_roll_rates_are_over_all_months_together():
    found = roll_rates([(100, 40, 10), (300, 50, 30), (50, 70, 15)])
    assert [rate.value for rate in found] == [Decimal(120) / 400, Decimal(45) / 90]


def test_roll_rates_need_two_months():
    assert roll_rates([(100, 40, 10)]) == (UNKNOWN, UNKNOWN)
    assert roll_rates([]) == ()


def test_a_missing_roll_rate_leaves_no_loss_rate_before_it():
    found = loss_rates((RATES[3], UNKNOWN, RATES[3]), last_bucket_loss=Decimal("0.8"))
    assert [rate.value for rate in found] == [None, None, Decimal("0.2"), Decimal("0.8")]
    assert found[0].reason == UNKNOWN.reason


def test_a_bucket_that_grew_loses_no_more_than_all():
    found = loss_rates((Measured(Decimal(3)),), last_bucket_loss=Decimal("0.5"))
    assert [rate.value for rate in found] == [Decimal("0.5"), Decimal("0.5")]


@given(
    st.lists(st.tuples(st.integers(-(10**9), 10**12), st.decimals(0, 1, places=6)), max_size=8),
    st.decimals(0, 3, places=2),
)
def test_the_total_is_the_sum_of_its_lines_and_no_line_loses_more_than_it_holds(buckets, factor):
    found = matrix([amount for amount, _ in buckets], [Measured(rate) for _, rate in buckets], str(factor))
    assert found.total_minor == sum(line.loss_minor for line in found.lines)
    assert all(0 <= line.loss_minor <= max(line.amount_minor, 0) for line in found.lines)
