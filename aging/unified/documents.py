"""How does each kind of record become a document of the ledger?

Decisions that the rules leave open, taken here:

- A document without a total is quarantined, even when it gives a balance and a paid amount: the Sandbox's own
records show paid = total beside an open balance, so their sum is no total.
- Credit memos and refunds are taken without their sign, because systems differ in it. A payment below zero is
quarantined: it may be a refund or a correction. An invoice below zero stays what it is; the ledger shows a
credit.
- Credits have no due date: they are aged by their own date, if at all (R7).
- Cash allocated to a credit memo reduces no invoice and gives no application: either the memo was paid out,
or the source tells in this way that the memo was used up. Both show in the memo's own balance. It is counted
in `ignored`.
- A payment's lone `invoice_id` says nothing beside allocations: they are the same story told in full.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from aging.core.dates import terms_days
from aging.core.records import Application, Customer, Document, DocumentKind, Door, Finding
from aging.unified.payloads import Contact, CreditMemo, Invoice, Payload, Payment, Refund
from aging.unified.reading import (
    Purse,
    Unusable,
    code_of,
    day,
    lenient_day,
    lenient_instant,
    required_day,
    text,
    word,
)

__all__ = [
    "Books",
    "Mapped",
    "Unusable",
    "map_credit_memo",
    "map_customer",
    "map_invoice",
    "map_memo_among_invoices",
    "map_payment",
    "map_refund",
]

NOT_RECEIVABLE: Final = frozenset({"DRAFT", "SUBMITTED", "VOIDED", "DELETED"})
_RECEIVABLE: Final = frozenset(
    {"", "AUTHORIZED", "OVERDUE", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED"}
)
_CASH_PENDING: Final = frozenset({"PENDING", "AUTHORIZED"})
_CASH_FAILED: Final = frozenset({"FAILED", "CANCELED", "CANCELLED"})
_CASH_RECEIVED: Final = frozenset({"", "SUCCEEDED"})
_INVOICE: Final = frozenset({"", "INVOICE"})


@dataclass(frozen=True, slots=True)
class Books:
    """What a connection's records are read against."""

    tz: ZoneInfo
    base_currency: str | None
    terms: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one record means. `ignored` names, one word each, the applications that concern no invoice."""

    object_type: str
    record: Document | Customer
    applications: tuple[Application, ...] = ()
    findings: tuple[Finding, ...] = ()
    updated_at: datetime | None = None
    ignored: tuple[str, ...] = ()


def map_customer(payload: Contact, books: Books) -> Mapped:
    """Suppliers too: sources let customers' documents point at them. The currency is for display only (S7)."""
    emails = [text(one.email).strip() for one in payload.emails or ()]
    phones = [text(one.telephone).strip() for one in payload.telephones or ()]
    person = f"{text(payload.first_name)} {text(payload.last_name)}".strip()
    names = [text(payload.name).strip(), text(payload.company_name).strip(), person, *emails, text(payload.id)]
    customer = Customer(
        source_id=text(payload.id),
        name=_first(names),
        email=_first(emails),
        phone=_first(phones),
        currency=word(payload.currency),
        is_active=payload.is_active is not False,
    )
    return Mapped("contact", customer, updated_at=lenient_instant(payload.updated_at, books.tz))


def map_invoice(payload: Invoice, books: Books) -> Mapped:
    purse = _purse(DocumentKind.INVOICE, payload, payload.currency, books)
    issued = required_day(payload.posted_at, payload.invoice_at, payload.created_at, tz=books.tz)
    status = _receivable_status(payload.status, purse)
    document = Document(
        kind=DocumentKind.INVOICE,
        source_id=purse.source_id,
        customer_id=text(payload.contact_id),
        currency=purse.currency,
        issued_date=issued,
        total_minor=purse.required(payload.total_amount),
        due_date=day(payload.due_at, tz=books.tz) or _due_by_terms(payload, issued, books),
        number=text(payload.invoice_number),
        status=status,
        counts=status not in NOT_RECEIVABLE,
        balance_minor=purse.optional(payload.balance_amount),
        paid_minor=purse.optional(payload.paid_amount),
        settled_date=lenient_day(payload.paid_at, books.tz),
        updated_date=lenient_day(payload.updated_at, books.tz),
    )
    payments = _Claims(purse, DocumentKind.PAYMENT, books.tz)
    for one in payload.payments or ():
        payments.claim(
            Door.INVOICE_PAYMENTS, text(one.payment_id), purse.source_id, one.amount, applied_at=one.allocated_at
        )
    return _mapped("invoice", payload, document, payments)


def map_memo_among_invoices(payload: Invoice, books: Books) -> Mapped:
    """A row of the invoice list with type CREDITMEMO. What it says of payments concerns no invoice."""
    purse = _purse(DocumentKind.CREDIT_MEMO, payload, payload.currency, books)
    issued = required_day(payload.posted_at, payload.invoice_at, payload.created_at, tz=books.tz)
    document = _memo(payload, payload.invoice_number, issued, purse, books)
    claims = _Claims(purse, DocumentKind.CREDIT_MEMO, books.tz)
    claims.ignored.extend("PAYMENT" for _ in payload.payments or ())
    return _mapped("invoice", payload, document, claims)


def map_credit_memo(payload: CreditMemo, books: Books) -> Mapped:
    purse = _purse(DocumentKind.CREDIT_MEMO, payload, payload.currency, books)
    issued = required_day(payload.posted_at, payload.created_at, tz=books.tz)
    document = _memo(payload, payload.creditmemo_number, issued, purse, books)
    claims = _Claims(purse, DocumentKind.CREDIT_MEMO, books.tz)
    for one in payload.applications or ():
        if claims.concerns_invoice(one.object_type):
            claims.claim(
                Door.CREDIT_APPLICATIONS, purse.source_id, text(one.object_id), one.amount, applied_at=one.applied_at
            )
    if payload.invoice_id and payload.apply_amount is not None and not payload.applications:
        invoice_id = text(payload.invoice_id)
        claims.claim(Door.CREDIT_INVOICE_ID, purse.source_id, invoice_id, payload.apply_amount)
    return _mapped("creditmemo", payload, document, claims)


def map_payment(payload: Payment, books: Books) -> Mapped:
    purse = _purse(DocumentKind.PAYMENT, payload, payload.currency, books)
    status = _cash_status(payload.status, purse)
    total = purse.required(payload.total_amount)
    if total < 0:
        raise Unusable("negative_payment", f"{payload.total_amount} {purse.currency}")
    document = Document(
        kind=DocumentKind.PAYMENT,
        source_id=purse.source_id,
        customer_id=text(payload.contact_id),
        currency=purse.currency,
        issued_date=required_day(payload.paid_at, payload.created_at, tz=books.tz),
        total_minor=total,
        number=text(payload.reference),
        status=status,
        counts=status not in _CASH_FAILED | _CASH_PENDING,
        is_pending=status in _CASH_PENDING,
        updated_date=lenient_day(payload.updated_at, books.tz),
    )
    claims = _Claims(purse, DocumentKind.PAYMENT, books.tz)
    _claim_allocations(payload, claims)
    return _mapped("payment", payload, document, claims)


def map_refund(payload: Refund, books: Books) -> Mapped:
    """Whose money went back is told by the payment; a refund names no customer."""
    purse = _purse(DocumentKind.REFUND, payload, payload.currency, books)
    status = _cash_status(payload.status, purse)
    document = Document(
        kind=DocumentKind.REFUND,
        source_id=purse.source_id,
        customer_id="",
        currency=purse.currency,
        issued_date=required_day(payload.refunded_at, payload.created_at, tz=books.tz),
        total_minor=abs(purse.required(payload.total_amount)),
        number=text(payload.reference),
        status=status,
        counts=status not in _CASH_FAILED | _CASH_PENDING,
        is_pending=status in _CASH_PENDING,
        updated_date=lenient_day(payload.updated_at, books.tz),
        refunded_payment_id=text(payload.payment_id),
    )
    return _mapped("refund", payload, document, _Claims(purse, DocumentKind.PAYMENT, books.tz))


class _Claims:
    """Collects what a record says about invoices being reduced, and counts what concerns none (S4)."""

    def __init__(self, purse: Purse, credit_kind: DocumentKind, tz: ZoneInfo) -> None:
        self.purse = purse
        self._credit_kind = credit_kind
        self.tz = tz
        self.made: list[Application] = []
        self.ignored: list[str] = []

    def concerns_invoice(self, object_type: str | int | None) -> bool:
        target = word(object_type)
        if target in _INVOICE:
            return True
        self.ignored.append(target)
        return False

    def claim(
        self,
        door: Door,
        credit_id: str,
        invoice_id: str,
        amount: Decimal | None,
        *,
        applied_at: str | int | None = None,
        currency: str = "",
    ) -> None:
        """One that lacks an end or an amount can reduce nothing; the source's balance still rules (S5)."""
        if not credit_id or not invoice_id or amount is None:
            self.ignored.append("INCOMPLETE")
            return
        code = code_of(currency) if currency.strip() else self.purse.currency
        minor = self.purse.minor_of(amount, code)
        applied_date = lenient_day(applied_at, self.tz)
        self.made.append(Application(door, self._credit_kind, credit_id, invoice_id, minor, code, applied_date))


def _claim_allocations(payload: Payment, claims: _Claims) -> None:
    allocations = payload.allocations or []
    for one in allocations:
        if claims.concerns_invoice(one.object_type):
            claims.claim(
                Door.PAYMENT_ALLOCATIONS,
                text(payload.id),
                text(one.object_id),
                payload.total_amount if one.amount is None and len(allocations) == 1 else one.amount,
                applied_at=one.allocated_at,
                currency=text(one.currency),
            )
    if payload.invoice_id and not allocations:
        invoice_id = text(payload.invoice_id)
        claims.claim(Door.PAYMENT_INVOICE_ID, text(payload.id), invoice_id, payload.total_amount)


def _memo(
    payload: Invoice | CreditMemo, number: str | int | None, issued: date, purse: Purse, books: Books
) -> Document:
    status = _receivable_status(payload.status, purse)
    return Document(
        kind=DocumentKind.CREDIT_MEMO,
        source_id=purse.source_id,
        customer_id=text(payload.contact_id),
        currency=purse.currency,
        issued_date=issued,
        total_minor=abs(purse.required(payload.total_amount)),
        number=text(number),
        status=status,
        counts=status not in NOT_RECEIVABLE,
        balance_minor=_unsigned(purse.optional(payload.balance_amount)),
        paid_minor=_unsigned(purse.optional(payload.paid_amount)),
        settled_date=lenient_day(payload.paid_at, books.tz),
        updated_date=lenient_day(payload.updated_at, books.tz),
    )


def _mapped(object_type: str, payload: Payload, document: Document, claims: _Claims) -> Mapped:
    return Mapped(
        object_type=object_type,
        record=document,
        applications=tuple(claims.made),
        findings=tuple(claims.purse.findings),
        updated_at=lenient_instant(payload.updated_at, claims.tz),
        ignored=tuple(claims.ignored),
    )


def _purse(kind: DocumentKind, payload: Payload, currency: str | int | None, books: Books) -> Purse:
    return Purse.of(kind, text(payload.id), currency, books.base_currency)


def _receivable_status(given: str | int | None, purse: Purse) -> str:
    """Unknown ones count and are reported (S2); lateness never comes from OVERDUE but from dates."""
    status = word(given)
    if status not in NOT_RECEIVABLE and status not in _RECEIVABLE:
        purse.report("unknown_status", status)
    return status


def _cash_status(given: str | int | None, purse: Purse) -> str:
    status = word(given)
    if status not in _CASH_RECEIVED | _CASH_PENDING | _CASH_FAILED:
        purse.report("unknown_status", status)
    return status


def _due_by_terms(payload: Invoice, issued: date, books: Books) -> date | None:
    """Issue date plus what the source grants, none where it says nothing countable (S3)."""
    for terms in (payload.payment_terms, payload.term):
        days = terms_days(text(terms))
        if days is not None:
            return issued + timedelta(days=days)
    days = books.terms.get(text(payload.paymentterm_id))
    return None if days is None else issued + timedelta(days=days)


def _unsigned(minor: int | None) -> int | None:
    return None if minor is None else abs(minor)


def _first(candidates: list[str]) -> str:
    return next((one for one in candidates if one), "")
