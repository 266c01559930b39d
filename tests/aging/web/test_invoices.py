"""The documents behind the figures: filters add up, and each says in checkable words why it is where it is."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.utils.timezone import now

from aging.core.aging import Basis
from aging.core.dates import month_end
from aging.models import Application, Document, Finding
from aging.queries.documents import DocumentFilter, entries_of_document, list_documents
from aging.queries.standing import count_standing
from aging.queries.totals import totals_by_currency
from aging.web.building import wording
from aging.web.building.invoice_page import build_invoice_page
from aging.web.building.invoices_page import build_invoices_page, orders
from tests.aging.web.sources import words_of

pytestmark = pytest.mark.django_db
SENTENCE_AMOUNT = re.compile(r"([=+−]?) ?(−?)\$([\d,]+\.\d\d)")


def page_at(company, query=""):
    reader = company.reader(query, orders)
    return build_invoices_page(reader, count_standing(as_of=reader.state.today))


def open_invoice(**filters):
    """The newest document that matches, in dollars."""
    return Document.objects.filter(currency="USD", **filters).order_by("-pk")[0]


def sum_of(sentence: str) -> tuple[Decimal, Decimal]:
    """What the sentence says is open, and what its terms add up to."""
    (_, minus, first), *terms = SENTENCE_AMOUNT.findall(sentence)
    amounts = [
        Decimal(digits.replace(",", "")) * (-1 if (sign == "−") != (own == "−") else 1) for sign, own, digits in terms
    ]
    return Decimal(first.replace(",", "")) * (-1 if minus else 1), sum(amounts)


@pytest.mark.parametrize("as_of", ["", "as_of=2026-03-31", "as_of=2025-06-30&basis=issue"])
def test_the_sentence_of_every_document_adds_up_to_the_ledgers_amount(in_synced, as_of):
    view = in_synced.reader(as_of).state.view
    documents = list_documents(view, DocumentFilter(status="open", currency="USD"))
    documents += list_documents(view, DocumentFilter(status="settled", currency="USD"), limit=100)
    assert len({(one.kind, bool(one.paid_minor), bool(one.credited_minor)) for one in documents}) >= 4
    for one in documents:
        stated, added = sum_of(wording.why(one, view, "en_US"))
        ledger = sum(entry.amount_minor for entry in entries_of_document(one.id) if entry.effective_date <= view.as_of)
        assert stated == added == Decimal(ledger) / 100 == Decimal(one.open_minor) / 100


def test_a_sentence_reads_as_an_accountant_would_write_it(in_synced):
    view = in_synced.reader("as_of=2026-10-31").state.view
    one = list_documents(view, DocumentFilter(currency="USD", bucket="61-90", kind="invoice"))[0]
    sentence = wording.why(one, view, "en_US")
    days = (date(2026, 10, 31) - one.due_date).days
    due = f"{one.due_date.day} {one.due_date:%b} {one.due_date.year}"
    assert sentence.startswith(f"Due {due}, {days} days before 31 Oct 2026, so it is in 61–90. Open $")


@pytest.mark.parametrize(
    ("changes", "words", "status"),
    [
        ({"counts": False, "status": "DRAFT"}, "The source calls it draft, so it is not counted.", "Draft"),
        ({"counts": False, "status": "VOIDED"}, "The source calls it voided, so it is not counted.", "Voided"),
        ({"twin_of": "m7"}, "it is counted once, as m7.", "Shown twice"),
        ({"deleted_at": now()}, "It was deleted at the source, so it is not counted.", "Deleted"),
        ({"kind": "payment", "is_pending": True, "counts": False}, "still under way, so it reduces nothing", "Pending"),
    ],
)
def test_what_is_left_out_says_why(in_synced, changes, words, status):
    document = open_invoice(kind="invoice")
    Document.objects.filter(pk=document.pk).update(**changes)
    page = build_invoice_page(in_synced.reader(), document.pk)
    assert words in page.why
    assert page.status == status


def test_before_its_issue_a_document_does_not_count_yet(in_synced):
    document = open_invoice(kind="invoice", counts=True)
    before = month_end(date(document.issued_date.year - 1, document.issued_date.month, 1))
    page = build_invoice_page(in_synced.reader(f"as_of={before}"), document.pk)
    assert f"after {before.day} {before:%b} {before.year}, so it does not count yet." in page.why
    assert (page.open, page.entries, page.status) == (0, (), "Not issued yet")
    assert "dated after" in page.notices[-1].text


def test_the_entries_end_on_the_open_amount_of_the_day(in_synced):
    for as_of in ("", "as_of=2026-03-31"):
        view = in_synced.reader(as_of).state.view
        for one in list_documents(view, DocumentFilter(currency="EUR"))[:25]:
            page = build_invoice_page(in_synced.reader(as_of), one.id)
            assert page.entries[-1].balance == page.open == sum(entry.amount for entry in page.entries)


def test_an_inferred_adjustment_is_marked_and_explained(in_synced):
    finding = Finding.objects.filter(code="adjustment_inferred", object_type="invoice").order_by("pk")[0]
    document = Document.objects.get(kind="invoice", source_id=finding.source_id)
    page = build_invoice_page(in_synced.reader(), document.pk)
    assert [one.label for one in page.entries if one.is_inferred] == ["Adjustment"]
    assert "adjusted" in page.why
    assert "The balance differs from what the applications explain" in [one.title for one in page.findings]


def test_a_payment_under_way_is_shown_and_reduces_nothing(in_synced):
    invoice = list_documents(in_synced.reader().state.view, DocumentFilter(currency="USD", kind="invoice"))[0]
    payment = Document.objects.create(
        connection_id=invoice.connection_id, kind="payment", source_id="p-1", customer_id=invoice.customer_id,
        number="PMT-1", counts=False, is_pending=True, currency="USD", issued_date=invoice.issued_date, total_minor=500,
    )  # fmt: skip
    for door in (1, 2):
        Application.objects.create(
            connection_id=invoice.connection_id, owner_kind="payment", owner_source_id="p-1", door=door,
            credit_kind="payment", credit_source_id="p-1", invoice_source_id=invoice.source_id, amount_minor=500,
            currency="USD",
        )  # fmt: skip
    page = build_invoice_page(in_synced.reader(), invoice.id)
    (pending,) = [one for one in page.entries if one.is_pending]
    assert (pending.document, pending.amount, pending.balance) == ("PMT-1", -500, page.open)
    assert page.open == invoice.open_minor
    assert pending.url == f"/invoices/{payment.pk}"


@pytest.mark.parametrize("query", ["", "as_of=2026-05-20", "basis=issue"])
def test_all_open_documents_are_what_the_report_calls_net(in_synced, query):
    owed = totals_by_currency(in_synced.reader(query).state.view)
    assert {one.currency: one.open for one in page_at(in_synced, query).totals} == {
        code: totals.net for code, totals in owed.items()
    }


def test_every_filter_narrows_and_a_chip_takes_it_off_again(in_synced):
    whole, one = page_at(in_synced), page_at(in_synced, "bucket=2&ccy=EUR&q=INV")
    assert 0 < one.pager.total < whole.pager.total
    assert {row.currency for row in one.rows} == {"EUR"}
    assert {row.bucket for row in one.rows} == {"61–90"}
    assert [chip.label for chip in one.chips] == ["Bucket: 61–90", "Currency: EUR", "Text: INV"]
    assert one.chips[0].remove_url == "/invoices?ccy=EUR&q=INV"
    assert one.clear_url == "/invoices"


def test_a_customers_documents_name_the_customer(in_synced):
    document = open_invoice(kind="invoice")
    page = page_at(in_synced, f"customer={document.customer_id}&status=all&per=all")
    assert {row.customer for row in page.rows} == {document.customer.name}
    assert page.chips[0].label == f"Customer: {document.customer.name}"


@pytest.mark.parametrize("status", ["open", "settled", "excluded"])
def test_statuses_part_the_documents_between_them(in_synced, status):
    page = page_at(in_synced, f"status={status}&per=all")
    statuses = {row.status for row in page.rows}
    left_out = "Draft,Voided,Submitted,Deleted,Shown twice,Pending,Failed,Canceled,Not issued yet"
    allowed = {
        "open": {"Open", "Overdue", "Part paid", "Unapplied"},
        "settled": {"Settled"},
        "excluded": set(left_out.split(",")),
    }
    assert statuses
    assert statuses <= allowed[status]


def test_the_totals_are_of_all_pages(in_synced):
    first, second = page_at(in_synced, "per=25"), page_at(in_synced, "per=25&page=2")
    assert first.totals == second.totals
    assert sum(one.count for one in first.totals) == first.pager.total
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}


def test_lateness_is_of_the_due_date_whatever_the_report_counts_from(in_synced):
    view = in_synced.reader("basis=issue").state.view
    assert view.basis == Basis.ISSUED
    one = next(row for row in list_documents(view, DocumentFilter()) if row.due_date and row.due_date > view.as_of)
    assert one.days_past_due > 0
    assert wording.status_of(one, view.as_of)[0] in ("Open", "Part paid")


def test_findings_are_counted_explained_and_lead_to_their_documents(synced_company):
    page = words_of(synced_company.browser().get("/data-quality"))
    assert "The same credit memo appears in two places" in page
    assert "We count it once." in page
    assert "Nothing needs doing, unless they really are two memos: then give each its own number." in page
    assert 'href="/invoices/' in page
    alone = words_of(synced_company.browser().get("/data-quality?code=memo_seen_twice&per=all"))
    assert alone.count("counted once, as") == int(re.search(r"Show all (\d+)", page)[1]) > 5


def test_records_that_are_no_receivables_are_counted(synced_company):
    skipped = sum(step["skipped"] for step in synced_company.run.steps.values())
    assert skipped > 0
    assert f"skipped {skipped} records that are no receivable" in words_of(
        synced_company.browser().get("/data-quality")
    )
