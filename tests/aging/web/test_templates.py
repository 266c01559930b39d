"""Every page, rendered from believable records with undefined names forbidden."""

import re
from dataclasses import replace

import pytest

from aging.web.pages.common import EmptyState, Link
from aging.web.pages.report import MatrixTotals
from tests.aging.web import samples, samples_documents, samples_operators, samples_sources

SHELL = samples.shell()
OPS = samples.ops_shell()

PAGES = {
    "aging": ("aging/aging.html", samples.aging_page, SHELL),
    "aging, empty": ("aging/aging.html", samples.empty_aging_page, SHELL),
    "customers": ("aging/customers.html", samples.customers_page, SHELL),
    "customer": ("aging/customer.html", samples_documents.customer_page, SHELL),
    "customer, history": ("aging/customer.html", samples_documents.customer_history_page, SHELL),
    "invoices": ("aging/invoices.html", samples_documents.invoices_page, SHELL),
    "invoice": ("aging/invoice.html", samples_documents.invoice_page, SHELL),
    "data quality": ("aging/data_quality.html", samples_sources.data_quality_page, SHELL),
    "data quality, empty": ("aging/data_quality.html", samples_sources.empty_data_quality_page, SHELL),
    "connections": ("connections/index.html", samples_sources.connections_page, SHELL),
    "connect": ("connections/connect.html", samples_sources.connect_page, SHELL),
    "sync runs": ("connections/sync_runs.html", samples_sources.sync_runs_page, SHELL),
    "sync run": ("connections/sync_run.html", samples_sources.sync_run_page, SHELL),
    "companies of operators": ("ops/tenants.html", samples_operators.tenants_page, OPS),
    "company of operators": ("ops/tenant.html", samples_operators.tenant_page, OPS),
    "runs of operators": ("ops/runs.html", samples_operators.runs_page, OPS),
    "message": ("message.html", samples.message_page, None),
    "companies": ("companies.html", samples.companies_page, None),
}


@pytest.fixture(params=PAGES, ids=lambda name: name.replace(" ", "-"))
def markup(request, render) -> str:
    template, page, shell = PAGES[request.param]
    return render(template, page=page(), **({"shell": shell} if shell else {}))


def test_a_page_obeys_the_strict_content_policy(markup):
    assert not re.search(r"\sstyle\s*=", markup)
    assert not re.search(r"<style\b", markup)
    assert not re.search(r"\son[a-z]+\s*=", markup)
    assert not re.search(r"<script(?![^>]*\ssrc=)", markup)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//(?!\S*(?:localhost|example))", markup)
    assert "javascript:" not in markup


def test_what_htmx_puts_focus_back_on_has_an_id_of_its_own(markup):
    ids = re.findall(r'\sid="([^"]+)"', markup)
    assert sorted(ids) == sorted(set(ids))


def test_every_label_belongs_to_a_field_and_every_description_to_an_element(markup):
    ids = set(re.findall(r'\sid="([^"]+)"', markup))
    for reference in re.findall(r'\s(?:for|aria-labelledby|popovertarget|data-dialog)="([^"]+)"', markup):
        assert reference in ids, reference


def test_every_post_carries_its_token(markup):
    for form in re.findall(r'<form[^>]*method="post".*?</form>', markup, re.DOTALL):
        assert "csrfmiddlewaretoken" in form


def test_the_report_shows_its_balance_and_every_bucket(render):
    page = samples.aging_page()
    markup = render("aging/aging.html", page=page, shell=SHELL)
    assert "Agrees with QuickBooks to the cent" in markup
    for label in ("Current", "31–60 days", "61–90 days", "91–120 days", "120+ days"):
        assert f"</i>{label}</span>" in markup
    assert "$3,832,579" in markup
    assert "−$20,932" in markup
    assert f"{page.matrix.totals.total / 100:,.2f}" in markup
    assert page.announcement in re.search(r'id="announce"[^>]*>([^<]*)', markup).group(1)


def test_current_is_drawn_in_two_shades_and_past_due_counts_from_the_first_day(render):
    markup = render("aging/aging.html", page=samples.aging_page(), shell=SHELL)
    bar = re.search(r'<svg class="stack".*?</svg>', markup, re.DOTALL).group()
    assert re.findall(r'class="fill-(\w+)"', bar) == ["notdue", "late", "s1", "s3", "s5", "s7"]


def test_a_pressed_bucket_is_said_and_not_only_coloured(render):
    page = samples.aging_page()
    pressed = replace(page, tiles=(replace(page.tiles[0], is_pressed=True), *page.tiles[1:]))
    assert 'id="bucket-0"' in render("aging/aging.html", page=page, shell=SHELL)
    tile = re.search(r'<a id="bucket-0"[^>]*>', render("aging/aging.html", page=pressed, shell=SHELL)).group()
    assert 'aria-current="true"' in tile


def test_the_sorted_column_is_announced_and_only_that_one(render):
    markup = render("aging/aging.html", page=samples.aging_page(), shell=SHELL)
    assert len(re.findall(r"aria-sort=", markup)) == 1
    assert re.search(r'aria-sort="descending"><a id="sort-overdue"', markup)


def test_nothing_owed_is_a_dash_with_words(render):
    markup = render("aging/aging.html", page=samples.aging_page(), shell=SHELL)
    assert '<span class="nothing">–<span class="hidden-words">none</span></span>' in markup


def test_a_measure_that_cannot_be_computed_says_why(render):
    markup = render("aging/aging.html", page=samples.aging_page(), shell=SHELL)
    assert "QuickBooks did not grant access to payments." in markup
    assert '−1.8 d<span class="hidden-words"> better than the month before' in markup


@pytest.mark.parametrize("name", [name for name in PAGES if name not in ("message", "companies")])
def test_every_figure_follows_the_reader_s_locale(render, name):
    """A macro file imported without its context would fall back to English."""
    template, page, shell = PAGES[name]
    markup = render(template, page=page(), shell=replace(shell, locale="de_DE"))
    text = re.sub(r"<(time|p class=\"why\").*?</\1>|Open \$.*?credited\.|aria-label=\"[^\"]*\"", "", markup)
    text = re.sub(r'id="announce"[^<]*', "", text)
    assert not re.search(r"\d,\d{3}(?!\d)", re.sub(r"<[^>]+>", " ", _without_sentences(text)))


def _without_sentences(text: str) -> str:
    """Sentences arrive written: the view has put the figures into them."""
    return re.sub(r"QuickBooks calls it paid[^<]*|Due 12 Aug[^<]*|Step 3 of 5[^<]*", "", text)


def test_no_match_offers_a_way_back(render):
    table = samples.matrix(rows=(), query="zzz", empty_text="No customer matches “zzz”.", clear_url="/back")
    markup = render("aging/aging.html", page=samples.aging_page(matrix=table), shell=SHELL)
    assert "No customer matches “zzz”." in markup
    assert 'value="zzz"' in markup
    assert 'href="/back"' in markup


def test_an_unconnected_company_is_asked_to_connect_and_sees_no_figures(render):
    markup = render("aging/aging.html", page=samples.empty_aging_page(), shell=SHELL)
    assert "Connect your accounting system to see who owes you what." in markup
    assert "key-figure" not in markup


def test_a_first_load_asks_again_by_itself(render):
    loading = EmptyState("Loading your ledger", "Invoices 1,240 so far.", poll_url="/?loading=1")
    page = replace(samples.empty_aging_page(), empty=loading)
    assert 'hx-get="/?loading=1" hx-trigger="load delay:1500ms"' in render("aging/aging.html", page=page, shell=SHELL)


def test_a_customer_s_name_cannot_become_markup(render):
    evil = '"><img src=x onerror=alert(1)>'
    row = replace(samples.matrix().rows[0], name=evil, url='/customers/1"x')
    page = samples.aging_page(matrix=samples.matrix(rows=(row,), query=evil))
    markup = render("aging/aging.html", page=page, shell=replace(SHELL, company_name=evil))
    assert "<img" not in markup
    assert "&lt;img src=x" in markup


def test_a_table_with_many_digits_scrolls_on_any_screen(render):
    def has_scroller(total: int) -> bool:
        table = samples.matrix()
        totals = MatrixTotals(table.totals.customers, table.totals.amounts, 0, total, 0)
        page = samples.aging_page(matrix=replace(table, totals=totals))
        return "matrix-scroll is-wide" in render("aging/aging.html", page=page, shell=SHELL)

    assert has_scroller(12_345_678_901)
    assert not has_scroller(234_726_900)


def test_the_statement_lists_unapplied_credits_apart_from_open_items(render):
    markup = render("aging/customer.html", page=samples_documents.customer_page(), shell=SHELL)
    items, credits = markup.split("Unapplied payments and credit memos in USD", 1)
    assert "INV-4188" in items
    assert "−350.00" in credits
    assert "23,096.50" in credits
    assert "the issue date is used" in items


def test_an_invoice_says_why_it_is_where_it_is(render):
    markup = render("aging/invoice.html", page=samples_documents.invoice_page(), shell=SHELL)
    assert "Due 12 Aug 2026, 80 days before 31 Oct 2026, so it is in 61–90." in markup
    assert "inferred from the balance" in markup


def test_each_currency_of_the_invoices_has_its_own_total_and_decimals(render):
    markup = render("aging/invoices.html", page=samples_documents.invoices_page(), shell=SHELL)
    foot = markup.split("<tfoot>")[1].split("</tfoot>")[0]
    assert "13,426.50" in foot
    assert "1,250,000<" in foot


def test_a_reader_without_rights_sees_no_actions(render):
    page = samples_sources.connections_page()
    cards = tuple(replace(card, sync_url="", reconnect_url="", disconnect_url="") for card in page.cards)
    markup = render("connections/index.html", page=replace(page, cards=cards), shell=SHELL)
    main = markup.split('<div id="page"')[1].split("</main>")[0]
    assert 'method="post"' not in main
    assert "Reconnect" not in main


def test_a_running_sync_asks_again_and_a_finished_one_does_not(render):
    running = render("connections/_progress.html", progress=samples_sources.progress(), shell=SHELL)
    failed = render("connections/_progress.html", progress=samples_sources.failed_progress(), shell=SHELL)
    assert 'hx-trigger="load delay:1500ms"' in running
    assert "hx-get" not in failed
    assert "Xero refused our access." in failed
    assert "12,400" in running


def test_the_freshness_fragment_asks_for_itself_only_while_a_sync_runs(render):
    running = samples.freshness(state="running", text="Invoices, 12,400", poll_url="/freshness")
    assert 'hx-get="/freshness"' in render("connections/_freshness.html", freshness=running)
    assert "hx-get" not in render("connections/_freshness.html", freshness=samples.freshness())


def test_a_run_s_mark_has_a_sign_and_words(render):
    markup = render("connections/sync_runs.html", page=samples_sources.sync_runs_page(), shell=SHELL)
    assert '<span aria-hidden="true">×</span><span class="hidden-words">Failed, 28 Oct</span>' in markup


def test_a_company_with_several_names_can_be_switched_and_one_alone_cannot(render):
    page = samples.aging_page()
    assert "switch company" in render("aging/aging.html", page=page, shell=SHELL)
    assert "switch company" not in render("aging/aging.html", page=page, shell=replace(SHELL, companies=()))


def test_banners_are_shown_above_the_page(render):
    shell = replace(SHELL, demo_note="Demo company.", operator_note="An operator is looking.")
    markup = render("aging/aging.html", page=samples.aging_page(), shell=shell)
    assert "Demo company." in markup
    assert "An operator is looking." in markup


def test_shortcuts_can_be_switched_off(render):
    page = samples.aging_page()
    assert "<body data-shortcuts>" in render("aging/aging.html", page=page, shell=SHELL)
    assert "<body>" in render("aging/aging.html", page=page, shell=replace(SHELL, shortcuts=False))


@pytest.mark.parametrize("template", ["403.html", "404.html", "500.html", "welcome.html"])
def test_a_page_for_everyone_renders_without_a_context(jinja, template):
    assert "Ledgerline" in jinja.get_template(template).render()


def test_one_export_is_a_button_and_several_are_a_menu(render):
    one = samples.aging_page(exports=(Link("CSV", "/csv"),))
    assert (
        "<summary"
        not in render("aging/aging.html", page=one, shell=SHELL).split('class="actions"')[1].split("</form>")[0]
    )
    assert ">Export</summary>" in render("aging/aging.html", page=samples.aging_page(), shell=SHELL)
