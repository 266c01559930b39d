"""The aging document: the product's figures as one stable structure, the same from the command line and the API."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from aging.core.aging import BucketTotals
from aging.core.money import plain
from aging.queries.customers import CustomerRow, list_customers
from aging.queries.documents import DocumentFilter, DocumentRow, list_documents
from aging.queries.settings import View
from aging.queries.totals import totals_by_currency

DETAILS = ("totals", "customers", "invoices")


def aging_document(
    view: View, *, tenant: str, timezone: str, synced_at: datetime | None, currency: str, detail: str
) -> dict[str, Any]:
    """Everything at once, unpaged. `currency` empty means all; each level of detail contains the ones before it."""
    totals = {code: one for code, one in totals_by_currency(view).items() if currency in ("", code)}
    customers = list_customers(view, currency=currency) if detail != "totals" else []
    wanted = DocumentFilter(currency=currency)
    invoices = list_documents(view, wanted) if detail == "invoices" else []
    document = document_head(view, tenant=tenant, timezone=timezone, synced_at=synced_at)
    document["currencies"] = [
        currency_part(code, one, customers=customers, invoices=invoices, detail=detail) for code, one in totals.items()
    ]
    return document


def document_head(view: View, *, tenant: str, timezone: str, synced_at: datetime | None) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "as_of": view.as_of.isoformat(),
        "basis": view.basis,
        "timezone": timezone,
        "synced_at": synced_at.isoformat() if synced_at else None,
        "buckets": [
            {"key": bucket.key, "label": bucket.label, "from": bucket.lower, "to": bucket.upper}
            for bucket in view.scheme.buckets
        ],
    }


def currency_part(
    currency: str,
    totals: BucketTotals,
    *,
    customers: Sequence[CustomerRow],
    invoices: Sequence[DocumentRow],
    detail: str,
) -> dict[str, Any]:
    part: dict[str, Any] = {"currency": currency, "totals": totals_part(totals, currency)}
    if detail != "totals":
        part["customers"] = [customer_part(one) for one in customers if one.currency == currency]
    if detail == "invoices":
        part["invoices"] = [invoice_part(one) for one in invoices if one.currency == currency]
    return part


def totals_part(totals: BucketTotals, currency: str) -> dict[str, Any]:
    return {
        "buckets": {key: plain(amount, currency) for key, amount in totals.buckets.items()},
        "gross": plain(totals.gross, currency),
        "unapplied": plain(totals.unapplied, currency),
        "net": plain(totals.net, currency),
        "not_due": plain(totals.not_due, currency),
        "past_due": plain(totals.past_due, currency),
    }


def customer_part(row: CustomerRow) -> dict[str, Any]:
    return {"customer_id": row.source_id, "name": row.name, **totals_part(row.totals, row.currency)}


def invoice_part(row: DocumentRow) -> dict[str, Any]:
    return {
        "invoice_id": row.source_id,
        "number": row.number,
        "customer_id": row.customer_source_id,
        "kind": row.kind,
        "issued": row.issued_date.isoformat(),
        "due": _iso(row.due_date),
        "total": plain(row.total_minor, row.currency),
        "outstanding": plain(row.open_minor, row.currency),
        "days_past_due": row.days_past_due,
        "bucket": row.bucket,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
