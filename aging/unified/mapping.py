"""What does a record of the vendor mean in the ledger?

Every record that comes in goes out as exactly one of three: mapped, quarantined with its reason, or skipped
because it is a payable. Nothing is dropped in silence. The translation of each kind is in `documents`; the
rules are S1 to S8.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from aging.unified.decoding import Quarantined, Row, storable
from aging.unified.documents import (
    Books,
    Mapped,
    Unusable,
    map_credit_memo,
    map_customer,
    map_invoice,
    map_memo_among_invoices,
    map_payment,
    map_refund,
)
from aging.unified.payloads import Contact, CreditMemo, Invoice, Payload, Payment, Refund
from aging.unified.reading import text, word

P = TypeVar("P", bound=Payload)

_PAYABLES: Final = frozenset({"BILL", "VENDORCREDIT", "PURCHASEORDER"})
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rightly no part of the receivables; counted."""

    object_type: str
    source_id: str
    reason: str


Outcome = Mapped | Quarantined | Skipped


class NotMapped(LookupError):
    """A kind of record that is no part of the ledger itself, such as the organization."""


class Mapper:
    """Translates the records of one connection: the tenant's zone, the organization's currency, its terms."""

    def __init__(self, tz: ZoneInfo, base_currency: str | None = None, terms: Mapping[str, int] | None = None) -> None:
        self._books = Books(tz, base_currency, terms or {})

    def map_row(self, row: Row) -> Outcome:
        """Any row of a page; one that was set aside while decoding stays so."""
        match row:
            case Quarantined():
                return row
            case Invoice():
                return self.invoice(row)
            case Contact():
                return self.customer(row)
            case Payment():
                return self.payment(row)
            case CreditMemo():
                return self.credit_memo(row)
            case Refund():
                return self.refund(row)
        raise NotMapped(type(row).__name__)

    def customer(self, payload: Contact) -> Outcome:
        return self._outcome("contact", payload, map_customer)

    def invoice(self, payload: Invoice) -> Outcome:
        """Invoices, and the credit memos that some sources list among them (S1).

        A document of any other type is quarantined: whether it is owed cannot be told from a word we do not
        know.
        """
        match word(payload.type):
            case "" | "INVOICE":
                return self._outcome("invoice", payload, map_invoice)
            case "CREDITMEMO":
                return self._outcome("invoice", payload, map_memo_among_invoices)
            case kind if kind in _PAYABLES:
                return Skipped("invoice", text(payload.id), f"{kind} is a payable")
            case kind:
                return _set_aside("invoice", payload, Unusable("unknown_type", kind))

    def credit_memo(self, payload: CreditMemo) -> Outcome:
        return self._outcome("creditmemo", payload, map_credit_memo)

    def payment(self, payload: Payment) -> Outcome:
        if _pays_a_payable(payload):
            return Skipped("payment", text(payload.id), "it pays a payable")
        return self._outcome("payment", payload, map_payment)

    def refund(self, payload: Refund) -> Outcome:
        return self._outcome("refund", payload, map_refund)

    def _outcome(self, object_type: str, payload: P, translate: Callable[[P, Books], Mapped]) -> Outcome:
        try:
            return translate(payload, self._books)
        except Unusable as unusable:
            return _set_aside(object_type, payload, unusable)


def _pays_a_payable(payment: Payment) -> bool:
    """By its type (S1); without one, if everything that it names is a payable."""
    if payment.type is not None:
        return word(payment.type) in _PAYABLES
    named = {word(one.object_type) for one in payment.allocations or ()}
    if payment.bill_id and not payment.invoice_id:
        named.add("BILL")
    return bool(named) and named <= _PAYABLES


def _set_aside(object_type: str, payload: Payload, unusable: Unusable) -> Quarantined:
    raw = storable(_encode(payload).decode())
    return Quarantined(object_type, text(payload.id), unusable.code, unusable.reason, raw)
