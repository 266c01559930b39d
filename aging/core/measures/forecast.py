"""When will what is open come in?

Each open amount is spread over the coming weeks as the customer's settled invoices were spread around
their due dates. What has already passed without payment is ruled out first: of an invoice 20 days late,
only the history of invoices paid later than that speaks. A customer with fewer than five settled invoices
is judged by the whole company's. An amount later than anything ever settled gets no date at all rather
than an optimistic one.

The history knows only invoices that were settled in the end; what is never paid is not in it. That is
why a forecast is shown beside its own past error (`back_test`), and why a fitted curve was refused: it
would need the same excuse and could not be checked by counting.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from aging.core.ledger import Ledger
from aging.core.measures.measured import Measured, not_available, percent
from aging.core.measures.paying import Settlement, list_settlements
from aging.core.money import from_minor, to_minor
from aging.core.records import DocumentKey, DocumentKind

FEWEST_SETTLED = 5
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """What is open of an invoice; without a due date its issue date stands for it (R5)."""

    invoice: DocumentKey
    customer_id: str
    due_date: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class ExpectedWeek:
    first_date: date
    last_date: date
    expected_minor: int


@dataclass(frozen=True, slots=True)
class CashForecast:
    """Weeks, what comes after them, and what has no precedent: together, to the minor unit, what is open.

    Where there is no forecast, `reason` says why and the rest is empty.
    """

    weeks: tuple[ExpectedWeek, ...]
    later_minor: int
    without_precedent_minor: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BackTest:
    """What a forecast made on a past day expected by its end, and what came in of the same invoices."""

    as_of: date
    until: date
    expected_minor: int
    collected_minor: int


class PayingHistory:
    """Days versus due, by customer and over all, as they were known on one day."""

    def __init__(self, settlements: Iterable[Settlement]) -> None:
        days: defaultdict[str, list[int]] = defaultdict(list)
        for one in settlements:
            days[one.customer_id].append(one.days_versus_due)
        self._of_customer = {customer: sorted(found) for customer, found in days.items()}
        self._of_all = sorted(day for found in days.values() for day in found)

    def __len__(self) -> int:
        return len(self._of_all)

    def later_than(self, days_past_due: int, customer_id: str) -> Sequence[int]:
        """The days versus due on which invoices were settled that were still open so late; empty without precedent."""
        own = self._of_customer.get(customer_id, [])
        spoken = own[bisect_right(own, days_past_due) :] if len(own) >= FEWEST_SETTLED else []
        return spoken or self._of_all[bisect_right(self._of_all, days_past_due) :]


def list_open_invoices(ledger: Ledger, *, currency: str, as_of: date) -> tuple[OpenInvoice, ...]:
    return tuple(
        OpenInvoice(key, document.customer_id, document.due_date or document.issued_date, open_minor)
        for key, document in ledger.documents.items()
        if key.kind is DocumentKind.INVOICE
        and document.currency == currency
        and (open_minor := ledger.open_minor(key, as_of=as_of)) > 0
    )


def expected_cash(
    invoices: Iterable[OpenInvoice], history: PayingHistory, *, as_of: date, weeks: int, currency: str
) -> CashForecast:
    """Σ open × probability paid by then, week by week from the day after `as_of`."""
    if len(history) < FEWEST_SETTLED:
        return CashForecast((), 0, 0, f"Fewer than {FEWEST_SETTLED} invoices have been settled so far.")
    by_week_end, later, without_precedent = [Fraction(0)] * weeks, 0, 0
    for one in invoices:
        late = (as_of - one.due_date).days
        spoken = history.later_than(late, one.customer_id)
        if not spoken:
            without_precedent += one.open_minor
            continue
        later += one.open_minor
        for number in range(weeks):
            paid_by_then = bisect_right(spoken, late + DAYS_A_WEEK * (number + 1))
            by_week_end[number] += Fraction(one.open_minor * paid_by_then, len(spoken))
    running = [0, *(_rounded(amount, currency) for amount in by_week_end)]
    return CashForecast(
        tuple(_week(as_of, number, running[number + 1] - running[number]) for number in range(weeks)),
        later - running[-1],
        without_precedent,
    )


def back_test(ledger: Ledger, *, currency: str, forecast_on: Iterable[date], weeks: int) -> tuple[BackTest, ...]:
    """The forecasts that would have been made on those days, against what became of the invoices then open.

    Each knows only what the ledger shows up to its day. The caller chooses days whose last week has passed.
    Days on which no forecast could be made are left out.
    """
    tests = []
    for day in forecast_on:
        invoices = list_open_invoices(ledger, currency=currency, as_of=day)
        settled = [one for one in list_settlements(ledger, as_of=day) if one.currency == currency]
        forecast = expected_cash(invoices, PayingHistory(settled), as_of=day, weeks=weeks, currency=currency)
        if forecast.reason:
            continue
        until = day + timedelta(days=DAYS_A_WEEK * weeks)
        collected = sum(_taken_off(ledger, one, until) for one in invoices)
        tests.append(BackTest(day, until, sum(week.expected_minor for week in forecast.weeks), collected))
    return tuple(tests)


def forecast_error(tests: Iterable[BackTest]) -> Measured:
    """Σ |expected − collected| ÷ Σ collected × 100: how far past forecasts were off, misses both ways counted."""
    judged = list(tests)
    collected = sum(one.collected_minor for one in judged)
    if not judged:
        return not_available("No forecast could be made for a past day.")
    if collected <= 0:
        return not_available("Nothing was collected in the weeks that were tested.")
    return percent(sum(abs(one.expected_minor - one.collected_minor) for one in judged), collected)


def _taken_off(ledger: Ledger, one: OpenInvoice, until: date) -> int:
    return one.open_minor - max(ledger.open_minor(one.invoice, as_of=until), 0)


def _week(as_of: date, number: int, expected_minor: int) -> ExpectedWeek:
    first = as_of + timedelta(days=DAYS_A_WEEK * number + 1)
    return ExpectedWeek(first, first + timedelta(days=DAYS_A_WEEK - 1), expected_minor)


def _rounded(amount_minor: Fraction, currency: str) -> int:
    """Running sums are rounded and weeks are their differences, so that the weeks add up to what is open."""
    exact = from_minor(amount_minor.numerator, currency) / Decimal(amount_minor.denominator)
    return to_minor(exact, currency)[0]
