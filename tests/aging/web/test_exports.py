"""A file of the report holds the report's figures, says what it is, and does nothing when it is opened."""

import csv
import io
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Role
from aging.core.money import from_minor
from aging.models import Customer
from aging.queries.settings import View, preferences
from aging.queries.totals import totals_by_currency
from aging.web.exports import harmless
from tenants.clock import today_of
from tenants.context import tenant_context
from tenants.models import AuditEvent

HEAD = 7


def lines_of(browser: Client, address: str) -> list[list[str]]:
    answer = browser.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def totals_of(synced, currency: str):
    with tenant_context(synced.company):
        return totals_by_currency(View(today_of(synced.company), "due", preferences().scheme))[currency]


@pytest.mark.django_db
@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_the_customers_file_is_the_table_on_the_screen(synced_company, currency):
    lines = lines_of(synced_company.browser(), f"/exports/customers.csv?ccy={currency}&sort=name")
    names, *rows, total = lines[HEAD:]
    columns = ["Current", "31–60", "61–90", "91–120", "120+", "Open invoices", "Unapplied", "Net", "Past due"]
    assert names == ["Customer", "Customer id", "Source", *columns, "Oldest days"]
    held = totals_of(synced_company, currency)
    amounts = (*held.buckets.values(), held.gross, held.unapplied, held.net, held.past_due)
    for place, amount in enumerate(amounts, start=3):
        expected = from_minor(amount, currency)
        assert sum(Decimal(row[place]) for row in rows) == Decimal(total[place]) == expected, names[place]
    assert [row[0].lower() for row in rows] == sorted(row[0].lower() for row in rows)


@pytest.mark.django_db
def test_the_first_lines_say_whose_figures_of_which_day_and_what_was_left_out(synced_company):
    lines = lines_of(
        synced_company.browser(), "/exports/customers.csv?as_of=2026-10-31&basis=issue&bucket=1&q=co&ccy=EUR"
    )
    assert lines[:HEAD] == [
        ["Company", "Northgate & Sons"],
        ["Report", "Aged receivables by customer"],
        ["As of", "2026-10-31"],
        ["Aged by", "issue date"],
        ["Currency", "EUR"],
        ["Filters", "bucket 31–60; text co"],
        [],
    ]


@pytest.mark.django_db
def test_the_documents_file_adds_up_to_net_and_each_line_adds_up_itself(synced_company):
    names, *rows = lines_of(synced_company.browser(), "/exports/invoices.csv?ccy=GBP")[HEAD:]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    assert sum(Decimal(row["Open"]) for row in found) == from_minor(totals_of(synced_company, "GBP").net, "GBP")
    for row in found:
        original, paid, credited = Decimal(row["Original"]), Decimal(row["Paid"]), Decimal(row["Credited"])
        assert original - paid - credited + Decimal(row["Adjusted"]) == Decimal(row["Open"])


@pytest.mark.django_db
def test_the_documents_file_is_filtered_as_the_screen(synced_company):
    rows = lines_of(synced_company.browser(), "/exports/invoices.csv?bucket=4&page=9&per=25")[HEAD + 1 :]
    assert {row[9] for row in rows} == {"120+"}
    assert len({row[10] for row in rows}) > 1


@pytest.mark.django_db
def test_a_name_that_is_a_formula_is_text_and_a_negative_amount_a_number(synced_company):
    with tenant_context(synced_company.company):
        Customer.objects.update(name='=HYPERLINK("http://evil.example")')
    rows = lines_of(synced_company.browser(), "/exports/customers.csv?sort=unapplied")[HEAD + 1 : -1]
    assert {row[0] for row in rows} == {'\'=HYPERLINK("http://evil.example")'}
    assert Decimal(rows[0][9]) < 0


@given(st.text())
def test_no_text_begins_like_a_formula(text):
    assert not str(harmless(text)).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.django_db
def test_exporting_is_for_those_who_may(synced_company):
    for path in ("/exports/customers.csv", "/exports/invoices.csv"):
        assert synced_company.browser(Role.VIEWER).get(path).status_code == 403


@pytest.mark.django_db
def test_that_a_file_was_taken_is_written_down(synced_company):
    lines_of(synced_company.browser(), "/exports/invoices.csv")
    event = AuditEvent.objects.get(company=synced_company.company, action="figures.exported")
    assert event.subject.startswith("invoices-") and "@" in event.actor
