"""Collection health from the tables is what the core makes of the same books, and says so where it knows nothing."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aging.core.aging import age
from aging.core.buckets import DEFAULT_SCHEME
from aging.core.dates import month_end, month_ends
from aging.core.ledger import EntryKind
from aging.core.measures.paying import days_versus_due, list_settlements, settled_within, share_of_gross
from aging.core.measures.sales import SalesMonth, dso_count_back
from aging.core.records import Application, Document, DocumentKind, Door
from aging.queries import scripts
from aging.queries.measures import health_measures
from aging.queries.settings import View
from tests.aging.core.builders import ACME, claim, invoice, memo, payment, refund
from tests.aging.core.generators import days, ledgers
from tests.aging.ingest.published import Records, publish, undone
from tests.examples import books

ANY_BOOKS = books()
END_OF_JUNE = date(2025, 6, 30)


def view_of(as_of, basis="due"):
    return View(as_of, basis, DEFAULT_SCHEME)


def by_month(ledger, currency, kind, entry_kinds, until):
    sums = defaultdict(int)
    for entry in (entry for entries in ledger.entries.values() for entry in entries):
        told = entry.document.kind is kind and entry.entry_kind in entry_kinds and entry.effective_date <= until
        if told and entry.currency == currency:
            sums[entry.effective_date.replace(day=1)] += entry.amount_minor
    return sums


def sales_of(ledger, currency, until):
    return by_month(ledger, currency, DocumentKind.INVOICE, {EntryKind.ISSUED}, until)


def receipts_of(ledger, currency, until):
    taken = by_month(ledger, currency, DocumentKind.PAYMENT, {EntryKind.ISSUED, EntryKind.REFUND}, until)
    return {month: -amount for month, amount in taken.items()}


def health_of_the_core(ledger, currency, day, basis):
    """The four figures of a day, plainly from the ledger's entries."""
    totals = age(ledger, as_of=day, basis=basis, scheme=DEFAULT_SCHEME).totals.get(currency)
    gross, oldest = (totals.gross, totals.buckets["120+"]) if totals else (0, 0)
    sales = sales_of(ledger, currency, day)
    ends = [day, *reversed(month_ends(day, 12)[:-1])]
    settled = [one for one in list_settlements(ledger, as_of=day) if one.currency == currency]
    paid = [
        one
        for one in ledger.documents.values()
        if (one.kind, one.currency, one.counts) == (DocumentKind.PAYMENT, currency, True) and one.issued_date <= day
    ]
    late = days_versus_due(settled_within(settled, until=day, days=90))
    return {
        "dso": dso_count_back(gross, [SalesMonth(sales[end.replace(day=1)], end.day) for end in ends]).value,
        "days_late": late.value if paid else None,
        "last_bucket_share": share_of_gross(oldest, gross).value,
        "collected": receipts_of(ledger, currency, day).get(day.replace(day=1), 0) if paid else None,
    }


@pytest.mark.slow
@ANY_BOOKS
@given(ledger=ledgers(), data=st.data(), basis=st.sampled_from(("due", "issued")))
def test_health_of_any_day_is_the_cores(acme, in_acme, ledger, data, basis):
    with undone():
        records = Records()
        publish(acme, records.update(*ledger))
        core = records.core_ledger()
        changes = sorted({entry.effective_date for entries in core.entries.values() for entry in entries})
        near = st.builds(lambda day, more: day + timedelta(days=more), st.sampled_from(changes), st.integers(0, 91))
        asked = data.draw(st.lists(near if changes else days(), min_size=1, max_size=3))
        for as_of in {*asked, *changes[-1:], month_end(asked[0])}:
            previous = month_ends(as_of, 2)[0]
            for currency in {one.currency for one in ledger.documents} | {"USD"}:
                told = health_measures(view_of(as_of, basis), currency)
                assert {one.key: one.value for one in told} == health_of_the_core(core, currency, as_of, basis)
                assert {one.key: one.previous for one in told} == health_of_the_core(core, currency, previous, basis)
                assert all((one.value is None) == bool(one.reason) for one in told)


@pytest.mark.slow
@ANY_BOOKS
@given(ledger=ledgers(), as_of=days())
def test_sales_and_receipts_of_any_month_are_the_cores_entries(acme, in_acme, ledger, as_of):
    with undone():
        records = Records()
        publish(acme, records.update(*ledger))
        core = records.core_ledger()
        for currency in {one.currency for one in ledger.documents}:
            asked = {"currency": currency, "first_day": date(2024, 12, 1), "as_of": as_of}
            rows = scripts.rows("measure_months", asked)
            assert {row["first_day"]: row["sales_minor"] for row in rows if row["sales_minor"]} == {
                month: amount for month, amount in sales_of(core, currency, as_of).items() if amount
            }
            assert {row["first_day"]: row["receipts_minor"] for row in rows if row["receipts_minor"]} == {
                month: amount for month, amount in receipts_of(core, currency, as_of).items() if amount
            }


@pytest.fixture
def books(acme, in_acme):
    """Publishes documents and claims, and answers with their health on a day, by key."""

    def health(*parts, as_of=END_OF_JUNE):
        documents = [part for part in parts if isinstance(part, Document)]
        claims = [part for part in parts if isinstance(part, Application)]
        publish(acme, Records().update([ACME], documents, claims))
        return {one.key: one for one in health_measures(view_of(as_of), "USD")}

    return health


def test_dso_counts_back_through_months_of_their_own_length(books):
    told = books(
        invoice("A", 70_000, "04-05", due="06-30"),
        invoice("B", 80_000, "05-05", due="07-31"),
        invoice("C", 100_000, "06-05", due="07-31"),
        payment("P", 38_000, "06-10"),
        claim("P", "A", 38_000),
    )["dso"]
    assert told.value == 30 + 31 + Decimal(32_000) / 70_000 * 30
    assert told.previous == 31 + 30  # at the end of May nothing was paid, and nothing older was open


def test_on_a_day_within_a_month_only_its_passed_days_and_sales_count(books):
    told = books(
        invoice("A", 60_000, "05-05"),
        invoice("B", 10_000, "06-05"),
        invoice("C", 90_000, "06-20"),
        as_of=date(2025, 6, 10),
    )["dso"]
    assert told.value == 10 + 31


def test_days_late_are_those_of_invoices_settled_in_ninety_days(books):
    told = books(
        invoice("OLD", 5_000, "01-02", due="01-10"),
        payment("P-OLD", 5_000, "04-01"),
        claim("P-OLD", "OLD", 5_000),
        invoice("LATE", 6_000, "03-01", due="04-01"),
        payment("P-LATE", 6_000, "04-02"),
        claim("P-LATE", "LATE", 6_000),
        invoice("EARLY", 7_000, "06-01", due="06-30"),
        payment("P-EARLY", 7_000, "06-20"),
        claim("P-EARLY", "EARLY", 7_000),
    )["days_late"]
    assert told.value == Decimal(1 - 10) / 2
    assert told.previous == Decimal(81 + 1) / 2
    assert told.points == (41.0, 41.0, -4.5)  # March and before: no payment had been received


def test_the_oldest_point_too_looks_ninety_days_back(books):
    months = [date(2024 + number // 12, number % 12 + 1, 1) for number in range(4, 18)]
    parts = []
    for number, month in enumerate(months):
        paid = date(2024, 5, 3) if number == 0 else month + timedelta(days=59)
        parts += [
            invoice(f"A{number}", 1_000, month.isoformat(), due=month.isoformat()),
            payment(f"P{number}", 1_000, paid.isoformat()),
            claim(f"P{number}", f"A{number}", 1_000),
        ]
    points = books(*parts)["days_late"].points
    assert len(points) == 12
    assert (
        points[0] == (2 + 59) / 2
    )  # at the end of July 2024: the third of May, its 89th day before, and the 30th of July


def test_an_invoice_paid_in_part_is_not_settled(books):
    books(
        invoice("A", 10_000, "05-01"),
        payment("P", 4_000, "05-10"),
        claim("P", "A", 4_000),
        memo("K", 5_000, "05-20"),
        claim("K", "A", 5_000, door=Door.CREDIT_APPLICATIONS),
    )
    asked = {"currency": "USD", "settled_from": date(2025, 1, 1), "as_of": END_OF_JUNE}
    assert scripts.rows("measure_settled", asked) == []


def test_an_invoice_whose_payment_bounced_was_settled_until_then(books):
    told = books(
        invoice("A", 10_000, "03-01", due="03-31"),
        payment("P", 10_000, "05-10"),
        claim("P", "A", 10_000),
        refund("P", 10_000, "06-05"),
        as_of=date(2025, 6, 30),
    )
    assert told["days_late"].previous == 40
    assert told["days_late"].value is None
    assert told["days_late"].reason == "No invoice was settled in the last 90 days."
    assert told["collected"].previous == 10_000
    assert told["collected"].value == -10_000


def test_the_last_bucket_is_a_share_of_what_is_owed_and_not_of_the_net(books):
    told = books(
        invoice("OLD", 2_500, "01-01", due="01-31"),
        invoice("NEW", 7_500, "06-01", due="06-30"),
        memo("K", 6_000, "06-02"),
    )["last_bucket_share"]
    assert (told.value, told.unit) == (25, "percent")


def test_without_payments_there_is_neither_lateness_nor_cash_and_the_page_says_why(books):
    told = books(invoice("A", 10_000, "06-01", status="PAID", settled="06-20"), invoice("B", 5_000, "06-02"))
    for key in ("days_late", "collected"):
        assert (told[key].value, told[key].previous, told[key].points) == (None, None, ())
        assert told[key].reason == "No payments in USD have been synced."
    assert told["dso"].value == Decimal(5_000) / 15_000 * 30


def test_before_the_first_payment_arrived_there_is_neither_lateness_nor_cash(books):
    told = books(invoice("A"), payment("P", issued="07-10"), claim())
    assert [told[key].reason for key in ("days_late", "collected")] == ["No payments had been received by then."] * 2


def test_payments_that_failed_or_are_pending_are_no_cash(books):
    told = books(
        invoice("A"),
        payment("F", status="FAILED", counts=False),
        payment("W", status="PENDING", counts=False, is_pending=True),
    )
    assert told["collected"].value is None


def test_nothing_collected_in_a_month_is_a_zero_once_payments_are_known(books):
    told = books(invoice("A", 10_000), payment("P", 4_000, "04-10"), claim("P", "A", 4_000))["collected"]
    assert (told.value, told.previous, told.points) == (0, 0, (4_000.0, 0.0, 0.0))


def test_receivables_older_than_a_years_sales_have_no_dso(books):
    told = books(invoice("A", 10_000, "2023-03-01", due="2023-03-31"), as_of=END_OF_JUNE)["dso"]
    assert (told.value, told.reason) == (None, "No sales in the last 12 months.")


def test_empty_books_have_no_health_and_say_why(in_acme):
    told = {one.key: one for one in health_measures(view_of(END_OF_JUNE), "USD")}
    assert [one.value for one in told.values()] == [None] * 4
    assert told["dso"].reason == told["last_bucket_share"].reason == "Nothing was open."


def test_the_points_are_the_last_twelve_month_ends(books):
    of_2024 = [invoice(f"A{month}", 1_000, f"2024-{month:02}-01", due="") for month in range(1, 13)]
    of_2025 = [invoice(f"B{month}", 1_000, f"2025-{month:02}-01", due="") for month in range(1, 7)]
    at_the_end = books(*of_2024, *of_2025)["last_bucket_share"]
    within = {one.key: one for one in health_measures(view_of(date(2025, 7, 15)), "USD")}["last_bucket_share"]
    assert len(at_the_end.points) == 12
    assert at_the_end.points[-1] == float(at_the_end.value)
    assert at_the_end.points[-2] == float(at_the_end.previous)
    assert within.points == at_the_end.points
    assert within.previous == at_the_end.value


def test_health_costs_three_statements(books, django_assert_num_queries):
    books(invoice("A"))
    with django_assert_num_queries(3):
        health_measures(view_of(END_OF_JUNE), "USD")
