"""What can be booked into a connected company while it is being watched?

Each posting leaves the books consistent (balance, paid amount and status agree with the payments) and moves
the `updated_at` of every object it touches, so that an incremental client can see exactly that much.
"""

import secrets
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from sandbox.books import Books
from sandbox.profiles import DECIMALS
from sandbox.wire import Object, midnight


class BadPosting(ValueError):
    """The posting cannot be booked as asked."""


def post(books: Books, wishes: Object) -> list[Object]:
    """Book what `action` says; returns every object that changed."""
    action = _ACTIONS.get(str(wishes.get("action")))
    if action is None:
        raise BadPosting(f"action is one of {', '.join(_ACTIONS)}")
    return action(books, wishes)


def _add_invoice(books: Books, wishes: Object) -> list[Object]:
    issued = _day(wishes, "issued", books)
    total = _amount(wishes, "total")
    contact_id = str(wishes.get("contact_id") or _first_contact(books))
    found = {
        "id": str(wishes.get("id") or _new_id()),
        "type": "INVOICE",
        "status": "AUTHORIZED",
        "invoice_number": str(wishes.get("number") or f"INV-S{books.count('invoice') + 1}"),
        "contact_id": contact_id,
        "currency": str(wishes.get("currency") or _currency_of(books, contact_id)),
        "posted_at": midnight(issued),
        "due_at": midnight(_day(wishes, "due", books, issued + timedelta(days=30))),
        "total_amount": total,
        "paid_amount": Decimal(0),
        "balance_amount": total,
    }
    return [books.put("invoice", found)]


def _pay_invoice(books: Books, wishes: Object) -> list[Object]:
    invoice = books.get("invoice", _named(wishes, "invoice_id"))
    money = _amount(wishes, "amount", invoice.get("balance_amount"))
    paid_on = midnight(_day(wishes, "paid", books))
    payment: Object = {
        "id": str(wishes.get("id") or _new_id()),
        "type": "INVOICE",
        "status": str(wishes.get("status") or "SUCCEEDED"),
        "contact_id": invoice.get("contact_id"),
        "currency": invoice.get("currency"),
        "paid_at": paid_on,
        "total_amount": money,
    }
    open_before = invoice.get("balance_amount", Decimal(0))
    taken = min(money, open_before)
    payment["allocations"] = [
        {"object_id": invoice["id"], "object_type": "INVOICE", "amount": taken, "allocated_at": paid_on}
    ]
    changed = [books.put("payment", {key: value for key, value in payment.items() if value is not None})]
    if payment["status"] == "SUCCEEDED":
        invoice["paid_amount"] = invoice.get("paid_amount", Decimal(0)) + taken
        if "payments" in invoice:
            invoice["payments"].append({"payment_id": payment["id"], "amount": taken, "allocated_at": paid_on})
        changed.append(_reduce(books, invoice, taken, paid_on))
    return changed


def _reduce(books: Books, invoice: Object, minus: Decimal, on: str) -> Object:
    balance = invoice["balance_amount"] = invoice.get("balance_amount", Decimal(0)) - minus
    invoice["status"] = "PAID" if balance == 0 else "PARTIALLY_PAID"
    if balance == 0:
        invoice["paid_at"] = on
    return books.put("invoice", invoice)


def _void_invoice(books: Books, wishes: Object) -> list[Object]:
    invoice = books.get("invoice", _named(wishes, "invoice_id"))
    if invoice.get("paid_amount"):
        raise BadPosting("An invoice with payments cannot be voided.")
    return [books.put("invoice", invoice | {"status": "VOIDED", "balance_amount": Decimal(0)})]


def _credit(books: Books, wishes: Object) -> list[Object]:
    """A credit memo; with `invoice_id` it is applied there at once, with `contact_id` it stays open."""
    on = midnight(_day(wishes, "issued", books))
    invoice = books.get("invoice", str(wishes["invoice_id"])) if wishes.get("invoice_id") else None
    money = _amount(wishes, "amount", invoice and invoice.get("balance_amount"))
    contact_id = str(invoice["contact_id"] if invoice else wishes.get("contact_id") or _first_contact(books))
    applied = min(money, invoice.get("balance_amount", Decimal(0))) if invoice else Decimal(0)
    memo: Object = {
        "id": str(wishes.get("id") or _new_id()),
        "status": "PAID" if applied == money else "AUTHORIZED",
        "creditmemo_number": f"CM-S{books.count('creditmemo') + 1}",
        "contact_id": contact_id,
        "currency": str(invoice["currency"] if invoice else wishes.get("currency") or _currency_of(books, contact_id)),
        "posted_at": on,
        "total_amount": money,
        "balance_amount": money - applied,
    }
    if invoice is None:
        return [books.put("creditmemo", memo)]
    memo["applications"] = [{"object_id": invoice["id"], "object_type": "INVOICE", "amount": applied, "applied_at": on}]
    return [books.put("creditmemo", memo), _reduce(books, invoice, applied, on)]


def _delete(books: Books, wishes: Object) -> list[Object]:
    return [books.remove(_named(wishes, "object"), _named(wishes, "id"))]


def _put(books: Books, wishes: Object) -> list[Object]:
    """Any object as it is, odd values included; merged over the present one unless `replace` is true."""
    kind, row = _named(wishes, "object"), wishes.get("row")
    if not isinstance(row, dict) or not row.get("id"):
        raise BadPosting("row has to be an object with an id")
    known = None if wishes.get("replace") else books.row(kind, str(row["id"]))
    return [books.put(kind, known.object_with_raw() | row if known else row)]


_ACTIONS: dict[str, Callable[[Books, Object], list[Object]]] = {
    "add_invoice": _add_invoice,
    "pay_invoice": _pay_invoice,
    "void_invoice": _void_invoice,
    "credit": _credit,
    "delete": _delete,
    "put": _put,
}


def _new_id() -> str:
    text = secrets.token_hex(16)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _named(wishes: Object, key: str) -> str:
    if not wishes.get(key):
        raise BadPosting(f"{key} is missing")
    return str(wishes[key])


def _amount(wishes: Object, key: str, otherwise: object = None) -> Decimal:
    try:
        found = Decimal(str(wishes.get(key, otherwise)))
    except InvalidOperation as error:
        raise BadPosting(f"{key} is not an amount") from error
    if not found.is_finite() or found <= 0:
        raise BadPosting(f"{key} has to be above zero")
    return found


def _day(wishes: Object, key: str, books: Books, otherwise: date | None = None) -> date:
    if key not in wishes:
        return otherwise or books.clock.today()
    try:
        return date.fromisoformat(str(wishes[key]))
    except ValueError as error:
        raise BadPosting(f"{key} is not a date") from error


def _first_contact(books: Books) -> str:
    row = next(iter(books.rows("contact")), None)
    if row is None:
        raise BadPosting("The company has no customer; name a contact_id.")
    return row.id


def _currency_of(books: Books, contact_id: str) -> str:
    contact = books.row("contact", contact_id)
    currency = contact.object().get("currency") if contact else None
    organization = next(iter(books.rows("organization")), None)
    return str(currency or (organization and organization.object().get("currency")) or next(iter(DECIMALS)))
