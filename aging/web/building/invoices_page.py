"""The documents behind a figure: filtered as the cell that led here, with what the whole selection adds up to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from accounts.roles import May
from aging.core.aging import BucketTotals
from aging.core.buckets import UNAPPLIED
from aging.queries.customer import get_customer
from aging.queries.documents import (
    DEFAULT_ORDER,
    ORDERS,
    DocumentFilter,
    DocumentRow,
    DocumentTotals,
    list_documents,
    totals_of_documents,
)
from aging.queries.standing import Counts, list_sources
from aging.queries.totals import totals_by_currency
from aging.web import formats
from aging.web.building import header, scales, wording
from aging.web.building.customer_page import document_url
from aging.web.building.empty import empty_ledger
from aging.web.building.matrix import customer_url, last_page, pager, sort_header
from aging.web.freshness import freshness_of
from aging.web.pages.common import Chip, Link, Option, SortHeader
from aging.web.pages.documents import InvoiceRow, InvoicesPage, InvoiceTotals, SelectFilter
from aging.web.reader import Reader
from aging.web.state import STATUSES, State

STATUS_WORDS = {"open": "Open", "settled": "Settled", "excluded": "Left out", "all": "Any status"}


@dataclass(frozen=True, slots=True)
class _Column:
    """`order` is its name in `ORDERS`, or empty; `upwards` says that the first click begins with the smallest."""

    key: str
    label: str
    order: str = ""
    is_numeric: bool = False
    upwards: bool = False


_COLUMNS = (
    _Column("number", "Number", "number", upwards=True),
    _Column("customer", "Customer", "customer", upwards=True),
    _Column("issued", "Issued", "issued"),
    _Column("due", "Due", "due", upwards=True),
    _Column("days", "Days late", "days", is_numeric=True),
    _Column("bucket", "Bucket"),
    _Column("currency", "Currency"),
    _Column("original", "Original", "total", is_numeric=True),
    _Column("paid", "Paid", is_numeric=True),
    _Column("credited", "Credited", is_numeric=True),
    _Column("open", "Open", "open", is_numeric=True),
    _Column("status", "Status", "status", upwards=True),
)


def orders(_bucket_count: int) -> frozenset[str]:
    return frozenset(ORDERS) - {DEFAULT_ORDER}


def wanted_of(state: State) -> DocumentFilter:
    return DocumentFilter(
        status=state.status,
        bucket=state.bucket,
        currency=state.currency,
        customer_id=state.customer,
        query=state.query,
    )


def build_invoices_page(reader: Reader, counts: Counts) -> InvoicesPage:
    path, sources = reverse("invoices"), list_sources()
    empty = empty_ledger(reader, sources, path)
    totals = totals_of_documents(reader.state.view, wanted_of(reader.state)) if empty is None else []
    count = sum(one.count for one in totals)
    state = replace(reader.state, page=min(reader.state.page, last_page(count, reader.state.size)))
    rows = (
        list_documents(
            state.view, wanted_of(state), order=state.sort or DEFAULT_ORDER, limit=state.size, offset=state.offset
        )
        if count
        else []
    )
    chips = tuple(_chips(state, path))
    return InvoicesPage(
        period=header.period(state, path),
        freshness=freshness_of(reader),
        form_url=path,
        headers=tuple(_header(state, path, column) for column in _COLUMNS),
        rows=tuple(_row(state, one) for one in rows),
        totals=tuple(_totals(one) for one in totals),
        pager=pager(state, path, shown=len(rows), total=count),
        query=state.query,
        filters=_filters(state, totals_by_currency(state.view)),
        hidden=header.hidden(state, "bucket", "ccy", "status"),
        chips=chips,
        clear_url=state.elsewhere(path) if chips else "",
        notices=header.notices(reader, sources, counts, path),
        exports=_exports(reader, state),
        announcement=_announcement(totals, reader.locale),
        empty=empty,
    )


def _header(state: State, path: str, column: _Column) -> SortHeader:
    if not column.order:
        return SortHeader(column.key, column.label, is_numeric=column.is_numeric)
    made = sort_header(
        state,
        path,
        column.order,
        column.label,
        default=DEFAULT_ORDER,
        is_numeric=column.is_numeric,
        upwards=column.upwards,
    )
    return replace(made, key=column.key)


def _row(state: State, one: DocumentRow) -> InvoiceRow:
    status, tone = wording.status_of(one, state.as_of)
    return InvoiceRow(
        id=str(one.id),
        number=wording.number_of(one.number, one.source_id),
        url=document_url(state, one.id),
        customer=one.customer_name or one.customer_source_id,
        customer_url=customer_url(state, one.customer_id),
        issued=one.issued_date,
        due=one.due_date,
        days_past_due=one.days_past_due,
        bucket=scales.label_of(state.view, one.bucket),
        swatch=scales.swatch_of(state.view, one.bucket, one.days_past_due),
        currency=one.currency,
        original=one.total_minor,
        paid=one.paid_minor,
        credited=one.credited_minor,
        open=one.open_minor,
        status=status,
        tone=tone,
        is_due_assumed=one.kind == "invoice" and one.due_date is None,
    )


def _totals(one: DocumentTotals) -> InvoiceTotals:
    return InvoiceTotals(one.currency, one.count, one.total_minor, one.paid_minor, one.credited_minor, one.open_minor)


def _filters(state: State, owed: Mapping[str, BucketTotals]) -> tuple[SelectFilter, ...]:
    numbered = [(str(place), one.key, one.label) for place, one in enumerate(state.view.scheme.buckets)]
    buckets = [("", "", "All buckets"), *numbered, (UNAPPLIED, UNAPPLIED, scales.UNAPPLIED_LABEL)]
    codes = sorted({*owed, *filter(None, [state.currency])})
    return (
        SelectFilter(
            "bucket", "Bucket", tuple(Option(value, words, state.bucket == key) for value, key, words in buckets)
        ),
        SelectFilter(
            "ccy",
            "Currency",
            (
                Option("", "All currencies", not state.currency),
                *(Option(code, code, state.currency == code) for code in codes),
            ),
        ),
        SelectFilter(
            "status", "Status", tuple(Option(name, STATUS_WORDS[name], state.status == name) for name in STATUSES)
        ),
    )


def _chips(state: State, path: str) -> Iterator[Chip]:
    if state.customer is not None:
        customer = get_customer(state.customer)
        name = customer.name or customer.source_id if customer else "not known"
        yield Chip(f"Customer: {name}", state.url(path, customer=None))
    if state.bucket:
        yield Chip(f"Bucket: {scales.label_of(state.view, state.bucket)}", state.url(path, bucket=""))
    if state.currency:
        yield Chip(f"Currency: {state.currency}", state.url(path, currency=""))
    if state.status != STATUSES[0]:
        yield Chip(f"Status: {STATUS_WORDS[state.status]}", state.url(path, status=STATUSES[0]))
    if state.query:
        yield Chip(f"Text: {state.query}", state.url(path, query=""))


def _exports(reader: Reader, state: State) -> tuple[Link, ...]:
    return (Link("CSV", state.url(reverse("export-invoices"))),) if reader.may(May.EXPORT) else ()


def _announcement(totals: Sequence[DocumentTotals], locale: str) -> str:
    count = formats.count(sum(one.count for one in totals), locale)
    sums = ", ".join(formats.money_sym(one.open_minor, one.currency, locale) for one in totals)
    return f"{count} documents, {sums} open" if sums else "No invoice matches."
