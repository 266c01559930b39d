from datetime import date, datetime
from decimal import Decimal

import pytest
from babel.numbers import format_decimal

from aging.core.money import minor_digits
from aging.web import formats

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "written"),
    [
        (123456789, "USD", "en_US", "1,234,567.89"),
        (123456789, "USD", "de_DE", "1.234.567,89"),
        (123456789, "USD", "de_CH", "1’234’567.89"),
        (123456789, "INR", "en_IN", "12,34,567.89"),
        (1234567, "JPY", "ja_JP", "1,234,567"),
        (1234567, "KWD", "en_US", "1,234.567"),
        (5, "USD", "en_US", "0.05"),
        (-5, "USD", "en_US", "−0.05"),
        (0, "USD", "en_US", "0.00"),
    ],
)
def test_an_amount_has_its_currency_s_decimals_and_its_reader_s_grouping(minor, currency, locale, written):
    assert formats.money(minor, currency, locale) == written


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "de_CH", "en_IN", "ja_JP"])
@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
@pytest.mark.parametrize("minor", [0, 7, 999, 1000, 100_000, 12_345_678_901, -98_765_432])
def test_amounts_read_as_babel_writes_them(locale, currency, minor):
    digits = minor_digits(currency)
    pattern = ("#,##,##0" if locale == "en_IN" else "#,##0") + ("." + "0" * digits if digits else "")
    expected = format_decimal(Decimal(minor).scaleb(-digits), format=pattern, locale=locale)
    assert formats.money(minor, currency, locale) == expected.replace("-", "−")


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "written"),
    [
        (-5009870, "USD", "en_US", "−$50,098.70"),
        (-5009870, "EUR", "de_DE", f"−50.098,70{NBSP}€"),
        (1200, "CHF", "en_US", f"CHF{NBSP}12.00"),
        (1200, "JPY", "ja_JP", "￥1,200"),
    ],
)
def test_a_minus_stands_before_the_currency_sign(minor, currency, locale, written):
    assert formats.money_sym(minor, currency, locale) == written


def test_whole_units_are_rounded_half_to_even_and_never_show_minus_zero():
    assert formats.money_sym(-5009870, "USD", "en_US", whole=True) == "−$50,099"
    assert formats.money(250, "USD", "en_US", whole=True) == "2"
    assert formats.money(350, "USD", "en_US", whole=True) == "4"
    assert formats.money(-40, "USD", "en_US", whole=True) == "0"


@pytest.mark.parametrize(
    ("minor", "written"),
    [
        (234_726_900, "2.35M"),
        (41_238_000, "412k"),
        (9_641_000, "96.4k"),
        (100_000_000, "1.0M"),
        (250_000_000, "2.5M"),
        (99_960_000, "1.0M"),
        (99_940_000, "999k"),
        (99_900, "999"),
        (-41_238_000, "−412k"),
        (0, "0"),
        (1_234_500_000_000, "12.3B"),
    ],
)
def test_a_tab_shows_about_three_digits(minor, written):
    assert formats.compact(minor, "USD", "en_US") == written


def test_an_axis_shows_the_currency_sign_in_the_reader_s_place():
    assert formats.compact(50_000_000, "USD", "en_US", sign=True) == "$500k"
    assert formats.compact(250_000_000, "EUR", "de_DE", sign=True) == f"2,5M{NBSP}€"
    assert formats.compact(0, "USD", "en_US", sign=True) == "0"


def test_a_phone_s_cell_is_shortened_from_a_million_units_on():
    assert formats.narrow(99_999_900, "USD", "en_US") == "999,999"
    assert formats.narrow(99_999_950, "USD", "en_US") == "1.0M"
    assert formats.narrow(999_999, "JPY", "en_US") == "999,999"


def test_percentages_follow_the_reader_s_locale():
    assert formats.pct(0.4771, "en_US") == "47.7%"
    assert formats.pct(0.4771, "de_DE", 0) == f"48{NBSP}%"
    assert formats.pct(-0.0831, "en_US") == "−8.3%"
    assert formats.pct(-0.0001, "en_US") == "0.0%"


def test_a_share_of_nothing_is_not_available():
    assert formats.share(1, 4) == 0.25
    assert formats.share(0, 0) is None


def test_dates_and_times_are_written_as_on_a_letter():
    assert formats.day(date(2026, 10, 31)) == "31 Oct 2026"
    assert formats.moment(datetime(2026, 10, 31, 14, 2)) == "31 Oct 2026, 14:02"


def test_ages_count_hours_up_to_two_days():
    assert [formats.age(s) for s in (45, 360, 26 * 3600, 72 * 3600)] == ["45 s", "6 min", "26 h", "3 days"]
    assert formats.ago(30) == "just now"
    assert formats.ago(360) == "6 min ago"


def test_durations_lose_detail_as_they_grow():
    seconds = (0.42, 12.4, 59.7, 200, 3900, 7200)
    assert [formats.duration(s) for s in seconds] == ["0.4 s", "12 s", "1 min", "3 min 20 s", "1 h 5 min", "2 h"]
