"""Which documents make up a figure, and how did each come to be what it is?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aging.core.buckets import UNAPPLIED
from aging.queries import scripts
from aging.queries.settings import View

STATUSES = ("open", "settled", "excluded", "all")
ORDERS: Mapping[str, str] = {
    f"{sign}{key}": f"{column} {direction}, document_id"
    for key, column in (
        ("number", "number"),
        ("customer", "lower(customer_name)"),
        ("issued", "issued_date"),
        ("due", "due_date"),
        ("days", "days_past_due"),
        ("total", "total_minor"),
        ("open", "open_minor"),
        ("status", "status"),
    )
    for sign, direction in (("", "ASC NULLS FIRST"), ("-", "DESC NULLS LAST"))
}
DEFAULT_ORDER = "-days"


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents. `bucket` is a key of the scheme, "unapplied" or empty; the rest is empty or None for any."""

    status: str = "open"
    bucket: str = ""
    currency: str = ""
    customer_id: int | None = None
    kind: str = ""
    query: str = ""
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document on a day. Amounts are minor units; credits have a negative `open_minor` and no `days_past_due`.

    `paid_minor` and `credited_minor` are what payments (with refunds taken back) and credits took off by that day, and
    `adjusted_minor` what was inferred from the source's balance; original − paid − credited + adjusted = open.
    """

    id: int
    source_id: str
    kind: str
    number: str
    connection_id: int
    customer_id: int
    customer_source_id: str
    customer_name: str
    currency: str
    issued_date: date
    due_date: date | None
    status: str
    counts: bool
    is_pending: bool
    is_deleted: bool
    twin_of: str
    total_minor: int
    open_minor: int
    paid_minor: int
    credited_minor: int
    adjusted_minor: int
    days_past_due: int | None
    bucket: str


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    currency: str
    count: int
    total_minor: int
    paid_minor: int
    credited_minor: int
    adjusted_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A ledger entry with the open amount after it. `counterpart_*` name the other end of an application."""

    effective_date: date
    entry_kind: str
    amount_minor: int
    balance_minor: int
    counterpart_id: int | None
    counterpart_kind: str
    counterpart_number: str
    counterpart_source_id: str


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One movement on a customer's account, in its own currency, with the account's balance after it."""

    effective_date: date
    entry_kind: str
    document_id: int
    document_kind: str
    document_number: str
    document_source_id: str
    currency: str
    amount_minor: int
    balance_minor: int


def list_documents(
    view: View, wanted: DocumentFilter, *, order: str = DEFAULT_ORDER, limit: int | None = None, offset: int = 0
) -> list[DocumentRow]:
    """Documents as of the view's day. Without `limit`, all of them."""
    parameters = {**_parameters(view, wanted), "limit": limit, "offset": offset, "document": None}
    return [_row(one, view) for one in scripts.rows("document_list", parameters, order=ORDERS[order])]


def totals_of_documents(view: View, wanted: DocumentFilter) -> list[DocumentTotals]:
    """What all matching documents add up to, per currency."""
    found = scripts.rows("document_totals", {**_parameters(view, wanted), "document": None})
    return [DocumentTotals(**{name: _whole(value) for name, value in one.items()}) for one in found]


def get_document(view: View, document_id: int) -> DocumentRow | None:
    wanted = DocumentFilter(status="all")
    parameters = {**_parameters(view, wanted), "limit": 1, "offset": 0, "document": document_id}
    found = scripts.rows("document_list", parameters, order=ORDERS[DEFAULT_ORDER])
    return _row(found[0], view) if found else None


def entries_of_document(document_id: int) -> list[EntryRow]:
    return [EntryRow(**one) for one in scripts.rows("document_entries", {"document": document_id})]


def movements_of_customer(customer_id: int, *, until: date) -> list[MovementRow]:
    """A customer's account, oldest first; its last balances are the statement's of `until`."""
    found = scripts.rows("customer_movements", {"customer": customer_id, "until": until})
    return [MovementRow(**{name: _whole(value) for name, value in one.items()}) for one in found]


def _parameters(view: View, wanted: DocumentFilter) -> dict[str, Any]:
    keys = view.scheme.keys
    bucket = None if not wanted.bucket else -1 if wanted.bucket == UNAPPLIED else keys.index(wanted.bucket)
    return {
        **view.parameters,
        "status": wanted.status,
        "bucket": bucket,
        "currency": wanted.currency or None,
        "customer": wanted.customer_id,
        "kind": wanted.kind or None,
        "query": scripts.like(wanted.query),
        "late": wanted.is_late,
    }


def _row(one: dict[str, Any], view: View) -> DocumentRow:
    bucket = one.pop("bucket")
    days = one.pop("days_past_due")
    named = "" if bucket is None else UNAPPLIED if bucket < 0 else view.scheme.keys[bucket]
    return DocumentRow(
        id=one.pop("document_id"),
        bucket=named,
        days_past_due=None if named in ("", UNAPPLIED) else days,
        **{name: _whole(value) for name, value in one.items()},
    )


def _whole(value: Any) -> Any:
    """PostgreSQL sums bigints as numeric; amounts are whole numbers here."""
    return int(value) if hasattr(value, "as_integer_ratio") and not isinstance(value, bool) else value
