"""What a document of the ledger is, once the vendor's words are gone.

Everything downstream (the rules in this package, the tables, the SQL) speaks of these records. Amounts
are integer minor units of the record's own currency and positive in the document's natural direction: a
credit memo of 80.00 USD has `total_minor == 8000`. Dates are calendar dates in the tenant's time zone
(S3), so nothing below this line ever needs a clock or a zone.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import NamedTuple


class DocumentKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_MEMO = "credit_memo"
    PAYMENT = "payment"
    REFUND = "refund"


class Door(IntEnum):
    """Where an application was seen, best door first (S4)."""

    PAYMENT_ALLOCATIONS = 1
    INVOICE_PAYMENTS = 2
    PAYMENT_INVOICE_ID = 3
    CREDIT_APPLICATIONS = 4
    CREDIT_INVOICE_ID = 5


class DocumentKey(NamedTuple):
    """What names a document: a source may give an invoice and a payment the same id."""

    kind: DocumentKind
    source_id: str


@dataclass(frozen=True, slots=True)
class Customer:
    source_id: str
    name: str
    email: str = ""
    phone: str = ""
    currency: str = ""
    parent_id: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice, credit memo, payment or refund.

    `counts` answers S2 (receivable status) for invoices and credit memos and S4 (SUCCEEDED, not pending)
    for cash.
    `balance_minor` and `paid_minor` are None when the source is silent: absent never means zero (S5).
    A refund names the payment whose money went back in `refunded_payment_id`.
    """

    kind: DocumentKind
    source_id: str
    customer_id: str
    currency: str
    issued_date: date
    total_minor: int
    due_date: date | None = None
    number: str = ""
    status: str = ""
    counts: bool = True
    is_pending: bool = False
    balance_minor: int | None = None
    paid_minor: int | None = None
    settled_date: date | None = None
    updated_date: date | None = None
    refunded_payment_id: str = ""

    @property
    def key(self) -> DocumentKey:
        return DocumentKey(self.kind, self.source_id)


@dataclass(frozen=True, slots=True)
class Application:
    """A claim, seen through one door, that a payment or credit memo reduces an invoice."""

    door: Door
    credit_kind: DocumentKind
    credit_id: str
    invoice_id: str
    amount_minor: int
    currency: str
    applied_date: date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction or repair at the source, kept and shown (S6). `code` is one of core.findings.CODES."""

    code: str
    object_type: str
    source_id: str
    detail: str = ""
    amount_minor: int | None = None
    currency: str = ""
