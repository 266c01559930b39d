"""What SQL says stands between two reports is what the core says, and every figure names its documents (M1-M5)."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from aging.core.buckets import DEFAULT_EDGES, DEFAULT_SCHEME, BucketScheme
from aging.core.movement import NEW, SETTLED, Line, Period, build_movements
from aging.models import Publication
from aging.queries.movement import CellDocument, FlowCell, LineCell, documents_of_cell, movements
from tests.aging.core.builders import ACME, claim, day, invoice, payment
from tests.aging.core.generators import days, ledgers
from tests.aging.ingest.published import Records, publish, undone
from tests.aging.queries.test_any_date import EDGES, publish_with_edges, telling_days
from tests.examples import books

MANY = books()
BASES = st.sampled_from(("due", "issued"))


def drawn_periods(data, telling, basis, scheme):
    """Periods that open or close where something may just have happened."""
    some_day = st.sampled_from(telling) | days() if telling else days()
    for pair in data.draw(st.lists(st.tuples(some_day, some_day), min_size=1, max_size=6)):
        yield Period(min(pair), max(pair), basis, scheme)


@pytest.mark.slow
@MANY
@given(ledger=ledgers(), data=st.data(), basis=BASES, edges=EDGES)
def test_movements_of_any_period_are_the_cores_and_documents_add_up_to_them(acme, in_acme, ledger, data, basis, edges):
    with undone():
        core = publish_with_edges(acme, ledger, edges)
        for period in drawn_periods(data, telling_days(core, edges, basis), basis, BucketScheme.from_edges(edges)):
            told = movements(period)
            assert told == build_movements(core, period)
            for currency, movement in told.items():
                cells = {
                    LineCell(line, column): sums[column] for line, sums in movement.lines.items() for column in sums
                }
                cells |= {FlowCell(*ends): amount for ends, amount in movement.flows.items()}
                for cell, amount in cells.items():
                    documents = documents_of_cell(period, currency, cell)
                    assert sum(one.amount_minor for one in documents) == amount
                    assert len({one.document_id for one in documents}) == len(documents) > 0


@pytest.mark.slow
@MANY
@given(before=ledgers(), after=ledgers(), data=st.data(), basis=BASES)
def test_from_an_opening_as_reported_then_movements_are_the_cores(acme, in_acme, before, after, data, basis):
    with undone():
        records = Records()
        publish(acme, records.update(*before))
        reported, known_on = records.core_ledger(), now()
        publish(acme, records.update(*after))
        known = records.core_ledger()
        telling = telling_days(reported, DEFAULT_EDGES, basis) + telling_days(known, DEFAULT_EDGES, basis)
        for period in drawn_periods(data, telling, basis, DEFAULT_SCHEME):
            assert movements(period, known_on=known_on) == build_movements(known, period, reported=reported)


@pytest.fixture
def april(acme, in_acme):
    """Two invoices at the end of March, one of them partly paid in April and 31 days late at its end, one new."""
    documents = [
        invoice("A", 10_000, due="03-30"),
        invoice("B", 500, due="04-30"),
        invoice("C", 700, issued="04-05", due="05-05"),
        payment("P", 4_000, issued="04-10"),
    ]
    publish(acme, Records().update([ACME], documents, [claim("P", "A", 3_000)]))
    return Period(day("03-31"), day("04-30"), "due", DEFAULT_SCHEME)


def named(documents: list[CellDocument]) -> list[tuple[str, int]]:
    return [(one.source_id, one.amount_minor) for one in documents]


def test_a_line_names_its_documents_in_one_bucket_or_in_all(april):
    assert named(documents_of_cell(april, "USD", LineCell(Line.PAYMENTS))) == [("A", -3_000), ("P", -1_000)]
    assert named(documents_of_cell(april, "USD", LineCell(Line.PAYMENTS, "current"))) == [("A", -3_000)]
    assert named(documents_of_cell(april, "USD", LineCell(Line.INVOICED))) == [("C", 700)]
    assert named(documents_of_cell(april, "USD", LineCell(Line.AGED_IN, "31-60"))) == [("A", 7_000)]


def test_a_flow_names_its_documents_from_one_bucket_to_another(april):
    assert named(documents_of_cell(april, "USD", FlowCell("current", "31-60"))) == [("A", 7_000)]
    assert named(documents_of_cell(april, "USD", FlowCell("current", SETTLED))) == [("A", 3_000)]
    assert named(documents_of_cell(april, "USD", FlowCell(NEW, "current"))) == [("C", 700)]
    assert named(documents_of_cell(april, "USD", FlowCell(source="current"))) == [("A", 10_000), ("B", 500)]


def test_a_long_list_is_read_page_by_page_largest_first(april):
    cell = FlowCell(target="current")
    assert named(documents_of_cell(april, "USD", cell, limit=1)) == [("C", 700)]
    assert named(documents_of_cell(april, "USD", cell, limit=1, offset=1)) == [("B", 500)]


def test_amounts_that_floating_point_cannot_hold_stay_exact(acme, in_acme):
    records, much = Records(), 10**17 + 1
    documents = [invoice("A", much), invoice("B", much), payment("P", much - 2), payment("Q", 2)]
    publish(acme, records.update([ACME], documents, [claim("P", "A", much - 2), claim("Q", "B", 2)]))
    period = Period(day("03-31"), day("04-30"), "due", DEFAULT_SCHEME)
    told = movements(period)
    assert told == build_movements(records.core_ledger(), period)
    assert told["USD"].flows["current", SETTLED] == much


def run_command(*arguments):
    out = StringIO()
    call_command("movement", "acme", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_opening_lines_and_closing_as_one_document(april):
    told = json.loads(run_command("--from", "2025-03-31", "--to", "2025-04-30", "--json"))
    (part,) = told["currencies"]
    assert part["currency"] == "USD"
    assert part["opening"]["columns"]["current"] == part["opening"]["total"] == "105.00"
    assert {line: one["total"] for line, one in part["lines"].items()} == {
        "invoiced": "7.00",
        "payments": "-40.00",
        "aged_in": "70.00",
        "aged_out": "-70.00",
    }
    assert part["lines"]["payments"]["columns"] == {
        "current": "-30.00",
        "31-60": "0.00",
        "61-90": "0.00",
        "91-120": "0.00",
        "120+": "0.00",
        "unapplied": "-10.00",
    }
    assert part["closing"]["total"] == "72.00"
    assert {"from": "current", "to": "31-60", "amount": "70.00"} in part["flows"]


def test_the_command_prints_a_table_for_people(april):
    told = run_command("--from", "2025-03-31", "--to", "2025-04-30", "--currency", "usd").splitlines()
    assert told[0] == "acme: from 2025-03-31 to 2025-04-30, aged by due date"
    assert [line.split("  ")[0] for line in told[2:]] == [
        "Opening",
        "Invoiced",
        "Payments",
        "Aged into",
        "Aged out of",
        "Closing",
    ]
    assert "Nothing" in run_command("--from", "2025-03-31", "--to", "2025-04-30", "--currency", "EUR")


def test_the_command_opens_with_what_was_reported_when_asked(april, acme):
    newest = Publication.objects.latest("id")
    Publication.objects.filter(pk=newest.pk).update(published_at=datetime(2025, 4, 1, 8, tzinfo=UTC))
    publish(acme, Records().update([], [invoice("B", 500, due="02-10")], []))
    period = ("--from", "2025-03-31", "--to", "2025-03-31")
    assert json.loads(run_command(*period, "--json"))["currencies"][0]["lines"] == {}
    (part,) = json.loads(run_command(*period, "--known-on", "2025-04-01", "--json"))["currencies"]
    assert part["lines"]["redated"]["columns"]["current"] == "-5.00"
    assert part["lines"]["redated"]["columns"]["31-60"] == "5.00"
    assert (
        json.loads(run_command(*period, "--known-on", "2025-04-01T07:00", "--json"))["currencies"][0]["opening"][
            "total"
        ]
        == "0.00"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "2025-04-30", "--to", "2025-03-31"), "--from 2025-04-30 is after --to 2025-03-31"),
        (("--from", "April", "--to", "2025-03-31"), "“April” is no date for --from"),
        (("--from", "2025-03-31", "--to", "2025-13-01"), "“2025-13-01” is no date for --to"),
        (("--from", "2025-03-31", "--to", "2025-04-30", "--currency", "$"), "“\\$” is no currency code"),
        (("--from", "2025-03-31", "--to", "2025-04-30", "--known-on", "soon"), "“soon” is no time"),
        (("--from", "2025-03-31"), "--to"),
    ],
)
def test_the_command_says_what_is_wrong_with_what_was_asked(acme, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run_command(*arguments)


def test_the_command_names_the_companies_there_are_when_one_is_not(acme):
    with pytest.raises(CommandError, match="There is no company “nobody”"):
        call_command("movement", "nobody", "--from", "2025-03-31", "--to", "2025-04-30")
