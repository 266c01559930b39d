"""What one customer owes is what the report says of them, and what ever moved their account ends on it."""

import itertools
from urllib.parse import urlsplit

import pytest

from accounts.models import Role
from aging.models import BalanceSegment, Customer
from aging.queries.standing import count_standing
from aging.web.building.aging_page import build_aging_page, build_customers_page
from aging.web.building.customer_page import build_customer_page
from aging.web.building.matrix import orders
from aging.web.freshness import freshness_of
from tenants.context import tenant_context
from tenants.models import Connection
from tests.accounts.people import member_of, sign_in
from tests.aging.web.sources import words_of

pytestmark = pytest.mark.django_db


def rows_of(company, query=""):
    reader = company.reader(query, orders)
    return build_aging_page(reader, count_standing(as_of=reader.state.today)).matrix.rows


def customers_at(company, query=""):
    reader = company.reader(query, orders)
    return build_customers_page(reader, count_standing(as_of=reader.state.today))


@pytest.mark.parametrize(
    "query", ["ccy=USD", "ccy=EUR&as_of=2026-06-30", "ccy=JPY&basis=issue", "ccy=USD&sort=unapplied"]
)
def test_the_items_of_a_statement_add_up_to_the_row_of_the_report(in_synced, query):
    for row in rows_of(in_synced, query)[:15]:
        page = build_customer_page(in_synced.reader(urlsplit(row.url).query), int(row.id))
        (section,) = [one for one in page.sections if one.currency == in_synced.reader(query).state.currency]
        assert sum(line.open for line in section.items) == section.items_total == sum(cell.minor for cell in row.cells)
        assert sum(line.open for line in section.credits) == section.credits_total == row.unapplied
        assert section.items_total + section.credits_total == section.net == row.total
        assert (section.past_due, section.oldest_days, section.bar) == (row.past_due, row.oldest_days, row.bar)


@pytest.mark.parametrize("as_of", ["", "&as_of=2026-03-15"])
def test_the_history_closes_on_the_statements_total(in_synced, as_of):
    for row in rows_of(in_synced, f"sort=unapplied{as_of}")[:15]:
        statement = build_customer_page(in_synced.reader(as_of), int(row.id))
        history = build_customer_page(in_synced.reader(f"tab=history&per=all{as_of}"), int(row.id)).history
        for section in statement.sections:
            newest = next(line for line in history if line.currency == section.currency)
            assert newest.balance == section.net
        assert [line.day for line in history] == sorted((line.day for line in history), reverse=True)


def test_each_line_of_the_history_leads_from_one_balance_to_the_next(in_synced):
    (row, *_) = rows_of(in_synced)
    history = build_customer_page(in_synced.reader("tab=history&per=all"), int(row.id)).history
    for later, earlier in itertools.pairwise(history):
        if later.currency == earlier.currency:
            assert later.balance == earlier.balance + later.amount


def test_a_long_history_comes_in_pages(in_synced):
    (row, *_) = rows_of(in_synced)
    everything = build_customer_page(in_synced.reader("tab=history&per=all"), int(row.id)).history
    pages = [build_customer_page(in_synced.reader(f"tab=history&per=25&page={n}"), int(row.id)) for n in (1, 2)]
    assert (*pages[0].history, *pages[1].history) == everything[:50]
    assert pages[0].history_pager.total == len(everything) > 25


def test_items_are_in_the_order_of_their_due_dates(in_synced):
    (row, *_) = rows_of(in_synced)
    items = build_customer_page(in_synced.reader(), int(row.id)).sections[0].items
    due = [line.due or line.issued for line in items]
    assert due == sorted(due)


def test_customers_who_owe_nothing_follow_on_request_and_change_no_total(in_synced):
    plain, whole = customers_at(in_synced, "per=all"), customers_at(in_synced, "per=all&settled=yes")
    count = len(plain.matrix.rows)
    assert whole.matrix.rows[:count] == plain.matrix.rows
    settled = whole.matrix.rows[count:]
    assert settled
    assert {(row.total, row.unapplied) for row in settled} == {(0, 0)}
    assert whole.matrix.totals.total == plain.matrix.totals.total
    owing = set(
        BalanceSegment.objects.filter(valid_to__gt=in_synced.reader().state.today).values_list("customer_id", flat=True)
    )
    assert not owing & {int(row.id) for row in settled}


def test_pages_of_all_customers_show_each_of_them_once(in_synced):
    whole = customers_at(in_synced, "per=all&settled=yes").matrix
    seen, number = [], 1
    while len(seen) < whole.pager.total:
        rows = customers_at(in_synced, f"per=25&settled=yes&page={number}").matrix.rows
        assert rows
        seen += [row.id for row in rows]
        number += 1
    assert seen == [row.id for row in whole.rows]


def test_a_namesake_in_another_connection_is_kept_apart_and_named(in_synced):
    (row, *_) = rows_of(in_synced)
    other = Connection.objects.create(
        company=in_synced.company, external_id="c2", integration_type="xero", integration_name="Xero",
        organization_name="Northgate Europe",
    )  # fmt: skip
    Customer.objects.create(connection_id=other.pk, source_id="x1", name=row.name)
    notices = build_customer_page(in_synced.reader(), int(row.id)).notices
    assert [one.text for one in notices] == [
        "Northgate Europe has a customer of the same name; the two are kept apart."
    ]
    assert rows_of(in_synced)[0].source == "Northgate Books"
    assert freshness_of(in_synced.reader()).state == "never", "the second connection has not been read yet"


@pytest.mark.parametrize("path", ["/customers/999999999", "/customers/99999999999999999999999", "/invoices/999999999"])
def test_what_does_not_exist_is_not_found(synced_company, path):
    assert synced_company.browser().get(path).status_code == 404


def test_another_companys_customer_and_document_do_not_exist_either(synced_company, acme):
    with tenant_context(synced_company.company):
        pk = Customer.objects.order_by("-pk")[0].pk
    assert synced_company.browser().get(f"/customers/{pk}").status_code == 200
    stranger = sign_in(member_of(acme, Role.OWNER).user, acme)
    theirs, nobodys = stranger.get(f"/customers/{pk}"), stranger.get("/customers/999999999")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content


def test_both_tabs_open(synced_company):
    with tenant_context(synced_company.company):
        pk = Customer.objects.order_by("pk")[0].pk
    browser = synced_company.browser()
    assert "Statement in" in words_of(browser.get(f"/customers/{pk}"))
    assert "Every movement and the balance after it" in words_of(browser.get(f"/customers/{pk}?tab=history"))
