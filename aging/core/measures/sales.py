"""How long do receivables take to turn into cash, measured against sales?

Days sales outstanding in the two forms that finance teams compare, and what is made of them. The
count-back follows the months actually behind the receivables, so that a strong last month does not look
like slow customers; the simple form is what textbooks and lenders use. "Credit sales" are the totals of
invoices issued, credit memos not netted; None stands for a figure that nobody has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from aging.core.measures.measured import NOTHING_OPEN, Amount, Measured, first_reason, not_available, percent, ratio

NO_SALES = "No sales in the period."
UNKNOWN_RECEIVABLES = "The receivables of that day are not known."
UNKNOWN_SALES = "The sales of the period are not known."


@dataclass(frozen=True, slots=True)
class SalesMonth:
    """The invoices issued in a month, or in the part of it that has passed, and its days."""

    credit_sales: Amount
    days: int


def dso_count_back(receivables: Amount | None, months: Iterable[SalesMonth]) -> Measured:
    """Days of sales in the receivables, month by month from the latest back.

    Each month that the receivables cover whole gives all its days, and the month in which they run out its
    share. A month in which more was taken back than sold gives its days and takes nothing off.
    """
    if receivables is None:
        return not_available(UNKNOWN_RECEIVABLES)
    if receivables <= 0:
        return not_available(NOTHING_OPEN)
    looked_at = list(months)
    left, days = Decimal(receivables), Decimal(0)
    for month in looked_at:
        sales = max(Decimal(month.credit_sales), Decimal(0))
        if left < sales:
            return Measured(days + left / sales * month.days)
        left, days = left - sales, days + month.days
        if not left:
            return Measured(days)
    if all(month.credit_sales <= 0 for month in looked_at):
        return not_available(f"No sales in the last {len(looked_at)} months.")
    return not_available(f"More is open than the sales of the last {len(looked_at)} months.")


def dso(receivables: Amount | None, credit_sales: Amount | None, days: int) -> Measured:
    """Closing receivables ÷ credit sales of the period × its days."""
    if receivables is None:
        return not_available(UNKNOWN_RECEIVABLES)
    if receivables <= 0:
        return not_available(NOTHING_OPEN)
    return _days_of_sales(receivables, credit_sales, days)


def best_possible_dso(not_due: Amount | None, credit_sales: Amount | None, days: int) -> Measured:
    """The DSO if everything were paid when due: the same on the receivables that are not due.

    It is 0 days where everything open is past due: that is known, not missing.
    """
    if not_due is None:
        return not_available(UNKNOWN_RECEIVABLES)
    return _days_of_sales(not_due, credit_sales, days)


def average_days_delinquent(whole: Measured, best_possible: Measured) -> Measured:
    """DSO − best-possible DSO: the days that lateness costs."""
    if whole.value is None or best_possible.value is None:
        return not_available(first_reason((whole, best_possible)))
    return Measured(whole.value - best_possible.value)


def collection_effectiveness(
    *,
    opening: Amount | None,
    credit_sales: Amount | None,
    closing: Amount | None,
    closing_not_due: Amount | None,
) -> Measured:
    """CEI: of what could have been collected in the period, the percentage that was."""
    if opening is None or closing is None or closing_not_due is None:
        return not_available(UNKNOWN_RECEIVABLES)
    if credit_sales is None:
        return not_available(UNKNOWN_SALES)
    collectable = opening + credit_sales - closing_not_due
    if collectable <= 0:
        return not_available("Nothing fell due in the period.")
    return percent(opening + credit_sales - closing, collectable)


def turnover(credit_sales: Amount | None, opening: Amount | None, closing: Amount | None) -> Measured:
    """How often the receivables turned over: credit sales ÷ the average of opening and closing receivables."""
    if credit_sales is None:
        return not_available(UNKNOWN_SALES)
    if opening is None or closing is None:
        return not_available(UNKNOWN_RECEIVABLES)
    if credit_sales <= 0:
        return not_available(NO_SALES)
    if opening + closing <= 0:
        return not_available(NOTHING_OPEN)
    return ratio(2 * credit_sales, opening + closing)


def _days_of_sales(receivables: Amount, credit_sales: Amount | None, days: int) -> Measured:
    if credit_sales is None:
        return not_available(UNKNOWN_SALES)
    if credit_sales <= 0:
        return not_available(NO_SALES)
    return Measured(Decimal(receivables) * days / Decimal(credit_sales))
