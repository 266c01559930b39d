"""S8: decimals in, exact minor units stored; R9: one rounding when a reporting view converts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aging.core.money import (
    NotARate,
    NotMoney,
    UnknownCurrency,
    convert_minor,
    currency_code,
    from_minor,
    is_listed,
    minor_digits,
    plain,
    to_minor,
)


@pytest.mark.parametrize(
    ("currency", "digits"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ZWL", 2), ("XAU", 2)]
)
def test_s8_a_currency_has_its_own_number_of_decimals(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("currency", ["AFN", "IQD", "LAK"])
def test_s8_decimals_come_from_iso_and_not_from_display_conventions(currency: str) -> None:
    assert minor_digits(currency) == {"AFN": 2, "IQD": 3, "LAK": 2}[currency]


@pytest.mark.parametrize("text", ["", "US", "USDX", "US$", "ЕUR", "12A", " "])
def test_s8_what_is_not_three_ascii_letters_is_no_currency(text: str) -> None:
    with pytest.raises(UnknownCurrency):
        minor_digits(text)


def test_a_currency_code_is_written_in_one_way() -> None:
    assert currency_code(" jpy ") == "JPY"
    assert minor_digits("jpy") == 0


def test_withdrawn_currencies_and_gold_are_not_listed_as_money() -> None:
    assert [is_listed(code) for code in ("EUR", "ZWL", "XAU", "QQQ")] == [True, False, False, False]


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "was_finer"),
    [
        ("100.10", "USD", 10010, False),
        ("100.1000", "USD", 10010, False),
        ("1.005", "USD", 100, True),
        ("1.015", "USD", 102, True),
        ("-1.005", "USD", -100, True),
        ("1.0051", "USD", 101, True),
        ("99.5", "JPY", 100, True),
        ("98.5", "JPY", 98, True),
        ("50.060", "KWD", 50060, False),
        ("1E+3", "USD", 100000, False),
        ("1E-400", "USD", 0, True),
        ("0E+500", "USD", 0, False),
    ],
)
def test_s8_amounts_are_rounded_half_even_once_and_say_so(
    amount: str, currency: str, minor: int, was_finer: bool
) -> None:
    assert to_minor(Decimal(amount), currency) == (minor, was_finer)


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+400", "10000000000000000", "9999999999999999.995"]
)
def test_s8_what_is_not_a_finite_amount_of_18_digits_is_no_money(amount: str) -> None:
    with pytest.raises(NotMoney):
        to_minor(Decimal(amount), "USD")


def test_s8_the_largest_amount_has_18_digits() -> None:
    assert to_minor(Decimal("-9999999999999999.99"), "USD") == (-(10**18 - 1), False)
    assert to_minor(Decimal(10**18 - 1), "JPY") == (10**18 - 1, False)


def test_s8_a_long_tail_of_digits_is_rounded_once_and_not_step_by_step() -> None:
    just_above_half = Decimal("0.005" + "0" * 200 + "1")
    assert to_minor(just_above_half, "USD") == (1, True)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123450, "USD", "1234.50"),
        (-5, "KWD", "-0.005"),
        (0, "USD", "0.00"),
        (-1235, "JPY", "-1235"),
        (7, "USD", "0.07"),
    ],
)
def test_amounts_are_told_with_the_decimals_of_their_currency(minor: int, currency: str, text: str) -> None:
    assert plain(minor, currency) == text


@given(st.integers(-(10**18) + 1, 10**18 - 1), st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_s8_minor_units_and_decimals_say_the_same(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == (minor, False)
    assert Decimal(plain(minor, currency)) == from_minor(minor, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "rate", "reporting", "converted"),
    [
        (35, "EUR", "1.1", "USD", 39),
        (-35, "EUR", "1.1", "USD", -39),
        (100000, "JPY", "0.0065", "USD", 65000),
        (10000, "USD", "153.846", "JPY", 15385),
        (1000, "KWD", "3.2505", "USD", 325),
    ],
)
def test_r9_conversion_rounds_half_away_from_zero_between_any_decimals(
    minor: int, currency: str, rate: str, reporting: str, converted: int
) -> None:
    assert convert_minor(minor, currency, Decimal(rate), reporting) == converted


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
def test_r9_a_rate_is_a_finite_number_above_zero(rate: str) -> None:
    with pytest.raises(NotARate):
        convert_minor(100, "EUR", Decimal(rate), "USD")


def test_r9_a_conversion_beyond_18_digits_is_refused() -> None:
    with pytest.raises(NotMoney):
        convert_minor(10**17, "KWD", Decimal(10**6), "JPY")
