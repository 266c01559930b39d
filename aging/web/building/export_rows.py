"""The lines of the exported tables: first what the file is, then its rows, then what they add up to."""

from collections.abc import Iterator
from datetime import date

from aging.core.aging import BucketTotals
from aging.core.money import plain
from aging.queries.customers import DEFAULT_ORDER, page_of_customers
from aging.queries.documents import DEFAULT_ORDER as DOCUMENT_ORDER
from aging.queries.documents import list_documents
from aging.queries.settled import list_settled
from aging.web.building import scales, wording
from aging.web.building.invoices_page import STATUS_WORDS, wanted_of
from aging.web.reader import Reader
from aging.web.state import State

EVERYTHING = 10**9
Line = list[object]


class Figure(str):
    """A number written out, whose minus is a minus and not the beginning of a formula."""


def figure(minor: int, currency: str) -> Figure:
    return Figure(plain(minor, currency))


def customer_lines(reader: Reader, state: State, currency: str) -> list[Line]:
    view = state.view
    found = page_of_customers(
        view,
        currency,
        bucket=state.bucket,
        query=state.query,
        order=state.sort or DEFAULT_ORDER,
        limit=EVERYTHING,
        offset=0,
    )
    lines = [*_head(reader, state, "Aged receivables by customer", currency)]
    labels = [bucket.label for bucket in view.scheme.buckets]
    lines.append(
        ["Customer", "Customer id", "Source", *labels, "Open invoices", "Unapplied", "Net", "Past due", "Oldest days"]
    )
    names = {one.pk: one.integration_name for one in reader.connections}
    for row in found.rows:
        amounts = _amounts(row.totals, currency)
        lines.append([row.name, row.source_id, names.get(row.connection_id, ""), *amounts, row.oldest_days])
    if state.with_settled and not state.bucket:
        nothing = [figure(0, currency)] * (len(labels) + 4)
        for one in list_settled(as_of=state.as_of, query=state.query, limit=EVERYTHING, offset=0):
            lines.append([one.name, one.source_id, names.get(one.connection_id, ""), *nothing, ""])
    lines.append(["Total", "", "", *_amounts(found.sums, currency), ""])
    return lines


def _amounts(totals: BucketTotals, currency: str) -> list[Figure]:
    amounts = (*totals.buckets.values(), totals.gross, totals.unapplied, totals.net, totals.past_due)
    return [figure(amount, currency) for amount in amounts]


def document_lines(reader: Reader) -> list[Line]:
    state, view = reader.state, reader.state.view
    lines = [*_head(reader, state, "Receivables by document", state.currency or "all, each in its own")]
    columns = (
        "Number,Id,Kind,Customer,Customer id,Source,Issued,Due,Days past due,Bucket,Currency,Original,Paid,Credited"
    )
    lines.append([*columns.split(","), "Adjusted", "Open", "Status"])
    names = {one.pk: one.integration_name for one in reader.connections}
    for one in list_documents(view, wanted_of(state), order=state.sort or DOCUMENT_ORDER):
        amounts = (one.total_minor, one.paid_minor, one.credited_minor, one.adjusted_minor, one.open_minor)
        lines.append(
            [
                one.number,
                one.source_id,
                wording.kind_words(one.kind),
                one.customer_name,
                one.customer_source_id,
                names.get(one.connection_id, ""),
                one.issued_date.isoformat(),
                _iso(one.due_date),
                one.days_past_due,
                scales.label_of(view, one.bucket),
                one.currency,
                *(figure(amount, one.currency) for amount in amounts),
                wording.status_of(one, state.as_of)[0],
            ]
        )
    return lines


def _head(reader: Reader, state: State, title: str, currency: str) -> Iterator[Line]:
    yield ["Company", reader.company.name]
    yield ["Report", title]
    yield ["As of", state.as_of.isoformat()]
    yield ["Aged by", scales.BASIS_WORDS[state.basis]]
    yield ["Currency", currency]
    yield ["Filters", "; ".join(_filters(state)) or "none"]
    yield []


def _filters(state: State) -> Iterator[str]:
    if state.bucket:
        yield f"bucket {scales.label_of(state.view, state.bucket)}"
    if state.customer is not None:
        yield f"customer {state.customer}"
    if state.status != "open":
        yield f"status {STATUS_WORDS[state.status]}"
    if state.query:
        yield f"text {state.query}"
    if state.with_settled:
        yield "with customers who owe nothing"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
