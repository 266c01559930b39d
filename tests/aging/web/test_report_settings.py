"""The report's settings: what a change would show is what it then shows, and only who may makes one."""

import re

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Role
from aging.core.buckets import BadEdges, BucketScheme
from aging.ingest.report_settings import UnknownBasis, change_report_settings
from aging.models import BalanceSegment, ReportSettings
from aging.queries.proposal import try_out
from aging.queries.settings import Preferences, View, preferences
from aging.queries.totals import totals_by_currency
from aging.web.building.report_settings_page import read_proposal
from tenants.audit import Actor
from tenants.clock import today_of
from tenants.context import tenant_context
from tenants.models import AuditEvent
from tests.accounts.people import member_of, sign_in
from tests.aging.web.sources import words_of

pytestmark = pytest.mark.django_db
PATH = "/settings/report"
ADA = Actor("ada@acme.example", "127.0.0.1")
EDGES = st.sets(st.integers(1, 400), min_size=2, max_size=8).map(lambda edges: tuple(sorted(edges)))


def change(synced, edges, basis="due"):
    return change_report_settings(synced.company, edges=edges, basis=basis, by=ADA)


def totals(synced):
    wanted = preferences()
    return totals_by_currency(View(today_of(synced.company), wanted.basis, wanted.scheme))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=EDGES, basis=st.sampled_from(["due", "issued"]))
def test_a_preview_shows_the_figures_that_the_report_has_once_saved(in_synced, edges, basis):
    proposed = Preferences(BucketScheme.from_edges(edges), basis)
    tried = try_out(preferences(), proposed, as_of=today_of(in_synced.company))
    change(in_synced, edges, basis)
    saved = totals(in_synced)
    assert {one.currency: (one.amounts, one.unapplied, one.net) for one in tried.totals} == {
        currency: (tuple(one.buckets.values()), one.unapplied, one.net) for currency, one in saved.items()
    }


def test_a_preview_counts_the_documents_that_would_stand_under_another_label(in_synced):
    today = today_of(in_synced.company)
    present, proposed = preferences(), Preferences(BucketScheme.from_edges((30, 60, 90)), "due")
    segments = BalanceSegment.objects.filter(valid_from__lte=today, valid_to__gt=today)
    late = [(today - due).days for due, amount in segments.values_list("due_date", "open_minor") if amount > 0]
    moved = sum(present.scheme.bucket_for(n).label != proposed.scheme.bucket_for(n).label for n in late)
    tried = try_out(present, proposed, as_of=today)
    assert (tried.moved, tried.documents) == (moved, segments.count())
    assert 0 < moved < len(late) or all(days <= 30 or days > 90 for days in late)
    assert try_out(present, present, as_of=today).moved == 0


def test_saving_ages_everything_anew_and_is_written_down_with_before_and_after(synced_company):
    browser = synced_company.browser(Role.ADMIN)
    answer = browser.post(PATH, {"edges": "15 45;  120", "basis": "issue"})
    assert answer.status_code == 302
    assert "aged as you asked" in words_of(browser.get(PATH))
    report = words_of(browser.get("/"))
    assert "46–120" in report and "aged by issue date" in report
    event = AuditEvent.objects.get(action="report_settings.changed")
    assert event.company_id == synced_company.company.pk
    assert event.details == {
        "before": {"bucket_edges": [30, 60, 90, 120], "basis": "due"},
        "after": {"bucket_edges": [15, 45, 120], "basis": "issued"},
    }
    assert "@" in event.actor


def test_saving_what_is_so_already_changes_nothing_and_is_not_written_down(in_synced):
    assert change(in_synced, (15, 45)) is True
    assert change(in_synced, (15, 45)) is False
    assert AuditEvent.objects.filter(action="report_settings.changed").count() == 1


def test_resetting_brings_the_standard_back_and_is_offered_only_to_who_has_something_else(synced_company):
    browser = synced_company.browser(Role.ADMIN)
    assert "Back to the standard" not in words_of(browser.get(PATH))
    with tenant_context(synced_company.company):
        before = totals(synced_company)
        change(synced_company, (10, 20), "issued")
    assert "Back to the standard" in words_of(browser.get(PATH))
    browser.post(f"{PATH}/reset")
    with tenant_context(synced_company.company):
        assert totals(synced_company) == before
        assert preferences().basis == "due"


def test_a_preview_is_a_plain_get_that_changes_nothing_and_says_how_many_invoices_it_moves(synced_company):
    browser = synced_company.browser(Role.ADMIN)
    page = browser.get(PATH, {"edges": "15, 45, 90", "basis": "due"})
    words = words_of(page)
    assert re.search(r"This changes how [\d,]+ invoices are shown, of [\d,]+ open documents\.", words)
    assert "As proposed" in words and "16–45" in words
    assert 'name="edges" value="15, 45, 90"' in page.text
    with tenant_context(synced_company.company):
        assert preferences().scheme.edges == (30, 60, 90, 120)
        assert not ReportSettings.objects.exists()
    assert "As proposed" not in words_of(browser.get(PATH))


@pytest.mark.parametrize(
    ("edges", "sentence"),
    [
        ("", "Give 2 to 8 days, not 0."),
        ("30", "Give 2 to 8 days, not 1."),
        ("1 2 3 4 5 6 7 8 9", "Give 2 to 8 days, not 9."),
        ("30, 30", "The days have to rise, from 1 upwards; these do not: 30, 30."),
        ("0, 30", "The days have to rise, from 1 upwards; these do not: 0, 30."),
        ("30, 3651", "The last day can be 3650 at most, not 3651."),
        ("30, sixty", "“sixty” is not a whole number of days."),
        ("-30, 60", "“-30” is not a whole number of days."),
        ("30.5, 60", "“30.5” is not a whole number of days."),
        ("30, 99999999999999999999", "“99999999999999999999” is not a whole number of days."),
        ("\x00, <b>", "is not a whole number of days."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_saved(synced_company, edges, sentence):
    browser = synced_company.browser(Role.ADMIN)
    saved = browser.post(PATH, {"edges": edges, "basis": "due"})
    assert saved.status_code == 422
    for answer in (saved, browser.get(PATH, {"edges": edges})):
        assert sentence in words_of(answer)
        assert 'class="button primary">Save' not in answer.text
    with tenant_context(synced_company.company):
        assert not ReportSettings.objects.exists()


def test_a_basis_that_is_none_is_refused_at_every_door(in_synced):
    with pytest.raises(BadEdges, match="Choose one"):
        read_proposal("30, 60", "paid")
    with pytest.raises(UnknownBasis):
        change(in_synced, (30, 60), "paid")
    assert not ReportSettings.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE])
def test_who_may_only_read_sees_the_buckets_and_can_neither_try_nor_save(synced_company, role):
    browser = synced_company.browser(role)
    page = browser.get(PATH, {"edges": "15, 45", "basis": "due"})
    assert page.status_code == 200
    assert "As it is now" in words_of(page) and "As proposed" not in words_of(page)
    assert f'action="{PATH}' not in page.text
    assert browser.post(PATH, {"edges": "15, 45", "basis": "due"}).status_code == 403
    assert browser.post(f"{PATH}/reset").status_code == 403
    with tenant_context(synced_company.company):
        assert not ReportSettings.objects.exists()
    assert not AuditEvent.objects.filter(action="report_settings.changed").exists()


def test_another_company_is_aged_as_it_was(synced_company, beta):
    synced_company.browser(Role.ADMIN).post(PATH, {"edges": "15, 45", "basis": "issue"})
    with tenant_context(beta):
        assert preferences() == Preferences(BucketScheme.from_edges((30, 60, 90, 120)), "due")
    stranger = sign_in(member_of(beta, Role.ADMIN).user, synced_company.company)
    refused = stranger.post(PATH, {"edges": "5, 6", "basis": "due"})
    assert refused.headers.get("location", "").startswith("/accounts/login/")
    with tenant_context(synced_company.company):
        assert preferences().scheme.edges == (15, 45)


def test_saving_wants_the_forms_token_and_resetting_is_no_link(synced_company):
    user = member_of(synced_company.company, Role.ADMIN).user
    guarded: Client = sign_in(user, synced_company.company, enforce_csrf_checks=True)
    assert guarded.post(PATH, {"edges": "15, 45", "basis": "due"}).status_code == 403
    assert guarded.post(f"{PATH}/reset").status_code == 403
    assert guarded.get(f"{PATH}/reset").status_code == 405
    token = guarded.get(PATH, {"edges": "15, 45"}).text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"edges": "15, 45", "basis": "due", "csrfmiddlewaretoken": token}
    assert guarded.post(PATH, form).status_code == 302
