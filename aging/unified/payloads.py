"""What does Unified.to call things?

One struct for each object that we read, with the fields that the product uses and no others; what a struct
does not name is skipped by the decoder. Everything may be absent, as in the vendor's schema, and absent is
never zero: there are no defaults but None. The official client is not used for reading: it types amounts as
floats, writes "USD" where a contact or a payment names no currency, and lets one bad value fail a whole page.

Amounts are decimals made from the number's own text. Texts accept numbers, because some systems number their
records.
"""

from decimal import Decimal
from typing import Annotated

import msgspec

LONGEST_ID = 255
LONGEST_TEXT = 10_000

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)] | int
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)] | int | None
Amount = Decimal | None


class Payload(msgspec.Struct, gc=False, kw_only=True):
    """A record as it came. `id` is text once the page is decoded."""

    id: Id
    created_at: Text = None
    updated_at: Text = None


class Email(msgspec.Struct, gc=False):
    email: Text = None


class Telephone(msgspec.Struct, gc=False):
    telephone: Text = None


class Contact(Payload, gc=False, kw_only=True):
    name: Text = None
    company_name: Text = None
    first_name: Text = None
    last_name: Text = None
    emails: list[Email] | None = None
    telephones: list[Telephone] | None = None
    currency: Text = None
    is_active: bool | None = None


class PaymentReference(msgspec.Struct, gc=False):
    payment_id: Text = None
    amount: Amount = None
    allocated_at: Text = None


class Invoice(Payload, gc=False, kw_only=True):
    type: Text = None
    status: Text = None
    contact_id: Text = None
    invoice_number: Text = None
    currency: Text = None
    posted_at: Text = None
    invoice_at: Text = None  # deprecated in favour of posted_at, still sent by the Sandbox
    due_at: Text = None
    paid_at: Text = None
    total_amount: Amount = None
    balance_amount: Amount = None
    paid_amount: Amount = None
    payment_terms: Text = None
    term: Text = None  # deprecated in favour of payment_terms
    paymentterm_id: Text = None
    payments: list[PaymentReference] | None = None


class CreditApplication(msgspec.Struct, gc=False):
    object_id: Text = None
    object_type: Text = None
    amount: Amount = None
    applied_at: Text = None


class CreditMemo(Payload, gc=False, kw_only=True):
    status: Text = None
    contact_id: Text = None
    creditmemo_number: Text = None
    currency: Text = None
    posted_at: Text = None
    paid_at: Text = None
    total_amount: Amount = None
    balance_amount: Amount = None
    paid_amount: Amount = None
    invoice_id: Text = None
    apply_amount: Amount = None
    applications: list[CreditApplication] | None = None


class Allocation(msgspec.Struct, gc=False):
    object_id: Text = None
    object_type: Text = None
    amount: Amount = None
    currency: Text = None
    allocated_at: Text = None


class Payment(Payload, gc=False, kw_only=True):
    type: Text = None
    status: Text = None
    contact_id: Text = None
    currency: Text = None
    paid_at: Text = None
    total_amount: Amount = None
    reference: Text = None
    invoice_id: Text = None
    bill_id: Text = None
    allocations: list[Allocation] | None = None


class Refund(Payload, gc=False, kw_only=True):
    payment_id: Text = None
    status: Text = None
    currency: Text = None
    refunded_at: Text = None
    total_amount: Amount = None
    reference: Text = None


class Organization(Payload, gc=False, kw_only=True):
    name: Text = None
    legal_name: Text = None
    currency: Text = None
    timezone: Text = None
    parent_id: Text = None
    is_elimination: bool | None = None


class PaymentTerm(Payload, gc=False, kw_only=True):
    name: Text = None
    category: Text = None
    type: Text = None
    due_days: Amount = None


class Named(msgspec.Struct, gc=False):
    id: Text = None
    name: Text = None


class AgedRow(msgspec.Struct, gc=False):
    contact: Named | None = None
    transaction: Named | None = None
    posted_at: Text = None
    due_at: Text = None
    total_amount: Amount = None
    balance_amount: Amount = None


class AgedPeriod(msgspec.Struct, gc=False):
    name: Text = None
    total_amount: Amount = None
    sub_items: list[AgedRow] | None = None


class AgedReceivable(Payload, gc=False, kw_only=True):
    currency: Text = None
    start_at: Text = None
    end_at: Text = None
    total_amount: Amount = None
    total_current_amount: Amount = None
    total_overdue_amount: Amount = None
    periods: list[AgedPeriod] | None = None
