"""What must hold for every ledger, however odd the source: found by trying odd ones."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aging.core.aging import age
from aging.core.buckets import DEFAULT_SCHEME
from aging.core.findings import CODES
from aging.core.ledger import EntryKind, Ledger, build_entries, build_ledger
from aging.core.records import Document, DocumentKey, DocumentKind
from tests.aging.core.generators import GeneratedLedger, days, ledgers, mirrors
from tests.examples import examples

some_ledgers = examples(30)
ONE_DAY = timedelta(days=1)


def open_on(ledger: Ledger, day: date) -> dict[DocumentKey, int]:
    """Straight from the definition: what a document's entries add up to by the end of the day (R3)."""
    sums = {
        key: sum(entry.amount_minor for entry in entries if entry.effective_date <= day)
        for key, entries in ledger.entries.items()
    }
    return {key: amount for key, amount in sums.items() if amount}


def default_bucket(days_past_due: int) -> str:
    """R6 in so many words."""
    if days_past_due <= 30:
        return "current"
    if days_past_due <= 60:
        return "31-60"
    if days_past_due <= 90:
        return "61-90"
    return "91-120" if days_past_due <= 120 else "120+"


def restated(ledger: Ledger, day: date, basis: str) -> dict[str, Counter[str]]:
    """The totals as an accountant would state them, one document after the other (R5 to R8)."""
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for key, amount in open_on(ledger, day).items():
        document = ledger.documents[key]
        column = totals[document.currency]
        column["net"] += amount
        if amount < 0:
            column["unapplied"] += amount
            continue
        since = (document.due_date or document.issued_date) if basis == "due" else document.issued_date
        late = (day - since).days
        column[default_bucket(late)] += amount
        column["gross"] += amount
        column["past_due" if late >= 1 else "not_due"] += amount
    return totals


@some_ledgers
@given(ledgers(), days(), st.sampled_from(["due", "issued"]))
def test_r5_to_r10_the_report_states_what_the_entries_say(made: GeneratedLedger, day: date, basis: str) -> None:
    ledger = build_ledger(*made)
    report = age(ledger, as_of=day, basis=basis, scheme=DEFAULT_SCHEME)
    expected = restated(ledger, day, basis)

    assert {row.document.key: row.outstanding_minor for row in report.rows} == open_on(ledger, day)
    assert set(report.totals) == set(expected)
    for currency, total in report.totals.items():
        for name in ("gross", "unapplied", "net", "not_due", "past_due"):
            assert getattr(total, name) == expected[currency][name], name
        assert total.buckets == {key: expected[currency][key] for key in DEFAULT_SCHEME.keys}


@some_ledgers
@given(ledgers(), days())
def test_r7_credits_by_date_change_columns_and_never_the_net(made: GeneratedLedger, day: date) -> None:
    ledger = build_ledger(*made)
    apart = age(ledger, as_of=day, basis="due", scheme=DEFAULT_SCHEME)
    by_date = age(ledger, as_of=day, basis="due", scheme=DEFAULT_SCHEME, credits="by_date")
    assert {c: t.net for c, t in apart.totals.items()} == {c: t.net for c, t in by_date.totals.items()}
    assert all(total.unapplied == 0 for total in by_date.totals.values())
    assert all(row.outstanding_minor > 0 for row in apart.rows if row.bucket != "unapplied")


@some_ledgers
@given(ledgers(), days())
def test_r3_from_one_day_to_the_next_only_that_days_entries_count(made: GeneratedLedger, day: date) -> None:
    ledger = build_ledger(*made)
    happened: Counter[DocumentKey] = Counter()
    for key, entries in ledger.entries.items():
        happened[key] += sum(entry.amount_minor for entry in entries if entry.effective_date == day + ONE_DAY)
    before, after = (Counter(open_on(ledger, on)) for on in (day, day + ONE_DAY))
    assert all(after[key] - before[key] == happened[key] for key in ledger.documents)


@some_ledgers
@given(ledgers())
def test_s5_every_document_ends_where_the_source_says(made: GeneratedLedger) -> None:
    ledger = build_ledger(*made)
    for key, document in ledger.documents.items():
        entries = ledger.entries[key]
        end = sum(entry.amount_minor for entry in entries)
        assert all(entry.amount_minor and entry.effective_date >= document.issued_date for entry in entries)
        assert sum(entry.entry_kind is EntryKind.ADJUSTMENT for entry in entries) <= 1
        if not document.counts or key.kind is DocumentKind.REFUND:
            assert entries == ()
        elif key.kind is DocumentKind.PAYMENT:
            assert -document.total_minor <= end <= 0
        else:
            sign = 1 if key.kind is DocumentKind.INVOICE else -1
            assert sign * end == stated_end(document, sign * applied_on(entries))


def applied_on(entries: tuple[Any, ...]) -> int:
    moved = (EntryKind.PAYMENT, EntryKind.CREDIT, EntryKind.REVERSAL)
    return -sum(entry.amount_minor for entry in entries if entry.entry_kind in moved)


def stated_end(document: Document, applied: int) -> int:
    if document.balance_minor is not None:
        return document.balance_minor
    if document.status in ("PAID", "REFUNDED"):
        return 0
    left = document.total_minor - max(applied, document.paid_minor or 0)
    return max(left, 0) if document.kind is DocumentKind.CREDIT_MEMO else left


@some_ledgers
@given(ledgers())
def test_s4_a_credit_is_never_owed_to_us_on_any_day(made: GeneratedLedger) -> None:
    ledger = build_ledger(*made)
    for key, entries in ledger.entries.items():
        if key.kind is not DocumentKind.INVOICE:
            assert all(ledger.open_minor(key, as_of=entry.effective_date) <= 0 for entry in entries)


@some_ledgers
@given(ledgers(), st.data())
def test_s4_seeing_an_application_through_more_doors_changes_nothing(made: GeneratedLedger, data: Any) -> None:
    seen_again = [mirror for claim in made.applications for mirror in mirrors(claim)]
    everything = data.draw(st.permutations([*made.applications, *seen_again]))
    once, again = (build_ledger(made.customers, made.documents, claims) for claims in (made.applications, everything))
    assert histories(again) == histories(once)


@some_ledgers
@given(ledgers(), st.data())
def test_the_order_in_which_a_source_lists_its_records_does_not_matter(made: GeneratedLedger, data: Any) -> None:
    documents, applications = (data.draw(st.permutations(part)) for part in (made.documents, made.applications))
    listed, shuffled = build_ledger(*made), build_ledger(made.customers, documents, applications)
    assert histories(shuffled) == histories(listed)
    assert shuffled.findings == listed.findings


def histories(ledger: Ledger) -> dict[DocumentKey, Counter[Any]]:
    return {key: Counter(entries) for key, entries in ledger.entries.items()}


@some_ledgers
@given(ledgers(twin_memos=False))
def test_a_documents_entries_depend_only_on_the_documents_tied_to_it(made: GeneratedLedger) -> None:
    """Reloading one payment with everything it is tied to gives the same entries as reloading the whole ledger."""
    whole = Counter(build_entries(made.documents, made.applications))
    pieced: Counter[Any] = Counter()
    for keys in tied_together(made):
        documents = [document for document in made.documents if document.key in keys]
        ids = {(key.kind, key.source_id) for key in keys}
        claims = [
            claim
            for claim in made.applications
            if (claim.credit_kind, claim.credit_id) in ids or (DocumentKind.INVOICE, claim.invoice_id) in ids
        ]
        pieced += Counter(build_entries(documents, claims))
    assert pieced == whole


def tied_together(made: GeneratedLedger) -> list[set[DocumentKey]]:
    ties = [
        {DocumentKey(claim.credit_kind, claim.credit_id), DocumentKey(DocumentKind.INVOICE, claim.invoice_id)}
        for claim in made.applications
    ]
    ties += [
        {refund.key, DocumentKey(DocumentKind.PAYMENT, refund.refunded_payment_id)}
        for refund in made.documents
        if refund.kind is DocumentKind.REFUND
    ]
    groups: list[set[DocumentKey]] = []
    for tie in [*ties, *({document.key} for document in made.documents)]:
        touching = [group for group in groups if group & tie]
        groups = [group for group in groups if not group & tie] + [tie.union(*touching)]
    return groups


@some_ledgers
@given(ledgers())
def test_s6_whatever_is_found_has_a_wording(made: GeneratedLedger) -> None:
    assert {finding.code for finding in build_ledger(*made).findings} <= set(CODES)
