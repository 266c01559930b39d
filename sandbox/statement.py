"""What do the books say at the end of a day, in the vendor's words?

A cut through the history: what has happened by the day becomes objects with the balances and statuses that
follow from it. Keys that do not apply are left out, never null, as the vendor does.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import blake2b
from random import Random
from typing import TypeVar

from sandbox.customers import TERM_DAYS, Customer, stable_id
from sandbox.history import Door, Fate, History, Memo, Receipt, Reduction, Sale
from sandbox.names import address, contact_person, mail_domain
from sandbox.profiles import DECIMALS, Profile
from sandbox.wire import Object, amount, midnight

Tables = dict[str, list[Object]]
Event = TypeVar("Event", Memo, Receipt)
VOIDED_AFTER = timedelta(days=10)


def cut(history: History, profile: Profile, seed: str, organization: str, on: date) -> Tables:
    """Everything that had happened by the end of the day, table by table, oldest first."""
    sales = [sale for sale in history.sales if sale.issued <= on]
    if profile.keep_newest is not None:
        sales = sales[-profile.keep_newest :]
    receipts = _in_order(history.receipts, on)
    scribe = _Scribe(profile, stable_id(seed, "organization"), on, {sale.id for sale in sales}, receipts)
    invoices = [scribe.invoice(sale) for sale in sales]
    told = [scribe.credit_memo(memo) for memo in _in_order(history.memos, on)]
    memos = [memo for memo in told if memo is not None]
    if profile.mirrors_memos:
        invoices += [_mirrored(memo) for memo in memos[::6]]
    return {
        "organization": [scribe.organization(organization, history.start)],
        "paymentterm": [scribe.payment_term(name, history.start) for name in TERM_DAYS],
        "contact": [scribe.contact(customer, history) for customer in history.customers],
        "invoice": invoices,
        "creditmemo": memos,
        "payment": [payment for receipt in receipts for payment in scribe.payments(receipt)],
        "refund": [refund for receipt in receipts for refund in scribe.refunds(receipt)],
    }


def _in_order(events: Iterable[Event], on: date) -> list[Event]:
    return sorted((event for event in events if event.on <= on), key=lambda event: (event.on, event.id))


def moment(day: date, identity: str) -> str:
    """A time in office hours that belongs to the thing, so that it is the same on every run."""
    spread = int.from_bytes(blake2b(identity.encode(), digest_size=4).digest(), "big")
    minutes, milliseconds = spread // 1000 % 540, spread % 1000
    clock = f"{8 + minutes // 60:02d}:{minutes % 60:02d}:{spread % 60:02d}.{milliseconds:03d}"
    return f"{day.isoformat()}T{clock}Z"


def _lines(sale: Sale, decimals: int) -> list[Object]:
    return [
        {
            "id": str(place),
            "item_name": line.item,
            "unit_quantity": line.quantity,
            "unit_amount": amount(line.unit, decimals),
            "tax_amount": amount(line.tax, decimals),
            "total_amount": amount(line.total, decimals),
        }
        for place, line in enumerate(sale.lines, start=1)
    ]


def _reference(part: Reduction, decimals: int) -> Object:
    return {
        "payment_id": part.source,
        "amount": amount(part.minor, decimals),
        "allocated_at": midnight(part.on),
    }


def _mirrored(memo: Object) -> Object:
    """The same memo as some systems list it: among the invoices, by its type."""
    found = {key: value for key, value in memo.items() if key not in ("applications", "creditmemo_number")}
    return found | {"type": "CREDITMEMO", "invoice_number": memo["creditmemo_number"]}


class _Scribe:
    def __init__(
        self, profile: Profile, organization_id: str, on: date, sale_ids: set[str], receipts: list[Receipt]
    ) -> None:
        self.profile = profile
        self.organization_id = organization_id
        self.on = on
        self.sale_ids = sale_ids
        self.told_by_invoice = {receipt.id for receipt in receipts if receipt.door is Door.INVOICE_PAYMENTS}

    def organization(self, name: str, since: date) -> Object:
        return {
            "id": self.organization_id,
            "created_at": moment(since, self.organization_id),
            "updated_at": moment(since, self.organization_id),
            "name": name,
            "legal_name": f"{name} Trading",
            "currency": self.profile.base_currency,
            "timezone": self.profile.timezone,
            "fiscal_year_end_month": 12,
            "type": "COMPANY",
        }

    def payment_term(self, name: str, since: date) -> Object:
        term_id = self._term_id(name)
        return {
            "id": term_id,
            "created_at": moment(since, term_id),
            "updated_at": moment(since, term_id),
            "name": name.replace("_", " ").capitalize(),
            "type": name,
            "category": "STANDARD",
            "due_days": TERM_DAYS[name],
            "is_active": True,
        }

    def _term_id(self, name: str) -> str:
        return stable_id(self.organization_id, "paymentterm", name)

    def contact(self, customer: Customer, history: History) -> Object:
        parent = None if customer.parent is None else history.customers[customer.parent]
        name = f"{parent.name}:{customer.name}" if parent else customer.name
        rng = Random(customer.id)
        found: Object = {
            "id": customer.id,
            "created_at": moment(history.start, customer.id),
            "updated_at": moment(history.start + timedelta(days=customer.index % 300), customer.id),
            "name": name,
            "company_name": customer.name,
            "first_name": contact_person(rng).split()[0],
            "emails": [{"email": f"accounts@{mail_domain(customer.name)}", "type": "WORK"}],
            "telephones": [{"telephone": f"+1 555 01{customer.index % 100:02d}", "type": "WORK"}],
            "billing_address": address(rng, customer.currency),
            "currency": customer.currency,
            "payment_terms": customer.term,
            "paymentterm_id": self._term_id(customer.term),
            "is_customer": True,
            "is_active": True,
            "organization_id": self.organization_id,
        }
        if parent:
            found["associated_contacts"] = [{"id": parent.id, "name": parent.name}]
        return found

    def invoice(self, sale: Sale) -> Object:
        decimals = DECIMALS[sale.customer.currency]
        cash = self._past(sale.receipts)
        written_off = self._past([sale.write_down] if sale.write_down else [])
        reductions = [*cash, *self._past(sale.credits), *written_off]
        paid = sum(part.minor for part in cash)
        open_minor = sale.total - sum(part.minor for part in reductions)
        tax = sum(line.tax for line in sale.lines)
        latest = max([sale.issued, *(part.counts_from for part in reductions)])
        status = self._status(sale, open_minor)
        if status == "VOIDED":
            open_minor, latest = 0, sale.issued + VOIDED_AFTER
        found: Object = {
            "id": sale.id,
            "created_at": moment(sale.issued, sale.id),
            "updated_at": moment(latest, sale.id),
            "type": "INVOICE",
            "status": status,
            "invoice_number": sale.number,
            "contact_id": sale.customer.id,
            "organization_id": self.organization_id,
            "currency": sale.customer.currency,
            "posted_at": midnight(sale.issued),
            "due_at": midnight(sale.due),
            "payment_terms": sale.customer.term,
            "paymentterm_id": self._term_id(sale.customer.term),
            "sub_total_amount": amount(sale.total - tax, decimals),
            "tax_amount": amount(tax, decimals),
            "total_amount": amount(sale.total, decimals),
            "paid_amount": amount(paid, decimals),
            "balance_amount": amount(open_minor, decimals),
            "lineitems": _lines(sale, decimals),
            "send": True,
        }
        if open_minor == 0 and status == "PAID":
            found["paid_at"] = midnight(latest)
        if cash and (self.profile.mirrors_payments or self._only_here(sale)):
            found["payments"] = [_reference(part, decimals) for part in cash]
        return found

    def _past(self, parts: list[Reduction]) -> list[Reduction]:
        return [part for part in parts if part.counts_from <= self.on]

    def _status(self, sale: Sale, open_minor: int) -> str:
        if sale.fate is Fate.VOIDED:
            return "VOIDED" if sale.issued + VOIDED_AFTER <= self.on else "AUTHORIZED"
        if sale.fate is not Fate.NORMAL:
            return sale.fate.upper()
        if open_minor == 0:
            return "PAID"
        if self.profile.says_overdue and sale.due < self.on:
            return "OVERDUE"
        return "PARTIALLY_PAID" if open_minor < sale.total else "AUTHORIZED"

    def _only_here(self, sale: Sale) -> bool:
        return any(part.source in self.told_by_invoice for part in sale.receipts)

    def credit_memo(self, memo: Memo) -> Object | None:
        """None for a memo that ever only concerned invoices older than the ones kept."""
        decimals = DECIMALS[memo.customer.currency]
        if memo.applied and all(sale.id not in self.sale_ids and sale.issued <= self.on for _, _, sale in memo.applied):
            return None
        applied = [(on, minor, sale) for on, minor, sale in memo.applied if on <= self.on and sale.id in self.sale_ids]
        left = memo.total - sum(minor for _, minor, _ in applied)
        found: Object = {
            "id": memo.id,
            "created_at": moment(memo.on, memo.id),
            "updated_at": moment(max([memo.on, *(on for on, _, _ in applied)]), memo.id),
            "status": "AUTHORIZED" if left else "PAID",
            "creditmemo_number": f"CM-{memo.id[:6].upper()}",
            "contact_id": memo.customer.id,
            "organization_id": self.organization_id,
            "currency": memo.customer.currency,
            "posted_at": midnight(memo.on),
            "total_amount": amount(memo.total, decimals),
            "balance_amount": amount(left, decimals),
            "notes": memo.reason,
        }
        if applied:
            found["applications"] = [
                {
                    "object_id": sale.id,
                    "object_type": "INVOICE",
                    "amount": amount(minor, decimals),
                    "applied_at": midnight(on),
                }
                for on, minor, sale in applied
            ]
        return found

    def payments(self, receipt: Receipt) -> Iterable[Object]:
        if not self._concerns_us(receipt):
            return
        known = [(on, minor, sale) for on, minor, sale in receipt.applied if sale.id in self.sale_ids]
        ahead = sum(minor for _, minor, sale in receipt.applied if sale.issued > self.on)
        total = sum(minor for _, minor, _ in known) + ahead + receipt.overpaid
        if receipt.bounced_first:
            yield self._payment(receipt, stable_id(receipt.id, "bounced"), "FAILED", total, known)
        status = "PENDING" if self.on < receipt.clears_on else "SUCCEEDED"
        yield self._payment(receipt, receipt.id, status, total, known)

    def _concerns_us(self, receipt: Receipt) -> bool:
        """False for a payment of invoices older than the ones kept."""
        return any(sale.id in self.sale_ids or sale.issued > self.on for _, _, sale in receipt.applied)

    def _payment(
        self,
        receipt: Receipt,
        payment_id: str,
        status: str,
        total: int,
        applied: list[tuple[date, int, Sale]],
    ) -> Object:
        decimals = DECIMALS[receipt.customer.currency]
        applied = [(max(on, receipt.on), minor, sale) for on, minor, sale in applied]
        latest = receipt.clears_on if status == "SUCCEEDED" else receipt.on
        found: Object = {
            "id": payment_id,
            "created_at": moment(receipt.on, payment_id),
            "updated_at": moment(max([latest, *(on for on, _, _ in applied)]), payment_id),
            "type": "INVOICE",
            "status": status,
            "contact_id": receipt.customer.id,
            "organization_id": self.organization_id,
            "currency": receipt.customer.currency,
            "paid_at": midnight(receipt.on),
            "total_amount": amount(total, decimals),
            "payment_method": "Bank transfer",
            "tender_type": "BANK_TRANSFER",
            "reference": f"RF{payment_id[:8].upper()}",
        }
        if receipt.door is Door.INVOICE_ID and applied:
            found["invoice_id"] = applied[0][2].id
        elif receipt.door is Door.ALLOCATIONS and applied:
            found["allocations"] = [
                {
                    "object_id": sale.id,
                    "object_type": "INVOICE",
                    "amount": amount(minor, decimals),
                    "currency": receipt.customer.currency,
                    "allocated_at": midnight(on),
                }
                for on, minor, sale in applied
            ]
        return found

    def refunds(self, receipt: Receipt) -> Iterable[Object]:
        if receipt.refunded_on is None or receipt.refunded_on > self.on or not self._concerns_us(receipt):
            return
        refund_id = stable_id(receipt.id, "refund")
        yield {
            "id": refund_id,
            "created_at": moment(receipt.refunded_on, refund_id),
            "updated_at": moment(receipt.refunded_on, refund_id),
            "payment_id": receipt.id,
            "currency": receipt.customer.currency,
            "total_amount": amount(receipt.overpaid, DECIMALS[receipt.customer.currency]),
            "refunded_at": midnight(receipt.refunded_on),
            "status": "SUCCEEDED",
            "reason": "REQUESTED_BY_CUSTOMER",
        }
