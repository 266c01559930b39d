"""The whole way to the provider and back, over HTTP, and everything that must not attach somebody else's books."""

from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.utils.timezone import now

from accounts.models import Role
from tenants.models import AuditEvent, ConnectAttempt, Connection, Health, SyncRun
from tests.aging.web.sources import make_connection, words_of

pytestmark = pytest.mark.usefixtures("unified", "launched")


class _Form(HTMLParser):
    """The fields of the consent page as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        if tag == "input" and (given.get("type") != "radio" or "checked" in given):
            self.fields[given["name"]] = given["value"] or ""


def leave(browser: Client, address: str = "/connections/new/quickbooks") -> str:
    answer = browser.post(address)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def consent(authorization_url: str, decision: str = "approve") -> str:
    """Follow the link, decide on the sandbox's page, and return where the browser is sent back to."""
    page = requests.get(authorization_url, timeout=30)
    answer = requests.post(
        page.url, data={**_Form(page.text).fields, "decision": decision}, timeout=30, allow_redirects=False
    )
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def query_of(address: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}


def problem_after(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert (answer.status_code, answer["Location"]) == (302, "/connections")
    return words_of(browser.get("/connections"))


def test_an_admin_connects_a_system_and_lands_on_its_first_sync(admin, acme, launched):
    assert "QuickBooks Online" in words_of(admin.get("/connections"))
    assert "Invoices" in words_of(admin.get("/connections/new/quickbooks"))
    answer = admin.get(consent(leave(admin)))

    connection = Connection.objects.get(company=acme)
    run = SyncRun.objects.get(connection=connection)
    assert answer["Location"] == f"/sync-runs/{run.pk}"
    assert (run.trigger, run.is_full, run.requested_by) == ("first", True, "admin@acme.example")
    assert launched == [run.pk]
    page = words_of(admin.get(answer["Location"]))
    assert f"Connected to {connection.organization_name} (QuickBooks Online). First sync has started." in page
    assert connection.integration_type == "quickbooks"
    assert connection.organization_name
    assert connection.base_currency == "USD"
    assert "accounting_invoice_read" in connection.permissions
    assert AuditEvent.objects.filter(company=acme, action="connection.linked", actor="admin@acme.example").exists()


def test_what_the_browser_takes_along_names_no_key_and_only_reading(admin, unified):
    address = leave(admin)
    asked = query_of(address)
    assert unified.api_key not in address
    assert all(scope.endswith("_read") for scope in asked["scopes"].split(","))
    assert asked["success_redirect"] == "http://acme.localhost:8000/connections/return"
    attempt = ConnectAttempt.objects.get()
    assert asked["state"] != attempt.state_hash
    assert len(asked["state"]) >= 43
    assert asked["external_xref"] == attempt.external_xref


def test_looking_at_the_page_starts_no_attempt(admin):
    admin.get("/connections/new/quickbooks")
    assert not ConnectAttempt.objects.exists()


def test_the_accounting_systems_own_credentials_are_stored_nowhere(admin, unified, acme):
    admin.get(consent(leave(admin)))
    written = (Connection.objects, AuditEvent.objects.filter(company=acme), SyncRun.objects)
    stored = [str(row) for rows in written for row in rows.values()]
    assert stored
    assert "sandbox-access-token" in str(unified.world.connections.get(Connection.objects.get().external_id).auth)
    assert not [row for row in stored if "token" in row or "auth" in row]


def test_a_swapped_connection_id_attaches_nothing(admin, unified):
    victim = unified.connect(external_xref="somebody else")
    back = consent(leave(admin))
    mine = query_of(back)["id"]
    assert "was not authorized in this attempt" in problem_after(admin, back.replace(mine, victim.id))
    assert not Connection.objects.exists()
    assert "used already" in problem_after(admin, back), "a refused attempt is over"


def test_a_connection_that_names_nobody_is_not_taken_from_a_browser(admin, unified):
    silent = unified.connect(external_xref="")
    back = consent(leave(admin))
    problem_after(admin, back.replace(query_of(back)["id"], silent.id))
    assert not Connection.objects.exists()


def test_a_state_works_once(admin):
    back = consent(leave(admin))
    assert "/sync-runs/" in admin.get(back)["Location"]
    assert "used already" in problem_after(admin, back)
    assert Connection.objects.count() == SyncRun.objects.count() == 1


def test_a_way_back_that_another_session_of_the_same_person_began_leads_nowhere(admin, member, acme):
    back = consent(leave(admin))
    assert "was not begun here by you" in problem_after(member(acme, email="admin@acme.example"), back)
    assert not Connection.objects.exists()
    assert "/sync-runs/" in admin.get(back)["Location"], "and the one who began it is not disturbed"


def test_another_persons_way_back_leads_nowhere(admin, member, acme):
    back = consent(leave(admin))
    other = member(acme, email="second@acme.example")
    session = other.session
    session["connect_attempts"] = admin.session["connect_attempts"]
    session.save()
    assert "was not begun here by you" in problem_after(other, back)
    assert not Connection.objects.exists()


def test_a_way_back_on_another_companys_host_leads_nowhere(admin, member, acme, beta):
    back = consent(leave(admin))
    elsewhere = member(beta, email="admin@acme.example")
    session = elsewhere.session
    session["connect_attempts"] = admin.session["connect_attempts"]
    session.save()
    assert "was not begun here by you" in problem_after(elsewhere, back)
    assert not Connection.objects.exists()


def test_after_ten_minutes_one_starts_again(admin):
    back = consent(leave(admin))
    ConnectAttempt.objects.update(created_at=now() - timedelta(minutes=11))
    assert "longer than ten minutes" in problem_after(admin, back)
    assert not Connection.objects.exists()


def test_a_connection_older_than_the_attempt_is_refused(admin, unified):
    back = consent(leave(admin))
    unified.world.connections.get(query_of(back)["id"]).created_at = "2020-01-01T00:00:00Z"
    assert "older than this attempt" in problem_after(admin, back)
    assert not Connection.objects.exists()


@pytest.mark.parametrize("change", [{"environment": "Sandbox"}, {"categories": ["crm"]}])
def test_a_connection_of_another_environment_or_kind_is_refused(admin, unified, change):
    back = consent(leave(admin))
    unified.world.connections.change(query_of(back)["id"], change)
    problem_after(admin, back)
    assert not Connection.objects.exists()


def test_while_unified_does_not_answer_the_way_back_stays_good(admin, settings, monkeypatch):
    back, good = consent(leave(admin)), settings.UNIFIED_API_KEY
    settings.UNIFIED_API_KEY = "wrong"
    assert "refused our API key" in problem_after(admin, back)
    settings.UNIFIED_API_KEY = good
    assert "/sync-runs/" in admin.get(back)["Location"]


def test_whoever_declines_is_told_so_and_can_try_again(admin):
    back = consent(leave(admin), "deny")
    page = words_of(admin.get(back))
    assert "QuickBooks Online was not connected, because access was not granted." in page
    assert "Try again" in page
    assert not Connection.objects.exists()


def test_the_providers_words_are_shown_as_text_and_only_to_who_left_for_it(admin, finance, member, acme):
    leave(admin)
    address = f"/connections/failed?attempt={ConnectAttempt.objects.get().pk}&error=%3Cb%3Ecall+555%3C/b%3E"
    assert "&lt;b&gt;call 555&lt;/b&gt;" in words_of(admin.get(address))
    assert member(acme, email="second@acme.example").get(address).status_code == 302


def test_finance_reads_the_connections_and_may_not_change_them(finance, acme):
    connection = make_connection(acme)
    page = words_of(finance.get("/connections"))
    assert "Acme Books" in page
    assert "Connect another system" not in page
    assert '<form method="post" action="/connections' not in page
    assert finance.get("/connections/new/quickbooks").status_code == 403
    for act in ("sync", "schedule", "disconnect", "reconnect"):
        assert finance.post(f"/connections/{connection.pk}/{act}").status_code == 403
    assert not SyncRun.objects.exists()


def test_reconnecting_renews_the_same_connection_without_a_duplicate(admin, unified, acme):
    theirs = unified.connect(external_xref="acme")
    connection = make_connection(acme, theirs.id, health=Health.NEEDS_REAUTH, permissions=[])
    unified.world.connections.change(theirs.id, {"health": "broken"})
    address = f"/connections/{connection.pk}/reconnect"
    assert "renews the access" in words_of(admin.get(address))
    assert "/sync-runs/" in admin.get(consent(leave(admin, address)))["Location"]
    connection.refresh_from_db()
    assert (connection.health, Connection.objects.count()) == (Health.HEALTHY, 1)
    assert "accounting_invoice_read" in connection.permissions


def test_a_reconnection_that_comes_back_with_another_id_changes_nothing(admin, unified, acme):
    theirs, other = unified.connect(external_xref="acme"), unified.connect(external_xref="acme")
    connection = make_connection(acme, theirs.id, health=Health.NEEDS_REAUTH)
    back = consent(leave(admin, f"/connections/{connection.pk}/reconnect"))
    assert "Another connection came back" in problem_after(admin, back.replace(theirs.id, other.id))
    connection.refresh_from_db()
    assert (connection.health, Connection.objects.count()) == (Health.NEEDS_REAUTH, 1)


def test_a_connection_that_is_gone_at_the_provider_cannot_be_renewed(admin, acme):
    connection = make_connection(acme, "f" * 24, health=Health.GONE)
    answer = admin.post(f"/connections/{connection.pk}/reconnect")
    assert "no longer exists at Unified.to" in words_of(answer)
    assert not ConnectAttempt.objects.exists()


def test_a_system_that_is_not_offered_is_not_found(admin):
    assert admin.get("/connections/new/abacus").status_code == 404


def test_without_a_workspace_the_page_says_which_variable_is_missing(admin, settings):
    settings.UNIFIED_WORKSPACE_ID = ""
    assert "UNIFIED_WORKSPACE_ID is not set" in words_of(admin.get("/connections"))
    settings.UNIFIED_WORKSPACE_ID, settings.UNIFIED_API_KEY = "sandbox", ""
    assert "UNIFIED_API_KEY is not set" in words_of(admin.get("/connections"))


def test_connecting_asks_for_a_token_of_the_form(acme, member):
    member(acme, Role.ADMIN)
    strict = Client(HTTP_HOST="acme.localhost", enforce_csrf_checks=True)
    strict.cookies = member(acme, Role.ADMIN).cookies
    assert strict.post("/connections/new/quickbooks").status_code == 403
    assert not ConnectAttempt.objects.exists()
