"""What was owed on any day, written down as dated entries?

Every document that counts opens with its total, and everything that changes what is open of it is an
entry with a date (R3). The open amount on any day is the sum of the entries up to that day, so the past
is as easy to ask for as today. Entries are signed as receivables: an invoice adds, a credit memo or a
payment takes away, and an application moves an amount from one to the other on one and the same day (R4).

The source's balance rules where a document ends (S5): what its applications leave unexplained becomes one
entry of its own, marked as inferred, instead of a silent correction. Keeping snapshots of balances was
the alternative; it cannot answer for a day on which nobody looked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from aging.core.applications import Reduction, build_reductions, resolve_applications
from aging.core.contradictions import list_contradictions
from aging.core.memos import keep_one_of_each_memo
from aging.core.records import (
    Application,
    Customer,
    Document,
    DocumentKey,
    DocumentKind,
    Finding,
)
from aging.core.refunds import PaidBack, Reversal, build_reversals

__all__ = [
    "DuplicateDocument",
    "Entry",
    "EntryKind",
    "Ledger",
    "build_entries",
    "build_ledger",
    "resolve_applications",
]

SETTLED_STATUSES = frozenset({"PAID", "REFUNDED"})


class EntryKind(StrEnum):
    ISSUED = "issued"
    PAYMENT = "payment"
    CREDIT = "credit"
    ADJUSTMENT = "adjustment"
    REFUND = "refund"
    REVERSAL = "reversal"


class DuplicateDocument(ValueError):
    """Two documents carry one kind and id; only credit memos may, and build_ledger keeps one of each."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of what is open of one document. `counterpart_id` names the other end of an application."""

    document: DocumentKey
    customer_id: str
    currency: str
    effective_date: date
    amount_minor: int
    entry_kind: EntryKind
    counterpart_id: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    documents: Mapping[DocumentKey, Document]
    entries: Mapping[DocumentKey, tuple[Entry, ...]]
    findings: tuple[Finding, ...]

    def open_minor(self, key: DocumentKey, *, as_of: date) -> int:
        """What is open of the document at the end of the day, credits negative (R3)."""
        return sum(entry.amount_minor for entry in self.entries[key] if entry.effective_date <= as_of)


def build_ledger(
    customers: Iterable[Customer], documents: Iterable[Document], applications: Iterable[Application]
) -> Ledger:
    """The whole ledger of a tenant, with every contradiction found on the way (S1 to S6)."""
    kept, claims, findings = keep_one_of_each_memo(documents, applications)
    by_key = _index(kept)
    entries, problems = _post(by_key, claims)
    findings += problems
    findings += list_contradictions(customers, by_key.values())
    findings.sort(key=_finding_order)
    return Ledger(by_key, _grouped(by_key, entries), tuple(findings))


def _finding_order(one: Finding) -> tuple[str, str, str, str, int]:
    return one.code, one.object_type, one.source_id, one.detail, one.amount_minor or 0


def build_entries(documents: Iterable[Document], applications: Iterable[Application]) -> list[Entry]:
    """The entries of documents that are given once each."""
    return _post(_index(documents), applications)[0]


def target_minor(document: Document, applied_minor: int) -> int:
    """What an invoice or credit memo must end on, as a positive amount of its own direction (S5).

    An invoice paid beyond its total ends below zero, as a credit (R7); a memo used beyond its total is used up.
    """
    if document.balance_minor is not None:
        return document.balance_minor
    if document.status in SETTLED_STATUSES:
        return 0
    left = document.total_minor - max(applied_minor, document.paid_minor or 0)
    return left if document.kind is DocumentKind.INVOICE else max(left, 0)


def _index(documents: Iterable[Document]) -> dict[DocumentKey, Document]:
    by_key: dict[DocumentKey, Document] = {}
    for document in documents:
        if by_key.setdefault(document.key, document) is not document:
            raise DuplicateDocument(f"{document.kind.value} {document.source_id} is given twice")
    return {key: _in_own_direction(document) for key, document in by_key.items()}


def _in_own_direction(document: Document) -> Document:
    """Sources disagree on the sign of credits: here a credit is positive. Invoices keep their sign."""
    if document.kind is DocumentKind.INVOICE:
        return document
    return replace(
        document,
        total_minor=abs(document.total_minor),
        balance_minor=None if document.balance_minor is None else abs(document.balance_minor),
        paid_minor=None if document.paid_minor is None else abs(document.paid_minor),
    )


def _post(
    by_key: Mapping[DocumentKey, Document], applications: Iterable[Application]
) -> tuple[list[Entry], list[Finding]]:
    resolved = resolve_applications(by_key.values(), applications)
    reductions, findings = build_reductions(by_key, resolved)
    paid_back, reversals, refund_findings = build_reversals(by_key, reductions)
    entries = [_entry(d, d.issued_date, d.total_minor, EntryKind.ISSUED) for d in _counting(by_key.values())]
    for reduction in reductions:
        entries += _reduction_entries(reduction)
    for reversal in reversals:
        entries += _reversal_entries(reversal)
    entries += [_refund_entry(one) for one in paid_back]
    entries = [entry for entry in entries if entry.amount_minor]
    adjustments, adjustment_findings = _adjust(by_key, entries)
    return entries + adjustments, findings + refund_findings + adjustment_findings


def _counting(documents: Iterable[Document]) -> list[Document]:
    return [one for one in documents if one.counts and one.kind is not DocumentKind.REFUND]


def _entry(document: Document, effective: date, own_minor: int, kind: EntryKind, counterpart_id: str = "") -> Entry:
    """`own_minor` counts in the document's own direction; the entry is signed as a receivable."""
    signed = own_minor if document.kind is DocumentKind.INVOICE else -own_minor
    return Entry(document.key, document.customer_id, document.currency, effective, signed, kind, counterpart_id)


def _reduction_entries(one: Reduction) -> list[Entry]:
    by_payment = one.credit_key.kind is DocumentKind.PAYMENT
    kind = EntryKind.PAYMENT if by_payment else EntryKind.CREDIT
    credit_id = one.credit_key.source_id
    entries = [_entry(one.invoice, one.effective_date, -one.on_invoice_minor, kind, credit_id)]
    if one.credit:
        invoice_id = one.invoice.source_id
        entries.append(_entry(one.credit, one.effective_date, -one.on_credit_minor, kind, invoice_id))
    return entries


def _reversal_entries(one: Reversal) -> list[Entry]:
    invoice, payment = one.reduction.invoice, one.reduction.credit
    assert payment is not None, "only a listed payment is refunded"
    on, kind = one.effective_date, EntryKind.REVERSAL
    return [
        _entry(invoice, on, one.on_invoice_minor, kind, payment.source_id),
        _entry(payment, on, one.amount_minor, kind, invoice.source_id),
    ]


def _refund_entry(one: PaidBack) -> Entry:
    return _entry(one.payment, one.effective_date, -one.amount_minor, EntryKind.REFUND, one.refund_id)


def _adjust(by_key: Mapping[DocumentKey, Document], entries: Iterable[Entry]) -> tuple[list[Entry], list[Finding]]:
    """One entry for each invoice or memo that its applications do not bring to its target (S5)."""
    posted = _grouped(by_key, entries)
    adjustments: list[Entry] = []
    findings: list[Finding] = []
    for key, document in by_key.items():
        if not document.counts or key.kind not in (DocumentKind.INVOICE, DocumentKind.CREDIT_MEMO):
            continue
        open_signed = sum(entry.amount_minor for entry in posted[key])
        open_own = open_signed if key.kind is DocumentKind.INVOICE else -open_signed
        applied = document.total_minor - open_own
        if applied > max(document.total_minor, 0):
            findings.append(_about("applications_above_total", document, applied - document.total_minor))
        target = target_minor(document, applied)
        if target != open_own:
            day = _adjustment_date(document, target, posted[key])
            adjustments.append(_entry(document, day, target - open_own, EntryKind.ADJUSTMENT))
            findings.append(_about("adjustment_inferred", document, target - open_own))
    return adjustments, findings


def _adjustment_date(document: Document, target: int, posted: Iterable[Entry]) -> date:
    if target == 0 and document.settled_date:
        known = document.settled_date
    elif document.updated_date:
        known = document.updated_date
    else:
        known = max((entry.effective_date for entry in posted), default=document.issued_date)
    return max(known, document.issued_date)


def _about(code: str, document: Document, amount_minor: int) -> Finding:
    return Finding(
        code,
        document.kind.value,
        document.source_id,
        detail=document.number,
        amount_minor=amount_minor,
        currency=document.currency,
    )


def _grouped(by_key: Mapping[DocumentKey, Document], entries: Iterable[Entry]) -> dict[DocumentKey, tuple[Entry, ...]]:
    """Entries by document, each document's in the order of their dates."""
    grouped: dict[DocumentKey, list[Entry]] = {key: [] for key in by_key}
    for entry in entries:
        grouped[entry.document].append(entry)
    return {key: tuple(sorted(group, key=lambda entry: entry.effective_date)) for key, group in grouped.items()}
