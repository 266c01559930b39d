"""What is the accounting system's own aged receivables report?

The oracle that the product reconciles with, so it is computed from the served objects alone by rules
written down here, not by the product's. Per currency: every document's open amount at the end of a day, the
periods accounting systems usually print (Current, 1-30, 31-60, 61-90, 91 and over), credits as negative
rows under Current.

The contract leaves the as-of parameter open; `end_lt` is read as it is elsewhere, as an exclusive end, so
`end_lt=2026-03-01` is the report of 28 February. Documents with no currency of their own are in the
organization's.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sandbox.books import Books
from sandbox.customers import TERM_DAYS
from sandbox.wire import Object, calendar_date, midnight

Bounds = tuple[str, int | None, int | None]
_PERIODS: tuple[Bounds, ...] = (
    ("Current", None, 0),
    ("1 - 30", 1, 30),
    ("31 - 60", 31, 60),
    ("61 - 90", 61, 90),
    ("91 and over", 91, None),
)
_NOT_RECEIVABLE = frozenset({"DRAFT", "SUBMITTED", "VOIDED", "DELETED"})
_SETTLED = frozenset({"PAID", "REFUNDED"})
_UNMOVED = frozenset({"FAILED", "CANCELED", "PENDING", "AUTHORIZED"})
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OpenItem:
    id: str
    number: str
    contact_id: str
    currency: str
    posted: date
    due: date
    total: Decimal  # negative for credits
    open: Decimal

    def days_late(self, as_of: date) -> int:
        return 0 if self.open < 0 else (as_of - self.due).days


def as_of_day(end_lt: int | None, today: date) -> date:
    """The last day that lies, at least in part, before an exclusive end."""
    if end_lt is None:
        return today
    return (datetime.fromtimestamp(end_lt / 1000, UTC) - timedelta(milliseconds=1)).date()


def aged_receivables(books: Books, as_of: date, contact_id: str = "") -> list[Object]:
    names = {row.id: row.name for row in books.rows("contact")}
    by_currency: dict[str, list[OpenItem]] = defaultdict(list)
    for item in open_items(books, as_of):
        if item.open and (not contact_id or item.contact_id == contact_id):
            by_currency[item.currency].append(item)
    return [_report(currency, by_currency[currency], as_of, names) for currency in sorted(by_currency)]


def _report(currency: str, items: list[OpenItem], as_of: date, names: dict[str, str]) -> Object:
    periods = [_period(items, as_of, names, bounds) for bounds in _PERIODS]
    overdue = sum((period["total_amount"] for period in periods[1:]), _ZERO)
    current = periods[0]["total_amount"]
    return {
        "id": f"ar-{currency}-{as_of.isoformat()}",
        "currency": currency,
        "end_at": midnight(as_of),
        "total_amount": current + overdue,
        "total_current_amount": current,
        "total_overdue_amount": overdue,
        "periods": periods,
    }


def _period(items: list[OpenItem], as_of: date, names: dict[str, str], bounds: Bounds) -> Object:
    label, low, high = bounds
    chosen = [
        item
        for item in items
        if (low is None or item.days_late(as_of) >= low) and (high is None or item.days_late(as_of) <= high)
    ]
    found: Object = {"name": label, "total_amount": sum((item.open for item in chosen), _ZERO)}
    if high is not None:
        found["start_at"] = midnight(as_of - timedelta(days=high))
    if low is not None:
        found["end_at"] = midnight(as_of - timedelta(days=low))
    return found | {"sub_items": [_sub_item(item, names) for item in sorted(chosen, key=lambda item: item.due)]}


def _sub_item(item: OpenItem, names: dict[str, str]) -> Object:
    contact = {"id": item.contact_id}
    if item.contact_id in names:
        contact["name"] = names[item.contact_id]
    return {
        "contact": contact,
        "transaction": {"id": item.id, "name": item.number},
        "posted_at": midnight(item.posted),
        "due_at": midnight(item.due),
        "total_amount": item.total,
        "balance_amount": item.open,
    }


def open_items(books: Books, as_of: date) -> Iterable[OpenItem]:
    base = next((row.object().get("currency", "") for row in books.rows("organization")), "")
    ledger = _Applications(books)
    memos = {row.id for row in books.rows("creditmemo")}
    for kind in ("invoice", "creditmemo"):
        for row in books.rows(kind):
            found = row.object()
            if kind == "invoice" and (found.get("type", "INVOICE") == "BILL" or row.id in memos):
                continue
            sign = -1 if kind == "creditmemo" or found.get("type") == "CREDITMEMO" else 1
            item = _document(found, sign, base, as_of, ledger)
            if item is not None:
                yield item
    yield from ledger.unapplied(base, as_of)


def _document(found: Object, sign: int, base: str, as_of: date, ledger: "_Applications") -> OpenItem | None:
    posted = _day(found, "posted_at", "invoice_at", "created_at")
    if found.get("status") in _NOT_RECEIVABLE or posted is None or posted > as_of:
        return None
    total = _money(found.get("total_amount"))
    terms = timedelta(days=TERM_DAYS.get(found.get("payment_terms", ""), 0))
    return OpenItem(
        id=str(found["id"]),
        number=str(found.get("invoice_number") or found.get("creditmemo_number") or ""),
        contact_id=str(found.get("contact_id", "")),
        currency=str(found.get("currency") or base),
        posted=posted,
        due=_day(found, "due_at") or posted + terms,
        total=sign * total,
        open=sign * _open_amount(found, total, as_of, ledger),
    )


def _open_amount(found: Object, total: Decimal, as_of: date, ledger: "_Applications") -> Decimal:
    """Total less what had been applied by the day; the stated balance corrects it from the last change on."""
    applied = ledger.of(found)
    reduced = sum((money for _, money in applied), _ZERO)
    balance = found.get("balance_amount")
    if balance is None:
        stated = _ZERO if found.get("status") in _SETTLED else total - max(reduced, _money(found.get("paid_amount")))
    else:
        stated = _money(balance)
    corrected_on = (_day(found, "paid_at") if stated == 0 else None) or _day(found, "updated_at", "posted_at")
    so_far = total - sum((money for on, money in applied if on <= as_of), _ZERO)
    if corrected_on is not None and corrected_on <= as_of:
        so_far += stated - (total - reduced)
    return so_far


class _Applications:
    """Who reduced what, when: each payment or memo counts once per document, whichever door tells of it."""

    def __init__(self, books: Books) -> None:
        self._payments = [row.object() for row in books.rows("payment")]
        self._counting = [p for p in self._payments if p.get("status") not in _UNMOVED and p.get("type") != "BILL"]
        self._by_document: dict[str, dict[str, list[tuple[date, Decimal]]]] = defaultdict(dict)
        self._known = {row.id for kind in ("invoice", "creditmemo") for row in books.rows(kind)}
        self._from_payments()
        self._from_invoices(books)
        self._from_payment_ids()
        self._from_memos(books)
        self._refunds: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        for row in books.rows("refund"):
            refund = row.object()
            if refund.get("status") not in _UNMOVED:
                on = _day(refund, "refunded_at", "created_at") or date.min
                self._refunds[str(refund.get("payment_id"))].append((on, _money(refund.get("total_amount"))))

    def _from_payments(self) -> None:
        for payment in self._counting:
            for part in payment.get("allocations") or ():
                on = _day(part, "allocated_at") or _day(payment, "paid_at", "created_at")
                self._add(part["object_id"], payment["id"], on, part.get("amount"))

    def _from_invoices(self, books: Books) -> None:
        told = {(document, source) for document, sources in self._by_document.items() for source in sources}
        for row in books.rows("invoice"):
            if b'"payments"' not in row.body:
                continue
            for part in row.object().get("payments") or ():
                if (row.id, part.get("payment_id")) not in told:
                    self._add(row.id, str(part.get("payment_id")), _day(part, "allocated_at"), part.get("amount"))

    def _from_payment_ids(self) -> None:
        for payment in self._counting:
            document = payment.get("invoice_id")
            if document and not payment.get("allocations") and payment["id"] not in self._by_document[document]:
                self._add(document, payment["id"], _day(payment, "paid_at"), payment.get("total_amount"))

    def _from_memos(self, books: Books) -> None:
        for row in books.rows("creditmemo"):
            for part in row.object().get("applications") or ():
                on = _day(part, "applied_at")
                self._add(part["object_id"], row.id, on, part.get("amount"))
                self._add(row.id, str(part["object_id"]), on, part.get("amount"))

    def _add(self, document: str, source: str, on: date | None, money: object) -> None:
        parts = self._by_document[str(document)].setdefault(str(source), [])
        parts.append((on or date.min, _money(money)))

    def of(self, found: Object) -> list[tuple[date, Decimal]]:
        return [part for parts in self._by_document.get(str(found["id"]), {}).values() for part in parts]

    def unapplied(self, base: str, as_of: date) -> Iterable[OpenItem]:
        spent: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        for document, sources in self._by_document.items():
            if document in self._known:
                for source, parts in sources.items():
                    spent[source] += parts
        for payment in self._counting:
            received = _day(payment, "paid_at", "created_at")
            if received is None or received > as_of:
                continue
            gone = [*spent[payment["id"]], *self._refunds[payment["id"]]]
            total = _money(payment.get("total_amount"))
            left = total - sum((money for on, money in gone if on <= as_of), _ZERO)
            if left > 0:
                yield OpenItem(
                    id=payment["id"],
                    number=str(payment.get("reference", "")),
                    contact_id=str(payment.get("contact_id", "")),
                    currency=str(payment.get("currency") or base),
                    posted=received,
                    due=received,
                    total=-total,
                    open=-left,
                )


def _day(found: Object, *keys: str) -> date | None:
    for key in keys:
        value = found.get(key)
        if isinstance(value, str) and len(value) >= 10:
            return calendar_date(value)
    return None


def _money(value: object) -> Decimal:
    return Decimal(str(value)) if value is not None else _ZERO
