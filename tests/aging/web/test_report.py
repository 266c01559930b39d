"""The aging report as a member of the company sees it, on books that were really synced."""

from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from accounts.models import Role
from aging.core.dates import month_end
from aging.models import AgingStep, Customer, Document, Publication, QuarantinedRecord, SourceState
from aging.queries.standing import count_standing
from aging.web.building.aging_page import build_aging_page
from aging.web.building.invoices_page import build_invoices_page
from aging.web.building.invoices_page import orders as document_orders
from aging.web.building.matrix import orders
from tenants.context import tenant_context
from tenants.models import Connection, Health, RunState, SyncRun
from tests.accounts.people import member_of, sign_in
from tests.aging.web.sources import words_of

pytestmark = pytest.mark.django_db
CURRENCIES = ("USD", "EUR", "GBP", "JPY")
DAYS_AGO = (0, 45, 200, -60)  # the last one is a day to come


def page_of(company, query=""):
    reader = company.reader(query, orders)
    return build_aging_page(reader, count_standing(as_of=reader.state.today))


def documents_at(company, url):
    reader = company.reader(urlsplit(url).query, document_orders)
    return build_invoices_page(reader, count_standing(as_of=reader.state.today))


def query_of(url):
    return urlsplit(url).query


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("days", DAYS_AGO)
@pytest.mark.parametrize("basis", ["due", "issue"])
def test_buckets_are_the_open_invoices_rows_are_the_total_and_credits_make_it_net(in_synced, currency, days, basis):
    as_of = in_synced.reader().state.today - timedelta(days=days)
    page = page_of(in_synced, f"ccy={currency}&as_of={as_of}&basis={basis}&per=all")
    assert page.matrix.currency == currency
    assert sum(tile.minor for tile in page.tiles) == sum(page.bar) == page.balance.gross > 0
    assert page.balance.gross + page.balance.unapplied == page.balance.net
    rows, totals = page.matrix.rows, page.matrix.totals
    assert len(rows) == totals.customers
    assert sum(row.total for row in rows) == totals.total == page.balance.net
    assert sum(row.past_due for row in rows) == totals.past_due == page.balance.past_due
    for place, amount in enumerate(totals.amounts):
        assert sum(row.cells[place].minor for row in rows) == amount == page.tiles[place].minor


@pytest.mark.parametrize("currency", CURRENCIES)
def test_current_shows_what_is_late_and_when_the_rest_falls_due(in_synced, currency):
    page = page_of(in_synced, f"ccy={currency}")
    split = page.current
    assert split.not_due + split.late == page.tiles[0].minor
    assert split.due_in_7_days + split.due_in_8_to_30_days + split.due_later == split.not_due
    assert split.not_due == page.balance.gross - page.balance.past_due


def test_pressing_a_bucket_keeps_the_customers_with_a_balance_in_it(in_synced):
    for place, tile in enumerate(page_of(in_synced).tiles):
        filtered = page_of(in_synced, query_of(tile.url))
        assert filtered.matrix.totals.amounts[place] == tile.minor
        assert filtered.matrix.totals.customers == tile.customers
        assert [one.is_pressed for one in filtered.tiles].index(True) == place
        assert filtered.tiles[place].url == "/", "a second click clears it"


def test_a_cell_leads_to_the_documents_that_it_adds_up(in_synced):
    cells = [cell for row in page_of(in_synced, "sort=-b4").matrix.rows[:6] for cell in row.cells if cell.minor]
    assert len(cells) > 6
    for cell in cells:
        (total,) = documents_at(in_synced, cell.url).totals
        assert total.open == cell.minor


def test_each_column_of_the_trend_is_the_report_of_that_day(in_synced):
    page = page_of(in_synced)
    assert len(page.trend) == 12
    assert [column.day for column in page.trend] == sorted(month_end(column.day) for column in page.trend)
    for column in page.trend[::4]:
        then = page_of(in_synced, query_of(column.url))
        assert (then.period.as_of, then.balance.gross, then.bar) == (column.day, column.total, column.amounts)


def test_the_change_is_against_the_last_month_end(in_synced):
    page = page_of(in_synced, "as_of=2026-10-31")
    before = page_of(in_synced, "as_of=2026-09-30")
    assert page.balance.compared_with == date(2026, 9, 30)
    assert page.balance.change == pytest.approx(page.balance.net / before.balance.net - 1)


def test_paging_changes_the_rows_and_not_the_totals(in_synced):
    first, second = page_of(in_synced, "per=25"), page_of(in_synced, "per=25&page=2")
    assert first.matrix.totals == second.matrix.totals
    assert not {row.id for row in first.matrix.rows} & {row.id for row in second.matrix.rows}
    assert (second.matrix.pager.first, second.matrix.pager.last) == (26, 50)
    assert query_of(second.matrix.pager.previous_url) == "per=25"


def test_past_the_last_page_is_the_last_page(in_synced):
    page = page_of(in_synced, "page=999")
    assert page.matrix.rows
    assert page.matrix.pager.last == page.matrix.pager.total


def test_every_heading_sorts_by_its_column_both_ways(in_synced):
    for header in page_of(in_synced).matrix.headers:
        once = page_of(in_synced, query_of(header.url))
        (sorted_by,) = [one for one in once.matrix.headers if one.direction]
        assert sorted_by.key == header.key
        twice = page_of(in_synced, query_of(sorted_by.url))
        (turned,) = [one for one in twice.matrix.headers if one.direction]
        assert (turned.key, turned.direction != sorted_by.direction) == (header.key, True)


def test_searching_finds_part_of_a_name_and_signs_mean_themselves(in_synced):
    name = page_of(in_synced).matrix.rows[0].name
    found = page_of(in_synced, f"q={name[2:9].upper()}").matrix
    assert name in {row.name for row in found.rows}
    assert found.totals.customers < found.of_customers
    none = page_of(in_synced, "q=%25_%25").matrix
    assert (none.rows, none.empty_text) == ((), "No customer matches “%_%”.")


def test_the_first_currency_is_the_companys_own_and_others_are_named(in_synced):
    tabs = page_of(in_synced).tabs
    assert [tab.code for tab in tabs] == ["USD", "EUR", "GBP", "JPY"]
    assert [tab.url for tab in tabs] == ["/", "/?ccy=EUR", "/?ccy=GBP", "/?ccy=JPY"]
    assert page_of(in_synced, "ccy=CHF").matrix.currency == "USD", "nothing is owed in francs"


def test_a_month_end_can_be_stepped_to_and_todays_address_is_bare(in_synced):
    page = page_of(in_synced, "as_of=2026-10-15&ccy=EUR&page=3")
    assert page.period.previous_url == "/?as_of=2026-09-30&ccy=EUR"
    assert page.period.next_url == "/?as_of=2026-10-31&ccy=EUR"
    assert page.period.today_url == "/?ccy=EUR"


def test_the_report_says_that_it_agrees_with_the_source(synced_company):
    assert "Agrees with QuickBooks Online to the cent" in words_of(synced_company.browser().get("/"))


def _verdict(company, **changes):
    with tenant_context(company.company):
        publication = Publication.objects.get()
        publication.comparison["verdicts"]["USD"].update(changes)
        publication.save()


def test_the_report_says_by_how_much_it_differs_and_where_to_see_why(synced_company):
    with tenant_context(synced_company.company):
        net = Publication.objects.get().comparison["verdicts"]["USD"]["net_minor"]
    _verdict(synced_company, reported_minor=net + 41_207, agrees=False)
    browser = synced_company.browser()
    assert "Differs by $412.07, see why" in words_of(browser.get("/"))
    assert "Agrees with" in words_of(browser.get("/?ccy=EUR")), "each currency has a verdict of its own"
    assert "a difference of −$412.07" in words_of(browser.get("/data-quality"))


def test_without_a_report_of_the_source_its_balances_are_what_is_agreed_with(synced_company):
    _verdict(synced_company, reported_minor=None)
    assert "Agrees with the balances in QuickBooks Online" in words_of(synced_company.browser().get("/"))


def test_what_was_not_compared_claims_nothing(synced_company):
    with tenant_context(synced_company.company):
        Publication.objects.update(comparison={})
    page = words_of(synced_company.browser().get("/"))
    assert "Not compared yet" in page
    assert "Agrees" not in page


def test_of_another_day_the_report_says_when_it_agreed(synced_company):
    page = words_of(synced_company.browser().get("/?as_of=2026-06-30"))
    assert "Agreed with QuickBooks Online to the cent on" in page


@pytest.mark.parametrize(
    "query",
    ["as_of=%00", "as_of=2026-13-01", "ccy=%ED%A0%80", "bucket=99999999999999999999", "page=-1", "page=NaN", "q=%00%FF",
     "per=1e9", "sort=b8", "sort=;", "basis=", "customer=99999999999999999999", "nonsense=1", "q=" + "x" * 5000],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/customers", "/invoices", "/data-quality"])
def test_an_address_that_makes_no_sense_never_fails(synced_company, path, query):
    assert synced_company.browser().get(f"{path}?{query}").status_code == 200


def test_a_nul_in_a_search_is_not_searched_for(in_synced):
    assert page_of(in_synced, "q=%00").matrix.query == ""


def test_the_page_asks_few_questions_however_many_rows_it_shows(synced_company):
    browser = synced_company.browser()
    browser.get("/")
    with (
        CaptureQueriesContext(connections["default"]) as figures,
        CaptureQueriesContext(connections["control"]) as frame,
    ):
        browser.get("/?per=all")
    assert len([one for one in figures if "SAVEPOINT" not in one["sql"]]) <= 13
    assert len([one for one in frame if "SAVEPOINT" not in one["sql"]]) <= 8


def test_no_cache_keeps_what_a_person_was_shown(synced_company):
    assert synced_company.browser().get("/")["Cache-Control"] == "private, no-store"


def test_names_are_text_on_every_page(synced_company):
    evil = "<script>alert(1)</script>\"'&"
    with tenant_context(synced_company.company):
        Customer.objects.update(name=evil)
        pk, document = Customer.objects.order_by("pk")[0].pk, Document.objects.order_by("pk")[0].pk
        Document.objects.update(number=evil)
    browser = synced_company.browser()
    for path in ("/", "/customers", f"/customers/{pk}", "/invoices", f"/invoices/{document}", "/data-quality"):
        page = browser.get(path).content.decode()
        assert "<script>alert" not in page, path
        assert "&lt;script&gt;alert" in page, path


def test_an_admin_without_a_connection_is_asked_to_connect(acme):
    page = words_of(sign_in(member_of(acme, Role.ADMIN).user, acme).get("/"))
    assert "Connect your accounting system to see who owes you what." in page
    assert 'href="/connections">Connect<' in page


def test_others_without_a_connection_are_told_whom_to_ask(acme):
    member_of(acme, Role.ADMIN, name="Dana Whitfield")
    page = words_of(sign_in(member_of(acme, Role.FINANCE).user, acme).get("/"))
    assert "Your company has not connected an accounting system. Ask an admin: Dana Whitfield" in page


def _connect(company, **fields):
    return Connection.objects.create(
        company=company, external_id="c1", integration_name="QuickBooks Online", integration_type="quickbooks", **fields
    )


def test_during_the_first_sync_the_page_counts_and_asks_again(acme):
    steps = {"invoices": {"state": "running", "count": 1240}}
    SyncRun.objects.create(connection=_connect(acme), state=RunState.RUNNING, step="invoices", steps=steps)
    page = words_of(sign_in(member_of(acme).user, acme).get("/?ccy=EUR"))
    words = "Loading your ledger: invoices 1,240 so far. Usually 2 to 5 minutes. You can leave this page."
    assert words in page
    assert 'hx-get="/?ccy=EUR"' in page


def test_after_a_failed_first_sync_the_page_says_why(acme):
    run = SyncRun.objects.create(connection=_connect(acme), state=RunState.FAILED, error_text="QuickBooks said no.")
    page = words_of(sign_in(member_of(acme).user, acme).get("/"))
    assert "The first sync did not succeed." in page
    assert "QuickBooks said no." in page
    assert f'href="/sync-runs/{run.pk}"' in page


def test_before_the_first_day_the_page_leads_to_it(in_synced):
    empty = page_of(in_synced, "as_of=2001-01-31").empty
    assert empty.title.startswith("Data starts on ")
    first = page_of(in_synced, query_of(empty.action.url))
    assert first.empty is None
    assert first.balance.net


def test_a_day_with_nothing_open_says_so(in_synced):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM aging_step")
    for day, amount in ((date(2025, 1, 2), 100), (date(2025, 2, 2), -100)):
        for basis in ("due", "issued"):
            AgingStep.objects.create(currency="USD", basis=basis, threshold=AgingStep.ALL, day=day, amount_minor=amount)
    assert page_of(in_synced, "as_of=2025-01-31").empty is None
    assert page_of(in_synced, "as_of=2026-01-31").empty.title == "Nothing is outstanding as of 31 Jan 2026."


def test_a_day_to_come_is_shown_as_what_it_is(in_synced):
    page = page_of(in_synced, "as_of=2030-12-31")
    assert page.notices[0].text == "If nothing more is paid or invoiced until 31 Dec 2030"
    assert page.notices[0].action.url == "/"
    assert page.balance.net == page_of(in_synced).balance.net
    assert not page.measures, "nothing has been sold or collected yet"


def test_what_the_source_keeps_back_is_said_where_it_is_missing(synced_company):
    with tenant_context(synced_company.company):
        SourceState.objects.update(withheld={"creditmemo": "forbidden", "refund": "unsupported"})
    page = words_of(synced_company.browser(Role.ADMIN).get("/"))
    assert "QuickBooks Online did not grant access to credit notes, so credit notes are missing." in page
    assert "Reconnect with access" in page
    assert "QuickBooks Online does not offer refunds, so refunds are missing." in page


def test_records_that_could_not_be_read_make_the_figures_partial(synced_company):
    with tenant_context(synced_company.company):
        QuarantinedRecord.objects.create(
            connection_id=synced_company.connection.pk, object_type="invoice", source_id="x1", reason_code="no_money",
            reason="The amount is no number.", raw='{"total": "<b>NaN</b>"}', sync_run_id=1, created_at=now(),
        )  # fmt: skip
    browser = synced_company.browser()
    assert "Partial: 1 record could not be read and is in no figure." in words_of(browser.get("/"))
    page = words_of(browser.get("/data-quality"))
    assert "The amount is no number." in page
    assert "&lt;b&gt;NaN&lt;/b&gt;" in page


def _connection(company, **changes):
    Connection.objects.filter(pk=company.connection.pk).update(**changes)


def test_fresh_figures_say_how_fresh(synced_company):
    _connection(synced_company, last_success_at=now() - timedelta(minutes=6))
    assert "Synced 6 min ago" in words_of(synced_company.browser().get("/"))


def test_after_26_hours_the_figures_are_stale(synced_company):
    _connection(synced_company, last_success_at=now() - timedelta(hours=27))
    page = synced_company.browser().get("/")
    assert "Last synced " in words_of(page)
    assert "pill stale" in page.content.decode()


def test_a_failed_sync_is_red_with_its_reason_and_leaves_the_figures(synced_company):
    SyncRun.objects.create(connection=synced_company.connection, state=RunState.FAILED, error_text="Not today.")
    page = synced_company.browser().get("/")
    assert "pill failed" in page.content.decode()
    assert "Not today. Figures below are as of the last sync" in words_of(page)
    assert "Net receivables" in words_of(page)


def test_a_connection_that_needs_its_access_renewed_says_who_can_do_it(synced_company):
    _connection(synced_company, health=Health.NEEDS_REAUTH)
    assert "QuickBooks Online stopped accepting our access." in words_of(synced_company.browser(Role.ADMIN).get("/"))
    assert "Ask an admin to reconnect it." in words_of(synced_company.browser(Role.VIEWER).get("/"))


def test_while_a_sync_runs_the_pill_asks_again_and_then_the_page_is_renewed(synced_company):
    browser = synced_company.browser()
    run = SyncRun.objects.create(
        connection=synced_company.connection, state=RunState.RUNNING, step="payments", steps={"payments": {"count": 70}}
    )
    pill = browser.get("/freshness")
    assert "Syncing: payments 70 so far" in words_of(pill)
    assert 'hx-get="/freshness"' in words_of(pill)
    assert "HX-Refresh" not in pill.headers
    SyncRun.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED)
    pill = browser.get("/freshness")
    assert pill["HX-Refresh"] == "true"
    assert "hx-get" not in words_of(pill)


def test_who_may_not_sync_or_export_is_not_offered_it(synced_company):
    viewer = words_of(synced_company.browser(Role.VIEWER).get("/"))
    assert "Sync now" not in viewer
    assert "/exports/" not in viewer
    assert "Sync now" in words_of(synced_company.browser(Role.ADMIN).get("/"))


def test_a_demo_company_says_that_its_data_is_generated(acme):
    acme.is_demo = True
    acme.save()
    assert "Its data is generated." in words_of(sign_in(member_of(acme).user, acme).get("/"))


def test_typing_leaves_the_address_that_says_no_more_than_it_must(synced_company):
    browser = synced_company.browser()
    with tenant_context(synced_company.company):
        as_of = synced_company.reader().state.today
    address = f"/?as_of={as_of}&sort=-overdue&q=co&ccy=EUR&page=1"
    typed = browser.get(address, headers={"HX-Request": "true", "HX-Trigger": "q"})
    assert typed["HX-Push-Url"] == "/?ccy=EUR&q=co"
    polled = browser.get(address, headers={"HX-Request": "true"})
    assert "HX-Push-Url" not in polled.headers


def test_without_a_session_every_page_of_figures_leads_to_the_log_in(synced_company, client):
    for path in (
        "/",
        "/customers",
        "/customers/1",
        "/invoices",
        "/invoices/1",
        "/data-quality",
        "/exports/customers.csv",
    ):
        answer = client.get(path, headers={"host": f"{synced_company.company.slug}.localhost"})
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")
