"""How is a figure written for this reader? Money, percentages, counts, dates and durations as text.

Currency decides the decimals (ISO 4217, by core.money), the reader's locale decides grouping, decimal mark
and the currency sign's place, all taken from Babel once a locale. The digits themselves are written with
integer arithmetic: amounts are whole minor units, so nothing is rounded unless whole units are asked for,
and a table of two thousand cells costs milliseconds where Babel's own formatter costs ten times that.

A minus is U+2212 and stands before the currency sign. Nothing and zero are left to the templates. Dates are
written in the language of the interface, which is English, whatever the locale of the numbers.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import get_currency_symbol, get_decimal_symbol, get_group_symbol, parse_pattern

from aging.core.money import minor_digits

MINUS = "\u2212"
NO_BREAK_SPACE = "\u00a0"
_INTERFACE_LANGUAGE = "en"
_CURRENCY_SIGN = "\u00a4"
_UNITS = ((10**9, "B"), (10**6, "M"), (10**3, "k"))
_CURRENCIES_SEEN = 512
_LOCALES_SEEN = 64


@dataclass(frozen=True, slots=True)
class _Style:
    """What of a locale's number patterns matters here."""

    group: str
    decimal: str
    primary: int
    secondary: int
    currency_prefix: str
    currency_suffix: str
    percent_suffix: str


@lru_cache(maxsize=_LOCALES_SEEN)
def _style(locale: str) -> _Style:
    known = Locale.parse(locale)
    currency = parse_pattern(known.currency_formats["standard"].pattern)
    primary, secondary = known.decimal_formats[None].grouping
    return _Style(
        group=get_group_symbol(known, numbering_system="latn"),
        decimal=get_decimal_symbol(known, numbering_system="latn"),
        primary=primary,
        secondary=secondary,
        currency_prefix=currency.prefix[0],
        currency_suffix=currency.suffix[0],
        percent_suffix=known.percent_formats[None].suffix[0],
    )


@lru_cache(maxsize=_CURRENCIES_SEEN)
def _affixes(currency: str, locale: str) -> tuple[str, str]:
    """What stands before and after an amount. A sign that ends in a letter is kept off the digits: CHF 12."""
    style = _style(locale)
    sign = get_currency_symbol(currency, locale)
    before = style.currency_prefix.replace(_CURRENCY_SIGN, sign)
    if before and before[-1].isalpha():
        before += NO_BREAK_SPACE
    return before, style.currency_suffix.replace(_CURRENCY_SIGN, sign)


def _grouped(whole: int, style: _Style) -> str:
    digits = str(whole)
    if len(digits) <= style.primary:
        return digits
    groups, rest = [digits[-style.primary :]], digits[: -style.primary]
    while rest:
        groups.append(rest[-style.secondary :])
        rest = rest[: -style.secondary]
    return style.group.join(reversed(groups))


def _half_even(value: int, divisor: int) -> int:
    quotient, remainder = divmod(value, divisor)
    if 2 * remainder > divisor or (2 * remainder == divisor and quotient % 2):
        quotient += 1
    return quotient


def _unsigned(minor: int, currency: str, locale: str, whole: bool) -> tuple[str, bool]:
    """The amount without its sign, and whether a minus belongs before it."""
    style, digits = _style(locale), minor_digits(currency)
    scale = 10**digits
    amount = abs(minor)
    if whole:
        rounded = _half_even(amount, scale)
        return _grouped(rounded, style), minor < 0 and rounded > 0
    units, fraction = divmod(amount, scale)
    text = _grouped(units, style)
    return (f"{text}{style.decimal}{fraction:0{digits}d}" if digits else text), minor < 0


def money(minor: int, currency: str, locale: str, *, whole: bool = False) -> str:
    """The amount alone, for tables whose currency is named once: −50,098.70, or −50,099 in whole units."""
    text, is_negative = _unsigned(minor, currency, locale, whole)
    return MINUS + text if is_negative else text


def money_sym(minor: int, currency: str, locale: str, *, whole: bool = False) -> str:
    """The amount with its currency sign: −$50,098.70."""
    text, is_negative = _unsigned(minor, currency, locale, whole)
    before, after = _affixes(currency, locale)
    return f"{MINUS if is_negative else ''}{before}{text}{after}"


def compact(minor: int, currency: str, locale: str, *, sign: bool = False) -> str:
    """About three digits, for axis and tabs: 2.35M, 412k, and with the currency sign $2.35M."""
    scale = 10 ** minor_digits(currency)
    text = _short(abs(minor), scale, _style(locale))
    before, after = _affixes(currency, locale) if sign and minor else ("", "")
    return f"{MINUS if minor < 0 and text != '0' else ''}{before}{text}{after}"


def narrow(minor: int, currency: str, locale: str) -> str:
    """For a fifth of a phone's width: whole units while they have six digits, then 2.34M."""
    if abs(minor) * 2 >= (2 * 10**6 - 1) * 10 ** minor_digits(currency):
        return compact(minor, currency, locale)
    return money(minor, currency, locale, whole=True)


def _short(amount: int, scale: int, style: _Style) -> str:
    for unit, letter in _UNITS:
        # From 999.5 of the smaller unit on: 999,600 is 1.0M, not 1000k.
        if amount * 2000 >= 1999 * unit * scale:
            return _three_digits(amount, unit * scale, style) + letter
    return str(_half_even(amount, scale))


def _three_digits(amount: int, unit: int, style: _Style) -> str:
    """Two decimals below ten (one where the second says nothing: 2.0, 2.5), one below a hundred, else none."""
    hundredths = _half_even(amount * 100, unit)
    if hundredths >= 9995:
        return str(_half_even(amount, unit))
    if hundredths >= 1000 or hundredths % 50 == 0:
        tenths = _half_even(amount * 10, unit)
        return f"{tenths // 10}{style.decimal}{tenths % 10}"
    return f"{hundredths // 100}{style.decimal}{hundredths % 100:02d}"


def share(part: int, whole: int) -> float | None:
    """The ratio of two amounts of one currency, for display; None when there is no whole to be part of."""
    return part / whole if whole else None


def pct(ratio: float, locale: str, places: int = 1) -> str:
    style = _style(locale)
    text = f"{abs(ratio) * 100:.{places}f}"
    is_negative = ratio < 0 and text.strip("0.") != ""
    units, _, fraction = text.partition(".")
    written = _grouped(int(units), style) + (style.decimal + fraction if fraction else "")
    return f"{MINUS if is_negative else ''}{written}{style.percent_suffix}"


def count(number: int, locale: str) -> str:
    return (MINUS if number < 0 else "") + _grouped(abs(number), _style(locale))


def day(value: date, pattern: str = "d MMM y") -> str:
    return format_date(value, pattern, locale=_INTERFACE_LANGUAGE)


def moment(value: datetime, pattern: str = "d MMM y, HH:mm") -> str:
    """A point in time as its own zone's clock showed it: hand in what is already in the reader's zone."""
    return format_datetime(value, pattern, tzinfo=value.tzinfo, locale=_INTERFACE_LANGUAGE)


def ago(seconds: float) -> str:
    """How long since: just now, 6 min ago, 3 h ago, 2 days ago."""
    if seconds < 60:
        return "just now"
    return f"{age(seconds)} ago"


def age(seconds: float) -> str:
    """A span in its largest useful unit: 45 s, 6 min, 26 h, 3 days. Hours up to two days, as staleness
    counts.
    """
    if seconds < 60:
        return f"{int(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 48 * 3600:
        return f"{int(seconds // 3600)} h"
    return f"{int(seconds // 86400)} days"


def duration(seconds: float) -> str:
    """How long something took: 0.4 s, 12 s, 3 min 20 s, 1 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
