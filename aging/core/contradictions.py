"""Which statements of the source contradict each other, seen from the documents alone?

Each is kept as it is and reported (S6). Contradictions that only show while the ledger is being written,
such as an application to a document that is gone, are reported where that happens.
"""

from collections import defaultdict
from collections.abc import Iterable

from aging.core.records import Customer, Document, DocumentKind, Finding

_NUMBERED = (DocumentKind.INVOICE, DocumentKind.CREDIT_MEMO)


def list_contradictions(customers: Iterable[Customer], documents: Iterable[Document]) -> list[Finding]:
    counting = [document for document in documents if document.counts]
    findings = [finding for document in counting for finding in _of_one_document(document)]
    findings += _missing_customers(customers, counting)
    findings += _duplicate_numbers(counting)
    return findings


def _of_one_document(document: Document) -> list[Finding]:
    findings: list[Finding] = []
    if document.kind in _NUMBERED and document.status == "PAID" and (document.balance_minor or 0) > 0:
        findings.append(_finding("paid_with_balance", document, amount_minor=document.balance_minor))
    if document.kind is not DocumentKind.INVOICE:
        return findings
    if document.due_date is None:
        findings.append(_finding("no_due_date", document))
    elif document.due_date < document.issued_date:
        dates = f"issued {document.issued_date.isoformat()}, due {document.due_date.isoformat()}"
        findings.append(_finding("due_before_issue", document, detail=dates))
    if document.total_minor < 0:
        findings.append(_finding("negative_total", document, amount_minor=document.total_minor))
    return findings


def _missing_customers(customers: Iterable[Customer], documents: Iterable[Document]) -> list[Finding]:
    known = {customer.source_id for customer in customers}
    return [
        _finding("customer_missing", document, detail=document.customer_id or "the document names none")
        for document in documents
        if document.kind is not DocumentKind.REFUND and document.customer_id not in known
    ]


def _duplicate_numbers(documents: Iterable[Document]) -> list[Finding]:
    """Payments are left out: their number is the payer's reference, which may well repeat."""
    same: defaultdict[tuple[DocumentKind, str], list[Document]] = defaultdict(list)
    for document in documents:
        if document.number and document.kind in _NUMBERED:
            same[document.kind, document.number].append(document)
    return [
        _finding("duplicate_number", document, detail=f"{document.number}, {len(group)} times")
        for group in same.values()
        if len(group) > 1
        for document in group
    ]


def _finding(code: str, document: Document, *, detail: str = "", amount_minor: int | None = None) -> Finding:
    return Finding(
        code,
        document.kind.value,
        document.source_id,
        detail=detail or document.number,
        amount_minor=amount_minor,
        currency=document.currency if amount_minor is not None else "",
    )
