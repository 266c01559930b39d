"""Which money went back, and which invoices does that reopen?

A refund pays back first what the payment still held unapplied at the end of the ledger. Whatever it
exceeds that by was taken from invoices, so the payment's applications are reversed, the latest first, and
those invoices are owed again from the refund's date (R3). A bounced payment is the plain case: refunded
in full, it reduces nothing.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from aging.core.applications import Reduction
from aging.core.records import Document, DocumentKey, DocumentKind, Finding

_Piece = tuple[Reduction | None, int]


@dataclass(frozen=True, slots=True)
class PaidBack:
    """A refund that counts, with as much of it as its payment covers."""

    refund_id: str
    payment: Document
    effective_date: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a refund takes back of one application."""

    refund_id: str
    reduction: Reduction
    effective_date: date
    amount_minor: int

    @property
    def on_invoice_minor(self) -> int:
        return self.amount_minor if self.reduction.on_invoice_minor else 0


def build_reversals(
    by_key: Mapping[DocumentKey, Document], reductions: Iterable[Reduction]
) -> tuple[list[PaidBack], list[Reversal], list[Finding]]:
    """What every refund pays back and reverses; the refunds of one payment in the order of their dates."""
    refunds, findings = _refunds_by_payment(by_key)
    taken: dict[DocumentKey, list[Reduction]] = {key: [] for key in refunds}
    for reduction in reductions:
        if reduction.credit_key in taken:
            taken[reduction.credit_key].append(reduction)
    paid_back: list[PaidBack] = []
    reversals: list[Reversal] = []
    for key, of_payment in refunds.items():
        pieces = _pieces(by_key[key], taken[key])
        for refund in sorted(of_payment, key=lambda one: (one.issued_date, one.source_id)):
            used = _take(pieces, abs(refund.total_minor))
            paid_back.append(_paid_back(refund, by_key[key], used))
            reversals.extend(_reversal(refund, reduction, amount) for reduction, amount in used if reduction)
            findings.extend(_surplus(refund, used))
    return paid_back, reversals, findings


def _refunds_by_payment(
    by_key: Mapping[DocumentKey, Document],
) -> tuple[dict[DocumentKey, list[Document]], list[Finding]]:
    refunds: dict[DocumentKey, list[Document]] = {}
    findings: list[Finding] = []
    for refund in by_key.values():
        if refund.kind is not DocumentKind.REFUND or not refund.counts:
            continue
        payment = by_key.get(DocumentKey(DocumentKind.PAYMENT, refund.refunded_payment_id))
        if payment is None or not payment.counts:
            findings.append(_on_refund("refund_without_payment", refund, refund.total_minor))
        elif payment.currency != refund.currency:
            findings.append(_on_refund("refund_currency_mismatch", refund, refund.total_minor))
        else:
            refunds.setdefault(payment.key, []).append(refund)
    return refunds, findings


def _pieces(payment: Document, taken: list[Reduction]) -> deque[_Piece]:
    """The payment's money in the order in which it goes back: what is unapplied, then the latest applied."""
    unapplied = abs(payment.total_minor) - sum(reduction.on_credit_minor for reduction in taken)
    latest_first = sorted(taken, key=lambda one: (one.effective_date, one.invoice.source_id), reverse=True)
    return deque([(None, unapplied), *((one, one.on_credit_minor) for one in latest_first)])


def _take(pieces: deque[_Piece], wanted: int) -> list[_Piece]:
    used: list[_Piece] = []
    while wanted and pieces:
        source, available = pieces.popleft()
        amount = min(wanted, available)
        wanted -= amount
        used.append((source, amount))
        if amount < available:
            pieces.appendleft((source, available - amount))
    return used


def _paid_back(refund: Document, payment: Document, used: list[_Piece]) -> PaidBack:
    effective = max(refund.issued_date, payment.issued_date)
    return PaidBack(refund.source_id, payment, effective, sum(amount for _, amount in used))


def _reversal(refund: Document, reduction: Reduction, amount: int) -> Reversal:
    effective = max(refund.issued_date, reduction.effective_date)
    return Reversal(refund.source_id, reduction, effective, amount)


def _surplus(refund: Document, used: list[_Piece]) -> list[Finding]:
    surplus = abs(refund.total_minor) - sum(amount for _, amount in used)
    return [_on_refund("refund_above_payment", refund, surplus)] if surplus else []


def _on_refund(code: str, refund: Document, amount_minor: int) -> Finding:
    return Finding(
        code,
        refund.kind.value,
        refund.source_id,
        detail=f"of payment {refund.refunded_payment_id}" if refund.refunded_payment_id else "",
        amount_minor=abs(amount_minor),
        currency=refund.currency,
    )
