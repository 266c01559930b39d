"""The aging report: how much is owed, how late, by whom, and can one trust it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse

from accounts.roles import May
from aging.core.aging import BucketTotals
from aging.core.dates import month_end, month_ends
from aging.queries.customers import CustomerPage
from aging.queries.falling_due import FallingDue, falling_due
from aging.queries.settings import first_day
from aging.queries.standing import Counts, SourceStanding, list_sources
from aging.queries.totals import totals_by_currency, totals_on_days
from aging.web.building import header, matrix, scales
from aging.web.building.empty import empty_ledger, nothing_open
from aging.web.building.health import build_measures
from aging.web.formats import share
from aging.web.freshness import freshness_of
from aging.web.pages.common import EmptyState, Link, Measure
from aging.web.pages.report import AgingPage, Balance, BucketTile, CurrentSplit, CustomersPage, TrendColumn
from aging.web.reader import Reader
from aging.web.state import State, month_end_before

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Report:
    """What both pages of customers begin with: everything owed on the day, and the currency that is shown."""

    sources: Sequence[SourceStanding]
    totals: Mapping[str, BucketTotals]
    currency: str
    state: State
    empty: EmptyState | None


def open_report(reader: Reader, path: str) -> Report:
    sources = list_sources()
    empty = empty_ledger(reader, sources, path)
    totals = totals_by_currency(reader.state.view) if empty is None else {}
    base = reader.company.currency
    currency, state = header.with_currency(reader.state, totals, base)
    if state.bucket not in state.view.scheme.keys:
        state = replace(state, bucket="")
    if empty is None and not totals:
        empty = nothing_open(reader, first_day(), path)
    return Report(sources, totals, currency, state, empty)


def build_aging_page(reader: Reader, counts: Counts) -> AgingPage:
    path = reverse("home")
    report = open_report(reader, path)
    start = AgingPage(
        period=header.period(report.state, path),
        freshness=freshness_of(reader),
        tie_out=header.tie_out(reader, report.sources, report.currency),
        form_url=path,
        notices=(*header.notices(reader, report.sources, counts, path), *header.findings_notice(counts)),
        hidden=header.hidden(report.state, "sort"),
        empty=report.empty,
    )
    if report.empty is not None:
        return start if report.sources else replace(start, tie_out=None)
    found, state = matrix.customers_of(report.state.view, report.currency, report.state)
    table = matrix.build_matrix(reader, state, report.currency, found, path)
    days = _trend_days(state.as_of)
    trend = totals_on_days(days, report.currency, state.view)
    totals = report.totals[report.currency]
    return replace(
        start,
        tabs=header.tabs(state, path, report.totals, report.currency, reader.company.currency),
        sorts=matrix.sorts(state),
        exports=exports(reader, state, report.currency),
        announcement=matrix.announcement(table, reader.locale),
        balance=_balance(totals, dict(zip(days, trend, strict=True)), state.as_of),
        current=_current(totals, falling_due(report.currency, as_of=state.as_of)) if state.basis == "due" else None,
        tiles=_tiles(state, totals, found, path),
        legend=scales.legend(state.view),
        bar=scales.bar(totals),
        trend=tuple(_column(state, path, day, one) for day, one in zip(days, trend, strict=True)),
        measures=_measures(reader, state, report.currency),
        matrix=table,
    )


def build_customers_page(reader: Reader, counts: Counts) -> CustomersPage:
    path = reverse("customers")
    report = open_report(reader, path)
    start = CustomersPage(
        period=header.period(report.state, path),
        freshness=freshness_of(reader),
        form_url=path,
        notices=header.notices(reader, report.sources, counts, path),
        hidden=header.hidden(report.state, "sort"),
        empty=report.empty,
    )
    if report.empty is not None:
        return start
    found, state = matrix.customers_of(report.state.view, report.currency, report.state)
    table = matrix.build_matrix(reader, state, report.currency, found, path)
    return replace(
        start,
        tabs=header.tabs(state, path, report.totals, report.currency, reader.company.currency),
        sorts=matrix.sorts(state),
        exports=exports(reader, state, report.currency),
        announcement=matrix.announcement(table, reader.locale),
        includes_settled=state.with_settled,
        settled_url=state.url(path, with_settled=not state.with_settled),
        matrix=table,
    )


def _measures(reader: Reader, state: State, currency: str) -> tuple[Measure, ...]:
    """Of days that have come: nobody has sold or collected anything yet on a day to come."""
    return build_measures(state.view, currency, reader.locale) if state.as_of <= state.today else ()


def exports(reader: Reader, state: State, currency: str) -> tuple[Link, ...]:
    """The same filters as the screen; the currency is named, because a file outlives what is usual."""
    if not reader.may(May.EXPORT):
        return ()
    customers = state.url(reverse("export-customers"), currency=currency)
    invoices = state.elsewhere(reverse("export-invoices"), currency=currency)
    return (Link("CSV, customers", customers), Link("CSV, all open documents", invoices))


def _trend_days(as_of: date) -> tuple[date, ...]:
    """The last twelve month ends up to the day."""
    return month_ends(as_of if as_of == month_end(as_of) else month_end_before(as_of), MONTHS)


def _balance(totals: BucketTotals, trend: Mapping[date, BucketTotals], as_of: date) -> Balance:
    before = month_end_before(as_of)
    earlier = trend[before].net if before in trend else 0
    return Balance(
        net=totals.net,
        gross=totals.gross,
        unapplied=totals.unapplied,
        past_due=totals.past_due,
        past_due_share=share(totals.past_due, totals.gross),
        change=share(totals.net - earlier, abs(earlier)),
        compared_with=before if earlier else None,
    )


def _current(totals: BucketTotals, due: FallingDue) -> CurrentSplit:
    first = next(iter(totals.buckets.values()))
    return CurrentSplit(
        not_due=totals.not_due,
        late=first - totals.not_due,
        due_in_7_days=due.in_7_days,
        due_in_8_to_30_days=due.in_8_to_30_days,
        due_later=due.later,
    )


def _tiles(state: State, totals: BucketTotals, found: CustomerPage, path: str) -> tuple[BucketTile, ...]:
    return tuple(
        BucketTile(
            key=bucket.key,
            label=bucket.label if place == 0 else f"{bucket.label} days",
            title=scales.range_words(state.view, place),
            swatch=scales.tile_swatch(state.view, place),
            minor=totals.buckets[bucket.key],
            share=share(totals.buckets[bucket.key], totals.gross),
            customers=found.with_balance[bucket.key],
            url=state.url(path, bucket="" if state.bucket == bucket.key else bucket.key),
            is_pressed=state.bucket == bucket.key,
        )
        for place, bucket in enumerate(state.view.scheme.buckets)
    )


def _column(state: State, path: str, day: date, totals: BucketTotals) -> TrendColumn:
    return TrendColumn(
        day=day,
        amounts=scales.bar(totals),
        total=totals.gross,
        past_due_share=share(totals.past_due, totals.gross),
        url=state.url(path, as_of=day),
    )
