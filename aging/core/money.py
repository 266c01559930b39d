"""How much money is that, exactly?

Amounts arrive as decimals and live as integer minor units of their own currency (S8), so that sums are
exact in Python and in the database alike. This is the only module that rounds: half to even at the door,
where a source says more decimals than its currency has, and half away from zero when a reporting view
converts (R9). The second is what people check with a pocket calculator (0.385 is 0.39), and it makes a
credit the mirror of an equal invoice.

The number of minor units comes from ISO 4217 and not from a display library: CLDR's digits differ for a
dozen currencies. A three-letter code that ISO does not list, such as the withdrawn ZWL, keeps the
customary two.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from iso4217 import Currency

CUSTOMARY_DIGITS = 2
MOST_MINOR = 10**18 - 1  # 18 digits: below a bigint's limit, with room left for sums

_EXPONENTS: dict[str, int] = {entry.code: entry.exponent for entry in Currency if entry.exponent is not None}
_DOOR = Context(prec=40, rounding=ROUND_HALF_EVEN)


class UnknownCurrency(ValueError):
    """The text is not a currency code: three ASCII letters."""


class NotMoney(ValueError):
    """The amount is not a finite number, or has more than 18 digits of minor units."""


class NotARate(ValueError):
    """An exchange rate is a finite number above zero."""


def currency_code(text: str) -> str:
    """The code as the ledger writes it: `usd` and ` USD ` are USD, `US$` is refused."""
    code = text.strip().upper()
    if len(code) == 3 and code.isascii() and code.isalpha():
        return code
    raise UnknownCurrency(f"{text[:20]!r} is not a currency code of three letters")


@lru_cache(maxsize=1024)
def minor_digits(currency: str) -> int:
    """How many decimals the currency has: JPY 0, USD 2, KWD 3."""
    return _EXPONENTS.get(currency_code(currency), CUSTOMARY_DIGITS)


def is_listed(currency: str) -> bool:
    """Whether ISO 4217 lists the code as money; gold, test codes and withdrawn currencies are not."""
    return currency_code(currency) in _EXPONENTS


@lru_cache(maxsize=1024)
def _minor_unit(currency: str) -> tuple[int, Decimal]:
    digits = minor_digits(currency)
    return digits, Decimal(1).scaleb(-digits)


def to_minor(amount: Decimal, currency: str) -> tuple[int, bool]:
    """Minor units, and whether the amount was finer than one and had to be rounded (S8)."""
    digits, unit = _minor_unit(currency)
    if not amount.is_finite():
        raise NotMoney("the amount is not a finite number")
    if amount and amount.adjusted() + digits >= 18:
        raise NotMoney("the amount has more than 18 digits")
    rounded = amount.quantize(unit, context=_DOOR)
    return _within_limit(int(rounded.scaleb(digits, context=_DOOR))), rounded != amount


def from_minor(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_digits(currency), context=_DOOR)


def plain(minor: int, currency: str) -> str:
    """Decimal text with the currency's own digits and an ASCII minus: `-1234.50`, `1235`, `0.005`."""
    digits = minor_digits(currency)
    if digits == 0:
        return str(minor)
    text = str(abs(minor)).rjust(digits + 1, "0")
    return f"{'-' if minor < 0 else ''}{text[:-digits]}.{text[-digits:]}"


def convert_minor(minor: int, currency: str, rate: Decimal, reporting_currency: str) -> int:
    """The amount in the reporting currency, rounded once, half away from zero (R9).

    `rate` is what one whole unit of `currency` is worth in `reporting_currency`.
    """
    if not rate.is_finite() or rate <= 0:
        raise NotARate("an exchange rate is a finite number above zero")
    numerator, denominator = rate.as_integer_ratio()
    numerator *= abs(minor) * 10 ** minor_digits(reporting_currency)
    denominator *= 10 ** minor_digits(currency)
    converted = _within_limit((2 * numerator + denominator) // (2 * denominator))
    return -converted if minor < 0 else converted


def _within_limit(minor: int) -> int:
    if abs(minor) > MOST_MINOR:
        raise NotMoney("the amount has more than 18 digits")
    return minor
