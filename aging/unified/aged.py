"""What does the accounting system itself say is owed and overdue?

Its own aged receivables are the independent figure that ours is reconciled with (R12): per currency, the
total, what is not yet due and what is overdue, and the rows behind them. Its buckets are the vendor's and are
not compared. Amounts keep the sign they come with; whether credits show as negative rows differs by system. A
currency with an amount that cannot be read is left out: a control that is partly guessed is none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from aging.core.money import NotMoney, UnknownCurrency, currency_code, to_minor
from aging.unified.payloads import AgedReceivable, AgedRow
from aging.unified.reading import lenient_day, text


@dataclass(frozen=True, slots=True)
class AgedLine:
    """One open document as the vendor's report shows it; `document_id` may or may not be the invoice's id."""

    document_id: str
    customer_id: str
    due_date: date | None
    open_minor: int


@dataclass(frozen=True, slots=True)
class AgedTotals:
    """The vendor's figures in one currency. A part that the report leaves out is None: absent is not zero."""

    currency: str
    total_minor: int | None
    current_minor: int | None
    overdue_minor: int | None
    rows: tuple[AgedLine, ...] = ()


def read_aged(reports: Iterable[AgedReceivable], tz: ZoneInfo, base_currency: str | None) -> list[AgedTotals]:
    """One entry for each currency, in the order of their codes; several windows of one currency are added."""
    by_currency: dict[str, AgedTotals] = {}
    unreadable: set[str] = set()
    for report in reports:
        currency = text(report.currency) or base_currency or ""
        try:
            totals = _totals(report, currency_code(currency), tz)
        except (NotMoney, UnknownCurrency):
            unreadable.add(currency.strip().upper())
            continue
        known = by_currency.get(totals.currency)
        by_currency[totals.currency] = _added(known, totals) if known else totals
    return [by_currency[currency] for currency in sorted(by_currency) if currency not in unreadable]


def _totals(report: AgedReceivable, currency: str, tz: ZoneInfo) -> AgedTotals:
    rows = [row for period in report.periods or () for row in period.sub_items or ()]
    return AgedTotals(
        currency=currency,
        total_minor=_minor(report.total_amount, currency),
        current_minor=_minor(report.total_current_amount, currency),
        overdue_minor=_minor(report.total_overdue_amount, currency),
        rows=tuple(_line(row, currency, tz) for row in rows),
    )


def _line(row: AgedRow, currency: str, tz: ZoneInfo) -> AgedLine:
    still_open = row.total_amount if row.balance_amount is None else row.balance_amount
    return AgedLine(
        document_id=text(row.transaction.id) if row.transaction else "",
        customer_id=text(row.contact.id) if row.contact else "",
        due_date=lenient_day(row.due_at, tz),
        open_minor=_minor(still_open, currency) or 0,
    )


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else to_minor(amount, currency)[0]


def _added(one: AgedTotals, other: AgedTotals) -> AgedTotals:
    return replace(
        one,
        total_minor=_sum(one.total_minor, other.total_minor),
        current_minor=_sum(one.current_minor, other.current_minor),
        overdue_minor=_sum(one.overdue_minor, other.overdue_minor),
        rows=one.rows + other.rows,
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
