"""How is collection going, on a day and at the month ends before it?

Three statements whatever the number of days: sales and receipts by month, settlements by day, and receivables from
the aging steps. SQL only sums; the figures are made by `aging.core.measures`, so that there is one formula.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from aging.core.aging import BucketTotals
from aging.core.dates import month_end, month_ends
from aging.core.measures.measured import Measured, not_available, ratio
from aging.core.measures.paying import share_of_gross
from aging.core.measures.sales import SalesMonth, dso_count_back
from aging.queries import scripts
from aging.queries.settings import View
from aging.queries.totals import totals_on_days

MONTH_ENDS = 12
MONTHS_COUNTED_BACK = 12
PAYING_WINDOW_DAYS = 90

Unit = Literal["days", "percent", "money"]


@dataclass(frozen=True, slots=True)
class HealthMeasure:
    """A figure of collection health on the view's day; money is whole minor units of the currency.

    `previous` is the same at the end of the month before. `points` are its last twelve month ends, oldest first, the
    view's day being one of them if it ends a month; where some could not be measured, only the unbroken run since.
    """

    key: str
    value: Decimal | int | None
    unit: Unit
    reason: str
    previous: Decimal | int | None
    points: tuple[float, ...]


def health_measures(view: View, currency: str) -> list[HealthMeasure]:
    """DSO by count-back, days late of what was settled in 90 days, share of the last bucket, cash of the month."""
    books = _read(view, currency)
    figures: tuple[tuple[str, Unit, Callable[[date], Measured]], ...] = (
        ("dso", "days", books.dso),
        ("days_late", "days", books.days_late),
        ("last_bucket_share", "percent", books.last_bucket_share),
        ("collected", "money", books.collected),
    )
    return [_health(key, unit, measure, view.as_of) for key, unit, measure in figures]


@dataclass(frozen=True, slots=True)
class _Settled:
    """Invoices settled on one day and, if so, opened again on another; the sum of their days versus due."""

    settled_date: date
    reopened_date: date | None
    invoices: int
    days_versus_due: int


@dataclass(frozen=True, slots=True)
class _Books:
    """What was read for one currency: months by their first days, settlements, and totals by day."""

    currency: str
    sales: Mapping[date, int]
    receipts: Mapping[date, int]
    first_payment_date: date | None
    settled: Sequence[_Settled]
    totals: Mapping[date, BucketTotals]

    def dso(self, day: date) -> Measured:
        return dso_count_back(self.totals[day].gross, _months_back(day, self.sales))

    def days_late(self, day: date) -> Measured:
        """Over what was settled in the window and still is; without payments, settlement dates are inferred (S5)."""
        unpaid = self._without_payments(day)
        if unpaid:
            return not_available(unpaid)
        after = day - timedelta(days=PAYING_WINDOW_DAYS)
        within = [one for one in self.settled if after < one.settled_date <= day and not _is_reopened(one, day)]
        invoices = sum(one.invoices for one in within)
        if not invoices:
            return not_available(f"No invoice was settled in the last {PAYING_WINDOW_DAYS} days.")
        return ratio(sum(one.days_versus_due for one in within), invoices)

    def last_bucket_share(self, day: date) -> Measured:
        totals = self.totals[day]
        return share_of_gross(list(totals.buckets.values())[-1], totals.gross)

    def collected(self, day: date) -> Measured:
        unpaid = self._without_payments(day)
        return not_available(unpaid) if unpaid else Measured(Decimal(self.receipts[day.replace(day=1)]))

    def _without_payments(self, day: date) -> str:
        if self.first_payment_date is None:
            return f"No payments in {self.currency} have been synced."
        return "No payments had been received by then." if self.first_payment_date > day else ""


def _read(view: View, currency: str) -> _Books:
    ends = _month_ends_until(view.as_of)
    days = sorted({*ends, view.as_of})
    months = scripts.rows(
        "measure_months",
        {"currency": currency, "first_day": _first_month(ends[0]), "as_of": view.as_of},
    )
    settled_from = ends[0] - timedelta(days=PAYING_WINDOW_DAYS - 1)
    settled = scripts.rows("measure_settled", {"currency": currency, "settled_from": settled_from, "as_of": view.as_of})
    return _Books(
        currency,
        sales={row["first_day"]: int(row["sales_minor"]) for row in months},
        receipts={row["first_day"]: int(row["receipts_minor"]) for row in months},
        first_payment_date=months[0]["first_payment_date"],
        settled=[_Settled(**row) for row in settled],
        totals=dict(zip(days, totals_on_days(days, currency, view), strict=True)),
    )


def _health(key: str, unit: Unit, measure: Callable[[date], Measured], as_of: date) -> HealthMeasure:
    now = measure(as_of)
    history = [measure(day).value for day in _month_ends_until(as_of)]
    gaps = [number for number, value in enumerate(history) if value is None]
    unbroken = history[gaps[-1] + 1 :] if gaps else history
    return HealthMeasure(
        key,
        _in_unit(now.value, unit),
        unit,
        now.reason,
        _in_unit(measure(_previous_end(as_of)).value, unit),
        tuple(float(value) for value in unbroken if value is not None),
    )


def _in_unit(value: Decimal | None, unit: Unit) -> Decimal | int | None:
    return int(value) if value is not None and unit == "money" else value


def _is_reopened(one: _Settled, day: date) -> bool:
    return one.reopened_date is not None and one.reopened_date <= day


def _months_back(day: date, sales: Mapping[date, int]) -> list[SalesMonth]:
    """The month of the day as far as it has passed, and the whole ones before it, latest first."""
    ends = [*reversed(month_ends(_previous_end(day), MONTHS_COUNTED_BACK - 1))]
    return [SalesMonth(sales[end.replace(day=1)], end.day) for end in (day, *ends)]


def _first_month(oldest: date) -> date:
    """The first day of the month at which counting back from the oldest day ends."""
    return month_ends(oldest, MONTHS_COUNTED_BACK)[0].replace(day=1)


def _month_ends_until(as_of: date) -> tuple[date, ...]:
    return month_ends(as_of if as_of == month_end(as_of) else _previous_end(as_of), MONTH_ENDS)


def _previous_end(day: date) -> date:
    return day.replace(day=1) - timedelta(days=1)
