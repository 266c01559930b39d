"""How is collection going? Four measures in words and figures, each against the end of the month before."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.numbers import format_decimal

from aging.core.dates import month_end
from aging.queries.measures import HealthMeasure, health_measures
from aging.queries.settings import View
from aging.web import formats
from aging.web.formats import MINUS
from aging.web.pages.common import Measure


@dataclass(frozen=True, slots=True)
class _Words:
    label: str
    note: str
    is_less_better: bool = True


def build_measures(view: View, currency: str, locale: str) -> tuple[Measure, ...]:
    words = _words(view)
    return tuple(
        _measure(one, words[one.key], currency, locale, as_of=view.as_of) for one in health_measures(view, currency)
    )


def _words(view: View) -> dict[str, _Words]:
    last = view.scheme.buckets[-1]
    return {
        "dso": _Words("Days sales outstanding", "Count-back over months of sales"),
        "days_late": _Words("Average days late", "Invoices settled in 90 days"),
        "last_bucket_share": _Words(f"Share in {last.label}", "Of open invoices"),
        "collected": _Words(
            f"Collected in {formats.day(view.as_of, 'MMMM')}", "Payments received", is_less_better=False
        ),
    }


def _measure(one: HealthMeasure, words: _Words, currency: str, locale: str, *, as_of: date) -> Measure:
    if one.value is None:
        return Measure(words.label, words.note, None, reason=one.reason)
    step = _step(one, as_of)
    return Measure(
        label=words.label,
        note=words.note,
        value=_value(one, currency, locale),
        change=_change(step, one.unit, locale) if step is not None else "",
        is_better=None if not step else (step < 0) == words.is_less_better,
        points=one.points,
    )


def _value(one: HealthMeasure, currency: str, locale: str) -> str:
    value = Decimal(one.value or 0)
    if one.unit == "money":
        return formats.money_sym(int(value), currency, locale, whole=True)
    return formats.pct(float(value) / 100, locale) if one.unit == "percent" else _tenths(value, locale)


def _step(one: HealthMeasure, as_of: date) -> Decimal | None:
    """Against the month before. What is collected in part of a month is not compared with a whole one."""
    if one.value is None or one.previous is None:
        return None
    value, previous = Decimal(one.value), Decimal(one.previous)
    if one.unit != "money":
        return value - previous
    return 100 * (value - previous) / previous if previous and as_of == month_end(as_of) else None


def _change(step: Decimal, unit: str, locale: str) -> str:
    unit_words = {"days": " d", "percent": " pt", "money": "%"}[unit]
    return f"{'+' if step > 0 else ''}{_tenths(step, locale)}{unit_words}"


def _tenths(value: Decimal, locale: str) -> str:
    text = format_decimal(abs(value), format="#,##0.0", locale=locale)
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text
