"""One document: where it stands, why, every entry that made it so, and what is odd about it."""

from collections.abc import Iterator, Sequence

from django.urls import reverse

from aging.core.findings import CODES
from aging.queries.documents import DocumentRow, EntryRow, entries_of_document, get_document
from aging.queries.findings import FindingRow, findings_of_document
from aging.queries.pending import PendingPayment, pending_payments
from aging.queries.standing import list_sources
from aging.web import formats
from aging.web.building import header, scales, wording
from aging.web.building.customer_page import document_url
from aging.web.building.matrix import customer_url
from aging.web.freshness import freshness_of
from aging.web.pages.common import Fact, Notice
from aging.web.pages.documents import DocumentFinding, InvoiceEntry, InvoicePage
from aging.web.reader import Reader
from aging.web.state import LARGEST_ID, State


def build_invoice_page(reader: Reader, document_id: int) -> InvoicePage | None:
    """None when this company has no such document."""
    state = reader.state
    document = get_document(state.view, document_id) if document_id <= LARGEST_ID else None
    if document is None:
        return None
    path, entries = reverse("invoice", args=[document.id]), entries_of_document(document.id)
    status, tone = wording.status_of(document, state.as_of)
    return InvoicePage(
        id=str(document.id),
        kind=wording.kind_words(document.kind),
        number=wording.number_of(document.number, document.source_id),
        customer=document.customer_name or document.customer_source_id,
        customer_url=customer_url(state, document.customer_id),
        period=header.period(state, path),
        freshness=freshness_of(reader),
        form_url=path,
        currency=document.currency,
        status=status,
        tone=tone,
        issued=document.issued_date,
        due=document.due_date,
        days_past_due=document.days_past_due,
        bucket=scales.label_of(state.view, document.bucket) or "None",
        swatch=scales.swatch_of(state.view, document.bucket, document.days_past_due),
        original=document.total_minor,
        paid=document.paid_minor,
        credited=document.credited_minor,
        open=document.open_minor,
        why=wording.why(document, state.view, reader.locale),
        facts=tuple(_facts(reader, document)),
        entries=tuple(_entries(state, document, entries)),
        findings=tuple(_finding(one, reader.locale) for one in findings_of_document(document)),
        hidden=header.hidden(state),
        notices=(*header.notices_of_sources(reader, list_sources(), path), *_later(state, entries)),
    )


def _facts(reader: Reader, document: DocumentRow) -> Iterator[Fact]:
    connection = next((one for one in reader.connections if one.pk == document.connection_id), None)
    yield Fact("Issued", formats.day(document.issued_date))
    if document.status:
        yield Fact("Status at the source", document.status.replace("_", " ").capitalize())
    yield Fact("Id at the source", document.source_id)
    if connection is not None:
        yield Fact("Source", str(connection.integration_name), reverse("connections"))


def _entries(state: State, document: DocumentRow, entries: Sequence[EntryRow]) -> Iterator[InvoiceEntry]:
    """Up to the day, so that the last balance is the open amount; what is pending stands at the end."""
    balance = 0
    for one in entries:
        if one.effective_date <= state.as_of:
            balance = one.balance_minor
            yield _entry(state, document, one)
    for payment in pending_payments(document.id, until=state.as_of):
        yield _pending(state, payment, balance)


def _entry(state: State, document: DocumentRow, one: EntryRow) -> InvoiceEntry:
    other = wording.number_of(one.counterpart_number, one.counterpart_source_id)
    own = wording.number_of(document.number, document.source_id) if one.entry_kind == "issued" else ""
    return InvoiceEntry(
        day=one.effective_date,
        label=wording.entry_words(one),
        document=other or own,
        url=document_url(state, one.counterpart_id) if one.counterpart_id else "",
        amount=one.amount_minor,
        balance=one.balance_minor,
        is_inferred=one.entry_kind == "adjustment",
    )


def _pending(state: State, payment: PendingPayment, balance: int) -> InvoiceEntry:
    return InvoiceEntry(
        day=payment.issued_date,
        label="Payment",
        document=wording.number_of(payment.number, payment.source_id),
        url=document_url(state, payment.document_id),
        amount=-payment.amount_minor,
        balance=balance,
        is_pending=True,
    )


def _finding(one: FindingRow, locale: str) -> DocumentFinding:
    text = CODES[one.code]
    amount = (
        f" {formats.money_sym(one.amount_minor, one.currency, locale)}." if one.amount_minor and one.currency else ""
    )
    return DocumentFinding(text.title, f"{text.what_we_did}{amount}", text.what_you_can_do)


def _later(state: State, entries: Sequence[EntryRow]) -> Iterator[Notice]:
    later = sum(1 for one in entries if one.effective_date > state.as_of)
    if later:
        entry = "1 entry is" if later == 1 else f"{later} entries are"
        yield Notice("info", f"{entry} dated after {formats.day(state.as_of)} and not counted here.")
