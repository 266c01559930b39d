"""The figures that SQL gives for any day are the core's, on whatever the books hold (R1-R10, R12)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aging.core.aging import age
from aging.core.buckets import DEFAULT_EDGES, BucketScheme
from aging.core.records import DocumentKey, DocumentKind
from aging.ingest.publishing import rebuild_steps
from aging.models import ReportSettings
from aging.queries.customers import list_customers, page_of_customers
from aging.queries.documents import DocumentFilter, list_documents, movements_of_customer, totals_of_documents
from aging.queries.settings import View, preferences
from aging.queries.totals import totals_by_currency, totals_on_days
from tests.aging.core.generators import days, ledgers
from tests.aging.ingest.published import Records, publish, undone
from tests.examples import books

pytestmark = pytest.mark.slow
MANY = books()
EDGES = st.sampled_from((DEFAULT_EDGES, (15, 30, 60), (1, 2, 3, 4, 5, 6, 7, 8), (45, 365)))


def telling_days(core, edges, basis):
    """The days on which a figure may just have changed, and the days before them: entries, and every threshold."""
    told = set()
    for key, document in core.documents.items():
        told.update(entry.effective_date for entry in core.entries[key])
        start = (document.due_date if basis == "due" else None) or document.issued_date
        told.update(start + timedelta(days=1 + edge) for edge in (0, *edges))
    return sorted({day - timedelta(days=back) for day in told for back in (0, 1)})


def publish_with_edges(company, ledger, edges):
    """The ledger published under the company's own buckets; its core counterpart."""
    records = Records()
    publish(company, records.update(*ledger))
    if edges != DEFAULT_EDGES:
        ReportSettings.objects.update_or_create(pk=1, defaults={"bucket_edges": list(edges)})
        rebuild_steps()
    return records.core_ledger()


@MANY
@given(ledger=ledgers(), data=st.data(), basis=st.sampled_from(("due", "issued")), edges=EDGES)
def test_totals_customers_and_documents_of_any_day_are_the_cores(acme, in_acme, ledger, data, basis, edges):
    with undone():
        core = publish_with_edges(acme, ledger, edges)
        scheme = BucketScheme.from_edges(edges)
        telling = telling_days(core, edges, basis)
        asked = data.draw(st.lists(st.sampled_from(telling), max_size=12, unique=True)) if telling else []
        for as_of in [*asked, data.draw(days())]:
            expected = age(core, as_of=as_of, basis=basis, scheme=scheme)
            view = View(as_of, basis, preferences().scheme)
            assert totals_by_currency(view) == expected.totals
            assert {(one.source_id, one.currency): one.totals for one in list_customers(view)} == {
                (customer, currency): totals
                for customer, held in expected.customers.items()
                for currency, totals in held.items()
            }
            assert {
                DocumentKey(DocumentKind(one.kind), one.source_id): (one.open_minor, one.days_past_due, one.bucket)
                for one in list_documents(view, DocumentFilter())
            } == {row.document.key: (row.outstanding_minor, row.days_past_due, row.bucket) for row in expected.rows}


@MANY
@given(ledger=ledgers(), first=days(), second=days())
def test_a_trend_says_of_each_day_what_the_report_of_that_day_says(acme, in_acme, ledger, first, second):
    with undone():
        publish_with_edges(acme, ledger, DEFAULT_EDGES)
        some_days = sorted({first, second})
        for currency in {one.currency for one in ledger.documents}:
            trend = totals_on_days(some_days, currency, View(first, "due", preferences().scheme))
            for day, totals in zip(some_days, trend, strict=True):
                told = totals_by_currency(View(day, "due", preferences().scheme)).get(currency)
                assert told == totals if told else not (totals.gross or totals.unapplied)


@MANY
@given(ledger=ledgers(), as_of=days())
def test_pages_and_drill_downs_add_up_to_the_totals(acme, in_acme, ledger, as_of):
    with undone():
        publish_with_edges(acme, ledger, DEFAULT_EDGES)
        view = View(as_of, "due", preferences().scheme)
        for currency, totals in totals_by_currency(view).items():
            page = page_of_customers(view, currency, order="-overdue", limit=1, offset=0)
            assert page.sums == totals
            assert page.matching == page.total >= len(page.rows) == 1
            for key, amount in totals.buckets.items():
                drilled = totals_of_documents(view, DocumentFilter(bucket=key, currency=currency))
                assert sum(one.open_minor for one in drilled) == amount
                filtered = page_of_customers(view, currency, bucket=key, order="name", limit=50, offset=0)
                assert filtered.sums.buckets[key] == amount
                assert filtered.matching == page.with_balance[key]
            unapplied = totals_of_documents(view, DocumentFilter(bucket="unapplied", currency=currency))
            assert sum(one.open_minor for one in unapplied) == totals.unapplied


@MANY
@given(ledger=ledgers(), as_of=days())
def test_a_customers_account_closes_on_the_statement(acme, in_acme, ledger, as_of):
    with undone():
        publish_with_edges(acme, ledger, DEFAULT_EDGES)
        view = View(as_of, "due", preferences().scheme)
        for row in list_customers(view):
            movements = [one for one in movements_of_customer(row.id, until=as_of) if one.currency == row.currency]
            assert movements[-1].balance_minor == row.totals.net == sum(one.amount_minor for one in movements)


@MANY
@given(ledger=ledgers(), as_of=days())
def test_every_document_says_how_it_came_to_its_open_amount(acme, in_acme, ledger, as_of):
    with undone():
        publish_with_edges(acme, ledger, DEFAULT_EDGES)
        view = View(as_of, "due", preferences().scheme)
        for one in list_documents(view, DocumentFilter()):
            explained = one.total_minor - one.paid_minor - one.credited_minor + one.adjusted_minor
            assert explained == one.open_minor
