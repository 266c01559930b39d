"""Ledgers of every shape a source may send, for properties that hold whatever the data.

Amounts and days come from short lists, so that they meet: payments that fit an invoice exactly, applications on the
day of issue, balances that agree with the claims and balances that do not. Ids that nothing carries appear among the
targets on purpose. The same ledgers serve wherever figures computed elsewhere are compared with the core.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from aging.core.records import Application, Customer, Document, DocumentKind, Door

FIRST_DAY = date(2025, 1, 1)
LAST_DAY = FIRST_DAY + timedelta(days=400)
CURRENCIES = ("USD", "USD", "JPY", "KWD")
CUSTOMERS = tuple(Customer(f"C{n}", f"Customer {n}", parent_id="C0" if n == 2 else "") for n in range(3))

_AMOUNTS = st.sampled_from((0, 1, 40, 60, 99, 100, 100, 250, 12_345, 10**15 + 1))
_SIGNED = st.sampled_from((100, 100, 60, 250, 12_345, 10**15 + 1, 1, 0, -100))
_BALANCES = st.sampled_from((None, None, None, 0, 1, 40, 100, 250))
_ISSUED = st.sampled_from([FIRST_DAY + timedelta(days=n) for n in (0, 1, 10, 31, 59, 90, 120, 200)])
_MAYBE_DAY = st.sampled_from([None, None, *(FIRST_DAY + timedelta(days=n) for n in (0, 5, 31, 60, 95, 151, 260, 330))])
_CUSTOMER = st.sampled_from(("C0", "C0", "C1", "C2", "GONE", ""))
_CURRENCY = st.sampled_from(CURRENCIES)
_STATUSES = st.sampled_from(("AUTHORIZED", "AUTHORIZED", "PARTIALLY_PAID", "PAID", "REFUNDED", "VOIDED", "DRAFT"))
_NOT_COUNTED = frozenset({"VOIDED", "DRAFT", "FAILED", "PENDING"})

_RECEIVABLES = st.tuples(
    _CUSTOMER, _CURRENCY, _ISSUED, _SIGNED, _MAYBE_DAY, _STATUSES, _BALANCES, _BALANCES, _MAYBE_DAY, _MAYBE_DAY
)
_CASH = st.tuples(
    _CUSTOMER,
    _CURRENCY,
    _ISSUED,
    _AMOUNTS,
    st.sampled_from(("SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "FAILED", "PENDING")),
)
_CLAIMS = st.tuples(
    st.sampled_from(tuple(Door)),
    st.integers(0, 5),
    st.integers(0, 5),
    _AMOUNTS,
    st.sampled_from(("of the invoice", "of the invoice", "of the credit", "EUR")),
    _MAYBE_DAY,
)


class GeneratedLedger(NamedTuple):
    customers: tuple[Customer, ...]
    documents: tuple[Document, ...]
    applications: tuple[Application, ...]


def days() -> st.SearchStrategy[date]:
    """Days on which something may just have happened, and days long before and after."""
    return st.dates(FIRST_DAY - timedelta(days=2), LAST_DAY)


@st.composite
def ledgers(draw: st.DrawFn, *, twin_memos: bool = True) -> GeneratedLedger:
    """`twin_memos=False` leaves out memos that a source shows under two ids (S1)."""
    invoices = _receivables(DocumentKind.INVOICE, draw(st.lists(_RECEIVABLES, max_size=5)))
    memos = _receivables(DocumentKind.CREDIT_MEMO, draw(st.lists(_RECEIVABLES, max_size=3)), numbered=not twin_memos)
    payments = _cash(DocumentKind.PAYMENT, draw(st.lists(_CASH, max_size=4)))
    refunds = _cash(DocumentKind.REFUND, draw(st.lists(_CASH, max_size=2)))
    claims = [_claim(drawn, invoices, memos, payments) for drawn in draw(st.lists(_CLAIMS, max_size=8))]
    return GeneratedLedger(CUSTOMERS, (*invoices, *memos, *payments, *refunds), tuple(claims))


def mirrors(application: Application) -> list[Application]:
    """The same application as a source would show it through its other doors."""
    if application.credit_kind is DocumentKind.CREDIT_MEMO:
        doors = [Door.CREDIT_APPLICATIONS, Door.CREDIT_INVOICE_ID]
    else:
        doors = [Door.PAYMENT_ALLOCATIONS, Door.INVOICE_PAYMENTS, Door.PAYMENT_INVOICE_ID]
    worse = [door for door in doors if door > application.door]
    return [
        Application(
            door,
            application.credit_kind,
            application.credit_id,
            application.invoice_id,
            application.amount_minor,
            application.currency,
        )
        for door in worse
    ]


def _receivables(kind: DocumentKind, drawn: Sequence[tuple], *, numbered: bool = True) -> list[Document]:
    letter = "I" if kind is DocumentKind.INVOICE else "K"
    return [
        Document(
            kind,
            f"{letter}{n}",
            customer,
            currency,
            issued_date=issued,
            total_minor=total,
            due_date=due,
            number=f"{letter}-{n}" if numbered else "CN",
            status=status,
            counts=status not in _NOT_COUNTED,
            balance_minor=balance,
            paid_minor=paid,
            settled_date=settled,
            updated_date=updated,
        )
        for n, (customer, currency, issued, total, due, status, balance, paid, settled, updated) in enumerate(drawn)
    ]


def _cash(kind: DocumentKind, drawn: Sequence[tuple]) -> list[Document]:
    """Refunds name the payments in turn, so that the first payment is refunded most often, if it exists."""
    letter = "P" if kind is DocumentKind.PAYMENT else "R"
    return [
        Document(
            kind,
            f"{letter}{n}",
            customer,
            currency,
            issued_date=issued,
            total_minor=amount,
            status=status,
            counts=status not in _NOT_COUNTED,
            is_pending=status == "PENDING",
            refunded_payment_id=f"P{n}" if kind is DocumentKind.REFUND else "",
        )
        for n, (customer, currency, issued, amount, status) in enumerate(drawn)
    ]


def _claim(drawn: tuple, invoices: list[Document], memos: list[Document], payments: list[Document]) -> Application:
    door, credit_number, invoice_number, amount, whose_currency, applied = drawn
    by_memo = door in (Door.CREDIT_APPLICATIONS, Door.CREDIT_INVOICE_ID)
    credit = _at(memos if by_memo else payments, credit_number)
    invoice = _at(invoices, invoice_number)
    known = {
        "of the invoice": invoice.currency if invoice else "USD",
        "of the credit": credit.currency if credit else "USD",
    }
    return Application(
        door,
        DocumentKind.CREDIT_MEMO if by_memo else DocumentKind.PAYMENT,
        credit.source_id if credit else "NOT-LISTED",
        invoice.source_id if invoice else "GONE",
        amount,
        known.get(whose_currency, "EUR"),
        applied,
    )


def _at(documents: list[Document], number: int) -> Document | None:
    """One number in six points past the end of a short list: at a document that is not there."""
    return documents[number % len(documents)] if documents and number < 5 else None
