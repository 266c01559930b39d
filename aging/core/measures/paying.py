"""How late are customers, with what is open and with what they have paid?

Two views that must not be mixed: what is open now (past due, weighted days late) sees the worst payers for
as long as they do not pay; settled invoices (days to pay, days versus due) see only those who did.

An invoice is settled on the day from which nothing is open of it, whether by cash, credit or adjustment,
until it is opened again. An invoice paid on its day of issue was never open at the end of a day: that is a
cash sale, and cash sales would flatter every average here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from aging.core.ledger import Entry, Ledger
from aging.core.measures.measured import NOTHING_OPEN, Amount, Measured, not_available, percent
from aging.core.records import DocumentKey, DocumentKind

NOTHING_SETTLED = "No invoice was settled in the period."


@dataclass(frozen=True, slots=True)
class Settlement:
    """An invoice of which nothing is open any more. Without a due date its issue date stands for it (R5)."""

    invoice: DocumentKey
    customer_id: str
    currency: str
    issued_date: date
    due_date: date
    settled_date: date
    amount_minor: int

    @property
    def days_to_pay(self) -> int:
        return (self.settled_date - self.issued_date).days

    @property
    def days_versus_due(self) -> int:
        """Negative when paid early."""
        return (self.settled_date - self.due_date).days


def list_settlements(ledger: Ledger, *, as_of: date) -> tuple[Settlement, ...]:
    """The invoices that are settled on the day, as the ledger shows it; the order is the ledger's."""
    found = []
    for key, document in ledger.documents.items():
        if key.kind is not DocumentKind.INVOICE:
            continue
        settled = _settled_date(ledger.entries[key], as_of)
        if settled is not None:
            due = document.due_date or document.issued_date
            found.append(
                Settlement(
                    key,
                    document.customer_id,
                    document.currency,
                    document.issued_date,
                    due,
                    settled,
                    document.total_minor,
                )
            )
    return tuple(found)


def settled_within(settlements: Iterable[Settlement], *, until: date, days: int) -> tuple[Settlement, ...]:
    """Those of a window of so many days, `until` being its last."""
    after = until - timedelta(days=days)
    return tuple(one for one in settlements if after < one.settled_date <= until)


def average_days_to_pay(settlements: Sequence[Settlement], *, weighted: bool = False) -> Measured:
    """Mean of settlement − issue; `weighted` by the invoices' totals."""
    return _mean(settlements, lambda one: one.days_to_pay, weighted)


def days_versus_due(settlements: Sequence[Settlement], *, weighted: bool = False) -> Measured:
    """Mean of settlement − due date, early payments counting as negative; `weighted` by the invoices' totals."""
    return _mean(settlements, lambda one: one.days_versus_due, weighted)


def past_due_percent(past_due: Amount, gross: Amount) -> Measured:
    """Past due ÷ gross × 100, past due being counted from days and never "gross − current" (R8)."""
    return share_of_gross(past_due, gross)


def share_of_gross(part: Amount, gross: Amount) -> Measured:
    """A part of the open invoices, such as a bucket, in percent of them."""
    return percent(part, gross) if gross > 0 else not_available(NOTHING_OPEN)


def weighted_average_days_late(open_amounts: Iterable[tuple[int, Amount]]) -> Measured:
    """Σ max(days past due, 0) × open ÷ Σ open, over (days past due, open amount) of what is owed."""
    owed = [(max(days, 0), amount) for days, amount in open_amounts if amount > 0]
    if not owed:
        return not_available(NOTHING_OPEN)
    return _quotient(sum(days * amount for days, amount in owed), sum(amount for _, amount in owed))


def _settled_date(entries: Sequence[Entry], as_of: date) -> date | None:
    """The day from which nothing has been open up to `as_of`, of an invoice that was open once."""
    open_minor, was_open, settled = 0, False, None
    last_of_day = {entry.effective_date: number for number, entry in enumerate(entries)}
    for number, entry in enumerate(entries):
        if entry.effective_date > as_of:
            break
        open_minor += entry.amount_minor
        if number != last_of_day[entry.effective_date]:
            continue
        if open_minor > 0:
            was_open, settled = True, None
        elif was_open and settled is None:
            settled = entry.effective_date
    return settled


def _mean(settlements: Sequence[Settlement], days_of: Callable[[Settlement], int], weighted: bool) -> Measured:
    weights = [(days_of(one), one.amount_minor if weighted else 1) for one in settlements]
    total = sum(weight for _, weight in weights)
    if total <= 0:
        return not_available(NOTHING_SETTLED)
    return _quotient(sum(days * weight for days, weight in weights), total)


def _quotient(total: Amount, count: Amount) -> Measured:
    return Measured(Decimal(total) / Decimal(count))
