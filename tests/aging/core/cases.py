"""From the worked cases in tests/data to the ledger's records, and from a report back to the cases' words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aging.core.aging import AgedPart, AgedRow, AgingReport, BucketTotals, Schedules, age
from aging.core.buckets import DEFAULT_SCHEME, BucketScheme
from aging.core.dates import calendar_date
from aging.core.instalments import Instalment
from aging.core.ledger import build_ledger
from aging.core.money import plain, to_minor
from aging.core.records import Application, Customer, Document, DocumentKey, DocumentKind, Door

Case = dict[str, Any]
CASES: list[Case] = json.loads(
    (Path(__file__).parents[2] / "data" / "aging-cases-sample.json").read_text(encoding="utf-8")
)["cases"]

_STATUS = {"open": "AUTHORIZED", "draft": "DRAFT", "void": "VOIDED", "deleted": "DELETED"}
_NOT_COUNTED = {"DRAFT", "VOIDED", "DELETED"}


@dataclass(frozen=True)
class CaseRecords:
    customers: list[Customer]
    documents: list[Document]
    applications: list[Application]
    schedules: Schedules


def read_case(case: Case) -> CaseRecords:
    tz = ZoneInfo(case["options"].get("timezone", "UTC"))
    invoices, payments = case["invoices"], case["payments"]
    documents = [_receivable(row, tz) for row in invoices]
    documents += [_cash(row, tz) for row in payments]
    documents += [_reversal(row, tz) for row in payments if row.get("reversed_on")]
    applications = [
        _application(row, applied, DocumentKind.CREDIT_MEMO, Door.CREDIT_APPLICATIONS, tz)
        for row in invoices
        for applied in row.get("applied_to", ())
    ]
    applications += [
        _application(row, applied, DocumentKind.PAYMENT, Door.PAYMENT_ALLOCATIONS, tz)
        for row in payments
        for applied in row["applied_to"]
    ]
    return CaseRecords(_customers(case), documents, applications, _schedules(invoices, tz))


def age_case(case: Case) -> AgingReport:
    records = read_case(case)
    options = case["options"]
    return age(
        build_ledger(records.customers, records.documents, records.applications),
        as_of=date.fromisoformat(case["as_of"]),
        basis=options["basis"],
        scheme=_scheme(options["buckets"]),
        credits=options.get("credits", "separate"),
        schedules=records.schedules,
    )


def told_row(row: AgedRow, currency: str) -> dict[str, Any]:
    told = _told_part(AgedPart(row.outstanding_minor, row.days_past_due, row.bucket), currency)
    if row.bucket == "split":
        told["schedule"] = [_told_part(part, currency) for part in row.parts]
    return told


def told_totals(totals: Mapping[str, BucketTotals]) -> dict[str, dict[str, str]]:
    return {currency: _told_total(total, currency) for currency, total in totals.items()}


def expected_totals(totals: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Without `disputed`, which no record of the source carries."""
    return {
        currency: {name: amount for name, amount in columns.items() if name != "disputed"}
        for currency, columns in totals.items()
    }


def _told_part(part: AgedPart, currency: str) -> dict[str, Any]:
    outstanding = plain(part.outstanding_minor, currency)
    return {"outstanding": outstanding, "days_past_due": part.days_past_due, "bucket": part.bucket}


def _told_total(total: BucketTotals, currency: str) -> dict[str, str]:
    columns = dict(total.buckets)
    columns |= {name: getattr(total, name) for name in ("gross", "unapplied", "net", "not_due", "past_due")}
    return {name: plain(amount, currency) for name, amount in columns.items()}


def _minor(amount: str, currency: str) -> int:
    minor, was_finer = to_minor(Decimal(amount), currency)
    assert not was_finer
    return minor


def _customers(case: Case) -> list[Customer]:
    listed = {row["id"]: row.get("parent", "") for row in case.get("customers", ())}
    named = {row["customer"]: "" for row in [*case["invoices"], *case["payments"]]}
    return [Customer(customer_id, customer_id, parent_id=parent) for customer_id, parent in (named | listed).items()]


def _receivable(row: Case, tz: ZoneInfo) -> Document:
    status = _STATUS[row["status"]]
    return Document(
        DocumentKind(row["kind"]),
        row["id"],
        row["customer"],
        row["currency"],
        issued_date=calendar_date(row["issued"], tz),
        total_minor=_minor(row["total"], row["currency"]),
        due_date=calendar_date(row["due"], tz) if row["due"] else None,
        status=status,
        counts=status not in _NOT_COUNTED,
    )


def _cash(row: Case, tz: ZoneInfo) -> Document:
    """Write-offs and discounts reduce an invoice as money does."""
    return Document(
        DocumentKind.PAYMENT,
        row["id"],
        row["customer"],
        row["currency"],
        issued_date=calendar_date(row["date"], tz),
        total_minor=_minor(row["amount"], row["currency"]),
    )


def _reversal(row: Case, tz: ZoneInfo) -> Document:
    return Document(
        DocumentKind.REFUND,
        f"{row['id']}-reversed",
        row["customer"],
        row["currency"],
        issued_date=calendar_date(row["reversed_on"], tz),
        total_minor=_minor(row["amount"], row["currency"]),
        refunded_payment_id=row["id"],
    )


def _application(row: Case, applied: Case, kind: DocumentKind, door: Door, tz: ZoneInfo) -> Application:
    amount = _minor(applied["amount"], row["currency"])
    on = calendar_date(applied["date"], tz) if applied.get("date") else None
    return Application(door, kind, row["id"], applied["invoice"], amount, row["currency"], on)


def _schedules(invoices: list[Case], tz: ZoneInfo) -> Schedules:
    return {
        DocumentKey(DocumentKind.INVOICE, row["id"]): [
            Instalment(calendar_date(part["due"], tz), _minor(part["amount"], row["currency"]))
            for part in row["schedule"]
        ]
        for row in invoices
        if row.get("schedule")
    }


def _scheme(buckets: str | list[dict[str, Any]]) -> BucketScheme:
    if isinstance(buckets, str):
        assert buckets == "default"
        return DEFAULT_SCHEME
    return BucketScheme.from_edges(bucket["to"] for bucket in buckets if "to" in bucket)
