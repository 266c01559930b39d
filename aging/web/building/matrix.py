"""The table of customers by age: the same on the aging report and on the page of customers."""

from dataclasses import replace

from django.urls import reverse

from aging.queries.customers import DEFAULT_ORDER, ORDERS, CustomerPage, CustomerRow, page_of_customers
from aging.queries.settings import View
from aging.queries.settled import SettledCustomer, count_settled, list_settled
from aging.web import formats
from aging.web.building import scales
from aging.web.pages.common import Option, Pager, SortHeader
from aging.web.pages.report import Cell, Matrix, MatrixRow, MatrixTotals
from aging.web.reader import Reader
from aging.web.state import PAGE_SIZES, State

_SORTED_UPWARDS = frozenset({"name", "unapplied"})
_PHONE_SORTS = {
    DEFAULT_ORDER: "Overdue first",
    "-total": "Largest first",
    "-oldest": "Oldest first",
    "name": "Name A–Z",
}


def orders(bucket_count: int) -> frozenset[str]:
    """What an address may sort by, without the default: a column for a bucket that is not there does not exist."""
    beyond = {f"{sign}b{place}" for sign in ("", "-") for place in range(bucket_count, len(ORDERS))}
    return frozenset(ORDERS) - beyond - {DEFAULT_ORDER}


def customers_of(view: View, currency: str, state: State) -> tuple[CustomerPage, State]:
    """The page asked for; past the end, the last one there is."""

    def asked(one: State) -> CustomerPage:
        order, bucket = one.sort or DEFAULT_ORDER, one.bucket if one.bucket in view.scheme.keys else ""
        return page_of_customers(
            view, currency, bucket=bucket, query=one.query, order=order, limit=one.size, offset=one.offset
        )

    found = asked(state)
    if not found.rows and found.matching and not state.with_settled:
        state = replace(state, page=last_page(found.matching, state.size))
        found = asked(state)
    return found, state


def last_page(total: int, size: int) -> int:
    return max((total + size - 1) // size, 1)


def build_matrix(reader: Reader, state: State, currency: str, found: CustomerPage, path: str) -> Matrix:
    view = state.view
    more = _settled(state, found)
    total = found.matching + more[1]
    rows = [_row(reader, state, one) for one in found.rows] + [_settled_row(reader, state, one) for one in more[0]]
    return Matrix(
        currency=currency,
        legend=scales.legend(view),
        headers=headers(state, path),
        rows=tuple(rows),
        totals=MatrixTotals(
            customers=total,
            amounts=tuple(found.sums.buckets.values()),
            unapplied=found.sums.unapplied,
            total=found.sums.net,
            past_due=found.sums.past_due,
        ),
        largest=found.largest_gross,
        pager=pager(state, path, shown=len(rows), total=total),
        of_customers=found.total + more[1],
        query=state.query,
        filter_note=_filter_note(state),
        clear_url=state.url(path, bucket="", query="") if state.bucket or state.query else "",
        empty_text=_empty_text(state),
    )


def _settled(state: State, found: CustomerPage) -> tuple[list[SettledCustomer], int]:
    """Customers who owe nothing follow after all who do; a bucket's filter leaves them out."""
    if not state.with_settled or state.bucket:
        return [], 0
    count = count_settled(as_of=state.as_of, query=state.query)
    room, first = state.size - len(found.rows), max(state.offset - found.matching, 0)
    rows = list_settled(as_of=state.as_of, query=state.query, limit=room, offset=first) if room else []
    return rows, count


def headers(state: State, path: str) -> tuple[SortHeader, ...]:
    buckets = [(f"b{place}", bucket.label) for place, bucket in enumerate(state.view.scheme.buckets)]
    rest = [("unapplied", "Unapplied"), ("total", "Total"), ("overdue", "Overdue"), ("oldest", "Oldest")]
    return tuple(
        sort_header(
            state, path, key, label, default=DEFAULT_ORDER, is_numeric=key != "name", upwards=key in _SORTED_UPWARDS
        )
        for key, label in [("name", "Customer"), *buckets, *rest]
    )


def sort_header(
    state: State, path: str, key: str, label: str, *, default: str, is_numeric: bool, upwards: bool
) -> SortHeader:
    """A second click turns the order round. Words and credits begin with the first, figures with the largest."""
    current = state.sort or default
    first, second = (key, f"-{key}") if upwards else (f"-{key}", key)
    wanted = second if current == first else first
    url = state.url(path, sort="" if wanted == default else wanted)
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    return SortHeader(key, label, url, direction, is_numeric)  # type: ignore[arg-type]  # one of the three words


def pager(state: State, path: str, *, shown: int, total: int) -> Pager:
    first = state.offset + 1 if shown else 0
    last = state.offset + shown
    largest = max(PAGE_SIZES.values())
    return Pager(
        first=first,
        last=last if shown else 0,
        total=total,
        previous_url=state.url(path, page=state.page - 1) if state.page > 1 else "",
        next_url=state.url(path, page=state.page + 1) if shown and last < total else "",
        all_url=state.url(path, size=largest) if shown < total and state.size < min(total, largest) else "",
    )


def sorts(state: State) -> tuple[Option, ...]:
    """For the phone, where there are no column headings to press."""
    current = state.sort or DEFAULT_ORDER
    words = dict(_PHONE_SORTS)
    words.setdefault(current, "As sorted now")
    return tuple(Option(value, label, value == current) for value, label in words.items())


def _row(reader: Reader, state: State, row: CustomerRow) -> MatrixRow:
    invoices = reverse("invoices")
    cells = tuple(
        Cell(amount, state.elsewhere(invoices, customer=row.id, bucket=key, currency=row.currency) if amount else "")
        for key, amount in row.totals.buckets.items()
    )
    oldest = row.oldest_days
    return MatrixRow(
        id=str(row.id),
        name=row.name or row.source_id,
        url=customer_url(state, row.id),
        cells=cells,
        bar=scales.bar(row.totals),
        unapplied=row.totals.unapplied,
        total=row.totals.net,
        past_due=row.totals.past_due,
        oldest_days=oldest,
        oldest_swatch="late" if oldest is None else scales.swatch_of_days(state.view, oldest),
        source=reader.source_name(row.connection_id),
    )


def _settled_row(reader: Reader, state: State, row: SettledCustomer) -> MatrixRow:
    count = len(state.view.scheme.keys)
    return MatrixRow(
        id=str(row.customer_id),
        name=row.name or row.source_id,
        url=customer_url(state, row.customer_id),
        cells=(Cell(0),) * count,
        bar=(0,) * (count + 1),
        unapplied=0,
        total=0,
        past_due=0,
        source=reader.source_name(row.connection_id),
    )


def customer_url(state: State, customer_id: int) -> str:
    return state.elsewhere(reverse("customer", args=[customer_id]))


def _filter_note(state: State) -> str:
    notes = []
    if state.bucket:
        notes.append(f"with a balance in {scales.label_of(state.view, state.bucket)}")
    if state.query:
        notes.append(f"matching “{state.query}”")
    return ", ".join(notes)


def _empty_text(state: State) -> str:
    if state.query:
        return f"No customer matches “{state.query}”."
    if state.bucket:
        return f"No customer has a balance in {scales.label_of(state.view, state.bucket)}."
    return "No customer owes anything."


def announcement(matrix: Matrix, locale: str) -> str:
    shown, of_all = formats.count(matrix.totals.customers, locale), formats.count(matrix.of_customers, locale)
    total = formats.money_sym(matrix.totals.total, matrix.currency, locale)
    return f"{shown} of {of_all} customers, total {total}"
