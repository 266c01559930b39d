"""Short ways to say a document, a claim or a whole ledger, for tests that are about one rule."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from aging.core.aging import AgingReport, age
from aging.core.buckets import DEFAULT_SCHEME
from aging.core.ledger import Entry, Ledger, build_ledger
from aging.core.records import Application, Customer, Document, DocumentKey, DocumentKind, Door

ACME = Customer("ACME", "Acme")


def day(text: str) -> date:
    """`06-30` is 30 June 2025, the year in which these tests live."""
    return date.fromisoformat(text if len(text) == 10 else f"2025-{text}")


def _document(
    kind: DocumentKind, source_id: str, total: int, issued: str, days: Iterable[str], **given: Any
) -> Document:
    stated = {name: given.pop(name) for name in days if name in given}
    dates = {f"{name}_date": day(text) for name, text in stated.items() if text}
    given = {"customer_id": "ACME", "currency": "USD"} | given
    return Document(kind, source_id, total_minor=total, issued_date=day(issued), **dates, **given)


_DAYS = ("due", "settled", "updated")


def invoice(source_id: str = "A", total: int = 10_000, issued: str = "03-01", **given: Any) -> Document:
    return _document(DocumentKind.INVOICE, source_id, total, issued, _DAYS, **({"due": "03-31"} | given))


def memo(source_id: str = "K", total: int = 8_000, issued: str = "04-01", **given: Any) -> Document:
    return _document(DocumentKind.CREDIT_MEMO, source_id, total, issued, _DAYS, **given)


def payment(source_id: str = "P", total: int = 10_000, issued: str = "04-10", **given: Any) -> Document:
    return _document(DocumentKind.PAYMENT, source_id, total, issued, _DAYS, **given)


def refund(of: str = "P", total: int = 10_000, issued: str = "04-20", **given: Any) -> Document:
    given = {"source_id": "R", "refunded_payment_id": of} | given
    return _document(DocumentKind.REFUND, given.pop("source_id"), total, issued, _DAYS, **given)


def claim(
    credit: str = "P",
    target: str = "A",
    amount: int = 10_000,
    door: Door = Door.PAYMENT_ALLOCATIONS,
    **given: Any,
) -> Application:
    by_memo = door in (Door.CREDIT_APPLICATIONS, Door.CREDIT_INVOICE_ID)
    kind = DocumentKind.CREDIT_MEMO if by_memo else DocumentKind.PAYMENT
    applied = {"applied_date": day(given.pop("applied"))} if "applied" in given else {}
    return Application(door, kind, credit, target, amount, given.pop("currency", "USD"), **applied)


def ledger(*parts: Document | Application, customers: Iterable[Customer] = (ACME,)) -> Ledger:
    documents = [part for part in parts if isinstance(part, Document)]
    return build_ledger(customers, documents, [part for part in parts if isinstance(part, Application)])


def report(*parts: Document | Application, as_of: str = "06-30", **options: Any) -> AgingReport:
    options = {"basis": "due", "scheme": DEFAULT_SCHEME} | options
    return age(ledger(*parts), as_of=day(as_of), **options)


def open_minor(built: Ledger, source_id: str, on: str = "12-31") -> int:
    (key,) = [key for key in built.documents if key.source_id == source_id]
    return built.open_minor(key, as_of=day(on))


def entries_of(built: Ledger, source_id: str) -> list[tuple[str, str, int]]:
    """Kind, month and day, amount: enough to read a history at a glance."""
    (key,) = [key for key in built.documents if key.source_id == source_id]
    return [_told(entry) for entry in built.entries[key]]


def _told(entry: Entry) -> tuple[str, str, int]:
    return entry.entry_kind.value, entry.effective_date.isoformat()[5:], entry.amount_minor


def codes(built: Ledger) -> dict[str, list[str]]:
    """The findings: which documents each code names."""
    found: dict[str, list[str]] = {}
    for finding in built.findings:
        found.setdefault(finding.code, []).append(finding.source_id)
    return found


def invoice_key(source_id: str) -> DocumentKey:
    return DocumentKey(DocumentKind.INVOICE, source_id)
