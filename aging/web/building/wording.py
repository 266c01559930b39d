"""What is a document called, what state is it in, and why is it where it is? In the words of the people who read it."""

from datetime import date

from aging.queries.documents import DocumentRow, EntryRow
from aging.queries.settings import View
from aging.web import formats
from aging.web.building.scales import label_of
from aging.web.formats import MINUS
from tenants.pages import Tone

KINDS = {"invoice": "Invoice", "credit_memo": "Credit memo", "payment": "Payment", "refund": "Refund"}
ENTRIES = {
    "issued": "Issued",
    "payment": "Payment",
    "credit": "Credit",
    "adjustment": "Adjustment",
    "refund": "Paid back",
    "reversal": "Payment reversed",
}
_EXCLUDED = {
    "deleted": "Deleted",
    "twin": "Shown twice",
    "refund": "Refund",
    "pending": "Pending",
    "later": "Not issued yet",
}
_SOURCE_KINDS = {"contact": "customer", "creditmemo": "credit memo"}


def kind_words(kind: str) -> str:
    """Of our kinds and of the source's object types, as something to put before a number."""
    return KINDS.get(kind) or _SOURCE_KINDS.get(kind, kind.replace("_", " ")).capitalize()


def number_of(number: str, source_id: str) -> str:
    return number or source_id


def reason_excluded(document: DocumentRow, as_of: date) -> str:
    """In one word why the document is in no figure of this day (S1, S2, S4, R2); empty when it may be in one."""
    reasons = {
        "deleted": document.is_deleted,
        "twin": bool(document.twin_of),
        "refund": document.kind == "refund",
        "pending": document.is_pending,
        "status": not document.counts,
        "later": document.issued_date > as_of,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def why_excluded(document: DocumentRow, as_of: date) -> str:
    """The same as a sentence."""
    issued, status = formats.day(document.issued_date), _status_words(document.status)
    return {
        "": "",
        "deleted": "It was deleted at the source, so it is not counted.",
        "twin": f"The source shows the same credit memo twice; it is counted once, as {document.twin_of}.",
        "refund": "A refund is owed by nobody: it takes back the payment it belongs to.",
        "pending": f"The {kind_words(document.kind).lower()} is still under way, so it reduces nothing yet.",
        "status": f"The source calls it {status}, so it is not counted.",
        "later": f"It was issued on {issued}, after {formats.day(as_of)}, so it does not count yet.",
    }[reason_excluded(document, as_of)]


def why(document: DocumentRow, view: View, locale: str) -> str:
    """The sentence that an accountant can check: first the days, then the sum of the ledger's entries."""
    excluded = why_excluded(document, view.as_of)
    if excluded:
        return excluded
    return f"{_place(document, view)} {_sum(document, locale)}"


def _place(document: DocumentRow, view: View) -> str:
    as_of, label = formats.day(view.as_of), label_of(view, document.bucket)
    if not document.open_minor:
        return f"Nothing is open as of {as_of}."
    if document.days_past_due is None:
        return "It is owed to the customer, so it is among the unapplied credits and does not age."
    began, day = _basis_words(document, view)
    days = document.days_past_due
    if days == 0:
        return f"{began} {formats.day(day)}, the day of the report, so it is in {label}."
    count = "1 day" if abs(days) == 1 else f"{abs(days):,} days"
    return f"{began} {formats.day(day)}, {count} {'before' if days > 0 else 'after'} {as_of}, so it is in {label}."


def _basis_words(document: DocumentRow, view: View) -> tuple[str, date]:
    if view.basis == "issued":
        return "Issued", document.issued_date
    if document.due_date is None:
        return "Without a due date, so counted from its issue on", document.issued_date
    return "Due", document.due_date


def _sum(document: DocumentRow, locale: str) -> str:
    """Open = original − paid − credited, with the adjustment that the source's own balance asks for (S5)."""
    currency = document.currency
    terms = (
        (-document.paid_minor, "paid"),
        (-document.credited_minor, "credited"),
        (document.adjusted_minor, "adjusted"),
    )
    text = f"Open {formats.money_sym(document.open_minor, currency, locale)} = "
    text += formats.money_sym(document.total_minor, currency, locale)
    for amount, word in terms:
        if amount:
            sign = "+" if amount > 0 else MINUS
            text += f" {sign} {formats.money_sym(abs(amount), currency, locale)} {_term(word, document.kind, amount)}"
    return f"{text}."


def _term(word: str, kind: str, amount: int) -> str:
    """Of a credit, what was applied comes back towards zero; of a payment, "credited" is what was paid back."""
    if kind == "invoice" or word == "adjusted":
        return "paid back" if word == "paid" and amount > 0 else word
    if kind == "payment" and word == "credited":
        return "paid back"
    return "applied" if amount > 0 else "taken back"


def status_of(document: DocumentRow, as_of: date) -> tuple[str, Tone]:
    """In a word or two, computed from dates and amounts: the source's own OVERDUE is never trusted (S2)."""
    reason = reason_excluded(document, as_of)
    if reason:
        return (_EXCLUDED.get(reason) or _status_words(document.status).capitalize()), "info"
    if document.open_minor <= 0:
        return ("Unapplied", "info") if document.open_minor else ("Settled", "good")
    if (document.due_date or document.issued_date) < as_of:
        return "Overdue", "warn"
    return ("Open" if document.open_minor == document.total_minor else "Part paid"), "info"


def _status_words(status: str) -> str:
    return status.replace("_", " ").lower() or "not final"


def entry_words(entry: EntryRow) -> str:
    return ENTRIES.get(entry.entry_kind, entry.entry_kind.capitalize())


def movement_words(entry_kind: str, kind: str) -> str:
    """What happened on a customer's account. An application inside one account moves nothing and is not listed."""
    if entry_kind == "issued":
        return {"invoice": "Issued", "payment": "Received", "credit_memo": "Credited"}.get(kind, "Entered")
    if entry_kind == "adjustment":
        return "Adjusted to the balance that the source states"
    if entry_kind in ("payment", "credit"):
        return "Applied across accounts"
    return ENTRIES.get(entry_kind, entry_kind.capitalize())
