"""What is all of it worth in one currency?

Currencies are never added (R9). A reporting view converts each document's open amount once, at a dated
rate, rounds it once, and totals those roundings, so that the rows shown add up to the total shown.
Converting the total instead would be closer by a cent and would foot with nothing on the page. What has
no rate is listed, not guessed.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from aging.core.aging import AgedRow, AgingReport, BucketTotals, Tally, add_totals
from aging.core.money import convert_minor


@dataclass(frozen=True, slots=True)
class RateTable:
    """What one unit of each currency is worth in the reporting currency, on which day, and who says so."""

    reporting_currency: str
    rates: Mapping[str, Decimal]
    rates_date: date
    source: str


@dataclass(frozen=True, slots=True)
class ReportingView:
    """Totals in the reporting currency; `unconverted` rows are in none of them."""

    rate_table: RateTable
    totals: BucketTotals
    customers: Mapping[str, BucketTotals]
    unconverted: tuple[AgedRow, ...]


def convert_report(report: AgingReport, rate_table: RateTable) -> ReportingView:
    tallies: defaultdict[str, Tally] = defaultdict(lambda: Tally(report.scheme))
    unconverted: list[AgedRow] = []
    for row in report.rows:
        rate = _rate(row.document.currency, rate_table)
        if rate is None:
            unconverted.append(row)
        else:
            _add_converted(tallies[row.document.customer_id], row, rate, rate_table.reporting_currency)
    customers = {customer_id: tallies[customer_id].totals() for customer_id in sorted(tallies)}
    totals = add_totals(customers.values(), report.scheme)
    return ReportingView(rate_table, totals, customers, tuple(unconverted))


def _rate(currency: str, rate_table: RateTable) -> Decimal | None:
    return Decimal(1) if currency == rate_table.reporting_currency else rate_table.rates.get(currency)


def _add_converted(tally: Tally, row: AgedRow, rate: Decimal, reporting_currency: str) -> None:
    """Instalments share their document's one rounding: each is the step between two running sums."""
    running = converted = 0
    for part in row.parts:
        if part.bucket is None:
            continue
        running += part.outstanding_minor
        now = convert_minor(running, row.document.currency, rate, reporting_currency)
        tally.add_part(part.bucket, part.days_past_due, now - converted)
        converted = now
