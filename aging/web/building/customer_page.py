"""One customer: the statement of a day, whose items are those of the report, or all that ever moved the account."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.urls import reverse

from accounts.roles import May
from aging.queries.customer import CustomerRecord, get_customer, list_namesakes
from aging.queries.customers import CustomerRow, balances_of_customer
from aging.queries.documents import DocumentFilter, DocumentRow, MovementRow, list_documents, movements_of_customer
from aging.queries.standing import list_sources
from aging.web.building import header, scales, wording
from aging.web.building.matrix import last_page, pager
from aging.web.freshness import freshness_of
from aging.web.pages.common import Fact, Link, Notice
from aging.web.pages.documents import CreditLine, CustomerPage, HistoryLine, StatementLine, StatementSection
from aging.web.reader import Reader
from aging.web.state import LARGEST_ID, State


def build_customer_page(reader: Reader, customer_id: int) -> CustomerPage | None:
    """None when this company has no such customer."""
    customer = get_customer(customer_id) if customer_id <= LARGEST_ID else None
    if customer is None:
        return None
    path, state = reverse("customer", args=[customer.id]), reader.state
    page = CustomerPage(
        id=str(customer.id),
        name=customer.name or customer.source_id,
        period=header.period(state, path),
        freshness=freshness_of(reader),
        form_url=path,
        facts=_facts(reader, customer),
        statement_url=state.url(path, tab="statement"),
        history_url=state.url(path, tab="history"),
        tab=state.tab,  # type: ignore[arg-type]  # one of the two
        hidden=header.hidden(state),
        legend=scales.legend(state.view),
        notices=(*header.notices_of_sources(reader, list_sources(), path), *_namesakes(reader, customer)),
        exports=_exports(reader, customer),
    )
    if state.tab == "history":
        return _with_history(page, state, customer, path)
    return replace(page, sections=tuple(_sections(reader, customer)))


def _facts(reader: Reader, customer: CustomerRecord) -> tuple[Fact, ...]:
    connection = next((one for one in reader.connections if one.pk == customer.connection_id), None)
    named = (
        Fact("E-mail", customer.email),
        Fact("Phone", customer.phone),
        Fact("Currency", customer.currency),
        Fact("Id at the source", customer.source_id),
        Fact("Source", str(connection.integration_name) if connection else "", reverse("connections")),
        Fact("At the source", "" if customer.is_active else "No longer active"),
    )
    return tuple(fact for fact in named if fact.value)


def _namesakes(reader: Reader, customer: CustomerRecord) -> Iterator[Notice]:
    if customer.is_placeholder:
        yield Notice("warn", "Documents name this customer, but the source has no record of it.")
    if len(reader.connections) < 2:
        return
    for other in list_namesakes(customer):
        text = f"{reader.source_name(other.connection_id)} has a customer of the same name; the two are kept apart."
        yield Notice("info", text, Link("See the other", reader.state.elsewhere(reverse("customer", args=[other.id]))))


def _exports(reader: Reader, customer: CustomerRecord) -> tuple[Link, ...]:
    if not reader.may(May.EXPORT):
        return ()
    return (Link("CSV, open documents", reader.state.elsewhere(reverse("export-invoices"), customer=customer.id)),)


def _sections(reader: Reader, customer: CustomerRecord) -> Iterator[StatementSection]:
    """One a currency, the company's own first."""
    state = reader.state
    documents = list_documents(state.view, DocumentFilter(customer_id=customer.id), order="due")
    balances = balances_of_customer(state.view, customer.id)
    for row in sorted(balances, key=lambda one: (one.currency != reader.company.currency, one.currency)):
        yield _section(state, row, [one for one in documents if one.currency == row.currency])


def _section(state: State, row: CustomerRow, documents: Sequence[DocumentRow]) -> StatementSection:
    items = sorted((one for one in documents if one.open_minor > 0), key=lambda one: one.due_date or one.issued_date)
    credits = [one for one in documents if one.open_minor < 0]
    return StatementSection(
        currency=row.currency,
        past_due=row.totals.past_due,
        oldest_days=row.oldest_days,
        bar=scales.bar(row.totals),
        items=tuple(_item(state, one) for one in items),
        items_total=sum(one.open_minor for one in items),
        credits=tuple(_credit(state, one) for one in credits),
        credits_total=sum(one.open_minor for one in credits),
        net=row.totals.net,
    )


def document_url(state: State, document_id: int) -> str:
    return state.elsewhere(reverse("invoice", args=[document_id]))


def _item(state: State, one: DocumentRow) -> StatementLine:
    return StatementLine(
        id=str(one.id),
        kind=wording.kind_words(one.kind),
        number=wording.number_of(one.number, one.source_id),
        url=document_url(state, one.id),
        issued=one.issued_date,
        due=one.due_date,
        days_past_due=one.days_past_due,
        bucket=scales.label_of(state.view, one.bucket),
        swatch=scales.swatch_of(state.view, one.bucket, one.days_past_due),
        original=one.total_minor,
        open=one.open_minor,
        is_due_assumed=one.kind == "invoice" and one.due_date is None,
    )


def _credit(state: State, one: DocumentRow) -> CreditLine:
    return CreditLine(
        id=str(one.id),
        kind=wording.kind_words(one.kind),
        number=wording.number_of(one.number, one.source_id),
        url=document_url(state, one.id),
        day=one.issued_date,
        original=one.total_minor,
        open=one.open_minor,
    )


def _with_history(page: CustomerPage, state: State, customer: CustomerRecord, path: str) -> CustomerPage:
    """Newest first, so that the closing balance, which is the statement's, is at the top."""
    movements = list(reversed(movements_of_customer(customer.id, until=state.as_of)))
    state = replace(state, page=min(state.page, last_page(len(movements), state.size)))
    shown = movements[state.offset : state.offset + state.size]
    return replace(
        page,
        history=tuple(_movement(state, one) for one in shown),
        history_pager=pager(state, path, shown=len(shown), total=len(movements)),
    )


def _movement(state: State, one: MovementRow) -> HistoryLine:
    return HistoryLine(
        day=one.effective_date,
        kind=wording.kind_words(one.document_kind),
        number=wording.number_of(one.document_number, one.document_source_id),
        url=document_url(state, one.document_id),
        text=wording.movement_words(one.entry_kind, one.document_kind),
        currency=one.currency,
        amount=one.amount_minor,
        balance=one.balance_minor,
    )
