"""What does each payment or credit memo take off each invoice, and from which day?

A source tells the same application several times: on the payment, on the invoice, as a lone invoice id.
Claims are compared per pair of credit and invoice, and only those of the best door count (S4); comparing
amounts instead would drop two honest instalments of the same size. What remains becomes reductions: how
much the invoice loses, how much of the credit is used up, and when (R3, R4).

The two amounts can differ. A claim in another currency than the invoice's uses up the credit but leaves
the invoice alone, and a credit is never used beyond its own total: allocations that include a discount
would otherwise leave a payment that somebody owes us.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from aging.core.records import Application, Document, DocumentKey, DocumentKind, Door, Finding

_WHOLE_DOCUMENT_DOORS = frozenset({Door.PAYMENT_INVOICE_ID, Door.CREDIT_INVOICE_ID})


@dataclass(frozen=True, slots=True)
class Reduction:
    """One application as both its ends feel it. `credit` is None where the source lists no such document."""

    credit_key: DocumentKey
    credit: Document | None
    invoice: Document
    effective_date: date
    on_invoice_minor: int
    on_credit_minor: int


def resolve_applications(documents: Iterable[Document], applications: Iterable[Application]) -> list[Application]:
    """The claims that count: one door for each pair, and none of a payment or memo that does not count."""
    by_key = {document.key: document for document in documents}
    claims = [claim for claim in applications if _credit_counts(claim, by_key)]
    itemized = {_credit_key(claim) for claim in claims if claim.door not in _WHOLE_DOCUMENT_DOORS}
    best: dict[tuple[DocumentKey, str], Door] = {}
    for claim in claims:
        pair = (_credit_key(claim), claim.invoice_id)
        best[pair] = min(claim.door, best.get(pair, claim.door))
    return [
        claim
        for claim in claims
        if claim.amount_minor
        and claim.door == best[_credit_key(claim), claim.invoice_id]
        and not (claim.door in _WHOLE_DOCUMENT_DOORS and _credit_key(claim) in itemized)
    ]


def build_reductions(
    by_key: Mapping[DocumentKey, Document], resolved: Iterable[Application]
) -> tuple[list[Reduction], list[Finding]]:
    """Reductions in the order in which they take effect, and what was wrong with the claims behind them."""
    reductions: list[Reduction] = []
    findings: list[Finding] = []
    for claim in resolved:
        credit = by_key.get(_credit_key(claim))
        invoice = by_key.get(DocumentKey(DocumentKind.INVOICE, claim.invoice_id))
        problem = _problem(claim, credit, invoice)
        if problem:
            findings.append(_on_claim(problem, claim))
        if invoice and invoice.counts:
            reductions.append(_reduction(claim, credit, invoice))
    reductions.sort(key=_order)
    return _within_credits(reductions, findings), findings


def _credit_key(claim: Application) -> DocumentKey:
    return DocumentKey(claim.credit_kind, claim.credit_id)


def _credit_counts(claim: Application, by_key: Mapping[DocumentKey, Document]) -> bool:
    """A credit that the source does not list is taken at the invoice's word."""
    credit = by_key.get(_credit_key(claim))
    return credit is None or credit.counts


def _problem(claim: Application, credit: Document | None, invoice: Document | None) -> str:
    if invoice is None:
        return "application_to_missing_document"
    if not invoice.counts:
        return "application_to_uncounted_document"
    if claim.currency != invoice.currency or (credit and claim.currency != credit.currency):
        return "application_currency_mismatch"
    return ""


def _reduction(claim: Application, credit: Document | None, invoice: Document) -> Reduction:
    """Effective on the latest of the credit's date, the application's and the invoice's issue (R3)."""
    dates = [invoice.issued_date]
    if credit:
        dates.append(credit.issued_date)
    if claim.applied_date:
        dates.append(claim.applied_date)
    amount = abs(claim.amount_minor)
    return Reduction(
        credit_key=_credit_key(claim),
        credit=credit,
        invoice=invoice,
        effective_date=max(dates),
        on_invoice_minor=amount if claim.currency == invoice.currency else 0,
        on_credit_minor=amount if credit and claim.currency == credit.currency else 0,
    )


def _order(one: Reduction) -> tuple[date, DocumentKey, str, int, int]:
    """By day; within a day by what the claims say, so that the order of listing decides nothing."""
    return one.effective_date, one.credit_key, one.invoice.source_id, one.on_invoice_minor, one.on_credit_minor


def _within_credits(reductions: list[Reduction], findings: list[Finding]) -> list[Reduction]:
    """Stop using a credit when it is used up, and report the claims on what it does not hold."""
    left: dict[DocumentKey, int] = {}
    overdrawn: dict[DocumentKey, tuple[Document, int]] = {}
    within: list[Reduction] = []
    for reduction in reductions:
        credit = reduction.credit
        if credit is None or not reduction.on_credit_minor:
            within.append(reduction)
            continue
        available = left.get(credit.key, abs(credit.total_minor))
        used = min(available, reduction.on_credit_minor)
        left[credit.key] = available - used
        if used < reduction.on_credit_minor:
            missing = overdrawn.get(credit.key, (credit, 0))[1] + reduction.on_credit_minor - used
            overdrawn[credit.key] = (credit, missing)
        within.append(replace(reduction, on_credit_minor=used))
    findings.extend(_overdrawn(credit, missing) for credit, missing in overdrawn.values())
    return within


def _overdrawn(credit: Document, missing: int) -> Finding:
    return Finding(
        "applications_above_credit",
        credit.kind.value,
        credit.source_id,
        amount_minor=missing,
        currency=credit.currency,
    )


def _on_claim(code: str, claim: Application) -> Finding:
    return Finding(
        code,
        claim.credit_kind.value,
        claim.credit_id,
        detail=f"applied to invoice {claim.invoice_id}",
        amount_minor=abs(claim.amount_minor),
        currency=claim.currency,
    )
