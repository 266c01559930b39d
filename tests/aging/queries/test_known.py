"""A report as it was known earlier is the one that was given then; what changed it since is named, with the reason."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from aging.core.aging import age
from aging.core.buckets import DEFAULT_EDGES, DEFAULT_SCHEME
from aging.core.records import DocumentKey, DocumentKind
from aging.ingest import publishing
from aging.ingest.deletions import Deletions
from aging.ingest.landing import source_state
from aging.ingest.publishing import publish_run
from aging.ingest.staging import stage_page
from aging.models import Customer, Document, DocumentHistory, LedgerEntry, LedgerEntryHistory, Publication
from aging.queries.known import NaiveInstant, Reason, changes_since, totals_as_known, versions_known
from aging.queries.settings import View
from aging.queries.totals import totals_by_currency
from tenants.models import Connection, SyncRun
from tests.aging.core.builders import ACME, claim, day, invoice, memo, payment, refund
from tests.aging.core.generators import days, ledgers
from tests.aging.ingest.published import Records, publish, undone
from tests.aging.queries.test_any_date import telling_days
from tests.examples import books

MANY = books()


def view(as_of, basis="due"):
    return View(day(as_of) if isinstance(as_of, str) else as_of, basis, DEFAULT_SCHEME)


def parts(core, as_of, basis):
    """Every document's part in a report of the core, in the words in which changes are told."""
    return {
        row.document.key: (
            row.document.currency,
            row.document.customer_id,
            row.outstanding_minor,
            row.days_past_due,
            row.bucket,
        )
        for row in age(core, as_of=as_of, basis=basis, scheme=DEFAULT_SCHEME).rows
    }


def told(known, names):
    part = known.currency, names[known.customer_id], known.open_minor, known.days_past_due, known.bucket
    return part if known.open_minor else None


@pytest.mark.slow
@MANY
@given(before=ledgers(), after=ledgers(), data=st.data(), basis=st.sampled_from(("due", "issued")))
def test_what_was_known_then_is_what_was_reported_then_and_changes_explain_the_difference(
    acme, in_acme, before, after, data, basis
):
    with undone():
        records = Records()
        publish(acme, records.update(*before))
        then, known_on = records.core_ledger(), now()
        publish(acme, records.update(*after))
        today = records.core_ledger()
        names = dict(Customer.objects.values_list("id", "source_id"))
        telling = telling_days(then, DEFAULT_EDGES, basis) + telling_days(today, DEFAULT_EDGES, basis)
        asked = data.draw(st.lists(st.sampled_from(telling), max_size=12, unique=True)) if telling else []
        for as_of in [*asked, data.draw(days())]:
            asked_view = view(as_of, basis)
            reported, current = (age(one, as_of=as_of, basis=basis, scheme=DEFAULT_SCHEME) for one in (then, today))
            assert totals_as_known(asked_view, known_on) == reported.totals
            assert totals_by_currency(asked_view) == totals_as_known(asked_view, now()) == current.totals
            was, is_now = parts(then, as_of, basis), parts(today, as_of, basis)
            changes = changes_since(asked_view, known_on)
            assert all(one.reasons for one in changes)
            assert {
                DocumentKey(DocumentKind(one.kind), one.source_id): (told(one.then, names), told(one.now, names))
                for one in changes
            } == {key: (was.get(key), is_now.get(key)) for key in {**was, **is_now} if was.get(key) != is_now.get(key)}


@pytest.mark.slow
@MANY
@given(first=ledgers(), second=ledgers(), third=ledgers(), as_of=days())
def test_every_version_between_stays_readable(acme, in_acme, first, second, third, as_of):
    with undone():
        records, versions = Records(), []
        for ledger in (first, second, third):
            publish(acme, records.update(*ledger))
            versions.append((now(), records.core_ledger()))
        for known_on, core in versions:
            expected = age(core, as_of=as_of, basis="due", scheme=DEFAULT_SCHEME)
            assert totals_as_known(view(as_of), known_on) == expected.totals


@pytest.mark.slow
@MANY
@given(ledger=ledgers(), again=ledgers())
def test_history_keeps_what_changed_and_nothing_else(acme, in_acme, ledger, again):
    """What is in the history is not in the ledger any more, and what is still in the ledger is as old as it was."""
    with undone():
        records = Records()
        publish(acme, records.update(*ledger))
        assert not LedgerEntryHistory.objects.exists() and not DocumentHistory.objects.exists()
        first_run = Publication.objects.get().sync_run_id
        old = sorted(LedgerEntry.objects.values_list(*ENTRY), key=str)
        publish(acme, records.update(*again))
        kept = LedgerEntry.objects.filter(known_from_run=first_run).values_list(*ENTRY)
        superseded = LedgerEntryHistory.objects.filter(known_from_run=first_run).values_list(*ENTRY)
        told_since = LedgerEntry.objects.exclude(known_from_run=first_run).values_list(*ENTRY)
        assert sorted([*kept, *superseded], key=str) == old
        assert not set(superseded) & set(told_since)


ENTRY = ("document_id", "counterpart_id", "entry_kind", "effective_date", "amount_minor")


class Books:
    """A company's source, published version by version."""

    def __init__(self, company):
        self.company, self.records = company, Records()

    def say(self, *said, customers=(ACME,)):
        """Publish; the instant just after."""
        documents = [one for one in said if hasattr(one, "kind")]
        claims = [one for one in said if not hasattr(one, "kind")]
        publish(self.company, self.records.update(customers, documents, claims))
        return now()


@pytest.fixture
def books(acme, in_acme):
    return Books(acme)


def reasons(known_on, as_of="04-30"):
    return {one.source_id: one.reasons for one in changes_since(view(as_of), known_on)}


def on(day_text):
    """An instant in the morning of a day, long after the books of these tests were published."""
    return datetime.combine(day(day_text), datetime.min.time(), UTC)


def known_at(day_text):
    """Move the last publication to the morning of a day."""
    newest = Publication.objects.latest("id")
    Publication.objects.filter(pk=newest.pk).update(published_at=on(day_text))
    return on(day_text) + timedelta(hours=1)


def test_a_back_dated_payment_is_told_from_a_new_one(books):
    books.say(invoice("A"), invoice("B"))
    known_on = known_at("04-20")
    late = payment("P", issued="04-15"), claim("P", "A", 10_000)
    in_time = payment("Q", issued="04-25"), claim("Q", "B", 10_000)
    books.say(*late, *in_time)
    assert reasons(known_on) == {"A": (Reason.BACKDATED_PAYMENT,), "B": (Reason.NEW_PAYMENT,)}
    assert totals_as_known(view("04-30"), known_on)["USD"].gross == 20_000
    assert reasons(known_on, "04-14") == {}


def test_a_payment_withdrawn_and_one_bounced_are_told_apart(books):
    first = books.say(invoice("A"), invoice("B"), payment("P"), claim("P", "A"), payment("Q"), claim("Q", "B"))
    books.say(payment("P", counts=False, status="FAILED"), refund("Q", issued="04-20"))
    assert reasons(first) == {"A": (Reason.WITHDRAWN_PAYMENT,), "B": (Reason.CHANGED_REVERSAL,)}


def test_a_changed_due_date_shows_where_the_amount_stood(books):
    first = books.say(invoice("A", due="02-10"))
    books.say(invoice("A", due="03-31"))
    (change,) = changes_since(view("04-30"), first)
    assert change.reasons == (Reason.CHANGED_DUE_DATE,)
    assert (change.then.bucket, change.then.days_past_due, change.then.basis_date) == ("61-90", 79, day("02-10"))
    assert (change.now.bucket, change.now.days_past_due) == ("current", 30)


def test_new_changed_deleted_and_voided_documents_are_named(books, monkeypatch):
    first = books.say(invoice("TOTAL"), invoice("VOID"), invoice("GONE"), memo("MOVED", issued="04-01"))
    gone = Document.objects.get(source_id="GONE").pk
    monkeypatch.setattr(publishing, "confirm_deletions", lambda run: Deletions([gone], {"invoice": 1}))
    books.say(
        invoice("TOTAL", 9_000),
        invoice("VOID", counts=False, status="VOIDED"),
        memo("MOVED", issued="05-02"),
        invoice("NEW"),
    )
    assert reasons(first) == {
        "TOTAL": (Reason.CHANGED_TOTAL,),
        "VOID": (Reason.LEFT_OUT,),
        "GONE": (Reason.DELETED,),
        "NEW": (Reason.NEW_DOCUMENT,),
        "MOVED": (Reason.CHANGED_ISSUE_DATE,),
    }


def test_a_document_moved_to_another_customer_or_currency_is_named(books):
    first = books.say(invoice("A"), invoice("B"))
    other = type(ACME)("OTHER", "Other")
    books.say(invoice("A", customer_id="OTHER"), invoice("B", currency="EUR"), customers=(ACME, other))
    assert reasons(first) == {"A": (Reason.CHANGED_CUSTOMER,), "B": (Reason.CHANGED_CURRENCY,)}
    assert list(totals_as_known(view("04-30"), first)) == ["USD"]


def test_an_amount_changed_twice_is_known_as_it_was_each_time(books):
    instants = [books.say(invoice("A", total)) for total in (10_000, 9_000, 8_000)]
    assert [totals_as_known(view("04-30"), one)["USD"].gross for one in instants] == [10_000, 9_000, 8_000]


def test_what_a_document_was_is_remembered_through_a_time_in_which_nothing_of_it_was_open(books):
    first = books.say(invoice("A", due="02-10"))
    second = books.say(payment("P", issued="03-01"), claim("P", "A", 10_000))
    books.say(invoice("A", currency="EUR", due="04-20"))
    assert totals_as_known(view("04-30"), first)["USD"].buckets["61-90"] == 10_000
    assert totals_as_known(view("04-30"), second) == {}


def test_an_adjustment_that_a_new_balance_brings_is_a_reason(books):
    first = books.say(invoice("A", balance_minor=10_000))
    books.say(invoice("A", balance_minor=9_000, updated="04-20"))
    assert reasons(first) == {"A": (Reason.CHANGED_ADJUSTMENT,)}


def test_the_same_records_again_leave_no_trace(books):
    said = invoice("A"), payment("P"), claim("P", "A", 4_000)
    first = books.say(*said)
    before = sorted(LedgerEntry.objects.values_list("id", "known_from_run"))
    books.say(*said)
    assert sorted(LedgerEntry.objects.values_list("id", "known_from_run")) == before
    assert not LedgerEntryHistory.objects.exists()
    assert changes_since(view("04-30"), first) == []


def test_a_new_payment_keeps_the_invoices_older_entries_as_old_as_they_are(books):
    books.say(invoice("A"))
    books.say(payment("P", 4_000), claim("P", "A", 4_000))
    first, second = Publication.objects.order_by("id").values_list("sync_run_id", flat=True)
    known_from = dict(LedgerEntry.objects.filter(document__source_id="A").values_list("entry_kind", "known_from_run"))
    assert known_from == {"issued": first, "payment": second}
    assert not LedgerEntryHistory.objects.exists()


def test_of_two_equal_entries_the_older_stays_when_one_goes(books):
    books.say(invoice("A"), payment("P"), claim("P", "A", 100))
    books.say(payment("P"), claim("P", "A", 100), claim("P", "A", 100))
    first, second = Publication.objects.order_by("id").values_list("sync_run_id", flat=True)
    books.say(payment("P"), claim("P", "A", 100))
    entries = LedgerEntry.objects.filter(document__source_id="A", entry_kind="payment")
    assert list(entries.values_list("known_from_run", flat=True)) == [first]
    gone = LedgerEntryHistory.objects.filter(document__source_id="A")
    assert list(gone.values_list("known_from_run", flat=True)) == [second]


def test_a_second_source_is_unknown_before_its_first_publication(books):
    first = books.say(invoice("A"))
    second = Connection(pk=4_200_001, company=books.company, external_id="d")
    run = SyncRun(pk=9_000, connection=second)
    source_state(second.pk)
    stage_page(run.pk, second.pk, 0, Records().update([ACME], [invoice("Z", 77)], []), [])
    publish_run(run)
    assert totals_as_known(view("04-30"), first)["USD"].gross == 10_000
    assert totals_as_known(view("04-30"), now())["USD"].gross == 10_077
    assert [one.connection_id for one in versions_known(first)] == [4_200_000]
    assert [one.sync_run_id for one in versions_known(now())][-1] == 9_000


def test_before_the_first_publication_nothing_was_known(books):
    before = now()
    books.say(invoice("A"))
    assert totals_as_known(view("04-30"), before) == {}
    assert versions_known(before) == []
    assert reasons(before) == {"A": (Reason.NEW_DOCUMENT,)}


def test_an_instant_without_a_zone_is_refused(books):
    with pytest.raises(NaiveInstant):
        totals_as_known(view("04-30"), datetime(2025, 4, 30))


def test_an_entry_cannot_be_taken_back_before_it_was_told(books):
    books.say(invoice("A"))
    entry = LedgerEntry.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntryHistory.objects.create(
            document_id=entry.document_id,
            entry_kind="issued",
            effective_date=entry.effective_date,
            amount_minor=1,
            known_from_run=7,
            known_to_run=7,
        )
