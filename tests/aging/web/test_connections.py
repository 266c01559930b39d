"""What a company sees of its connections, and what its admins can do to them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from accounts.models import Role
from aging.models import Customer, Document
from aging.unified.objects import READ_SCOPES
from tenants.context import tenant_context
from tenants.models import AuditEvent, Connection, Health, SyncRun
from tests.aging.web.sources import make_connection, words_of

pytestmark = pytest.mark.usefixtures("unified", "launched")

HEALTH_WORDS = {
    Health.NEEDS_REAUTH: "QuickBooks Online stopped accepting our access.",
    Health.PAUSED: "Unified.to has paused this connection.",
    Health.GONE: "The connection no longer exists at Unified.to.",
    Health.DISCONNECTED: "Nothing is fetched any more.",
}


def test_every_health_has_words_of_its_own(admin, acme):
    connection = make_connection(acme, permissions=list(READ_SCOPES))
    seen = {health: words_of(admin.get("/connections")) for health in Health if _set(connection, health)}
    assert not [words for words in HEALTH_WORDS.values() if words in seen[Health.HEALTHY]]
    for health, words in HEALTH_WORDS.items():
        assert words in seen[health]
        assert health.label in seen[health]


def _set(connection: Connection, health: Health) -> bool:
    connection.health = health
    connection.save()
    return True


def test_an_unhealthy_connection_says_how_old_the_figures_are_and_who_can_help(admin, finance, acme):
    moment = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
    make_connection(acme, health=Health.NEEDS_REAUTH, last_success_at=moment)
    page = words_of(admin.get("/connections"))
    assert "The figures are those of the last sync, 20 Nov 2026, 14:02. Reconnect it." in page
    assert "Ask an admin to reconnect it." in words_of(finance.get("/connections"))


def test_access_that_was_not_granted_is_named(admin, acme):
    make_connection(acme, permissions=[scope for scope in READ_SCOPES if "creditmemo" not in scope])
    page = words_of(admin.get("/connections"))
    assert "No access to credit notes." in page
    assert "Reconnect with access" in page


def test_without_a_connection_an_admin_is_asked_to_connect_and_finance_whom_to_ask(admin, finance):
    assert "Connect your accounting system to see who owes you what." in words_of(admin.get("/connections"))
    page = words_of(finance.get("/connections"))
    assert "Ask an admin: admin@acme.example" in page


def test_the_catalogue_is_searched_without_script(admin):
    page = words_of(admin.get("/connections?q=xer"))
    assert "Xero" in page
    assert "FreshBooks" not in page
    assert "No system is called “zzz”." in words_of(admin.get("/connections?q=zzz"))


def test_what_was_loaded_is_counted_per_connection(admin, acme):
    mine, other = make_connection(acme, "c1"), make_connection(acme, "c2")
    with tenant_context(acme):
        owing = Customer.objects.create(connection_id=mine.pk, source_id="1", name="Ada")
        today = now().date()
        for number, deleted_at in enumerate((None, None, now())):
            Document.objects.create(
                connection_id=mine.pk, kind="invoice", source_id=str(number), customer=owing, currency="USD",
                issued_date=today, total_minor=1, deleted_at=deleted_at,
            )  # fmt: skip
    page = words_of(admin.get("/connections"))
    assert "Customers <b>1</b>" in page
    assert "Invoices <b>2</b>" in page
    assert page.count("Invoices <b>") == 1, f"{other} has loaded none"


def test_two_connections_to_the_same_books_raise_a_warning(admin, acme):
    make_connection(acme, "c1")
    assert "more than once" not in words_of(admin.get("/connections"))
    make_connection(acme, "c2")
    assert "2 connections read Acme Books." in words_of(admin.get("/connections"))


def test_sync_now_starts_a_run_and_leads_to_it(admin, acme, launched):
    connection = make_connection(acme)
    answers = [admin.post(f"/connections/{connection.pk}/sync") for _ in range(2)]
    run = SyncRun.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/sync-runs/{run.pk}"}
    assert (run.trigger, launched) == ("manual", [run.pk])
    assert AuditEvent.objects.filter(company=acme, action="sync.requested", address="127.0.0.1").count() == 2


def test_sync_now_beside_the_report_starts_one_for_each_active_connection(admin, acme):
    make_connection(acme, "c1")
    make_connection(acme, "c2")
    make_connection(acme, "c3", health=Health.DISCONNECTED)
    assert admin.post("/connections/sync")["Location"] == "/sync-runs"
    assert SyncRun.objects.count() == 2


def test_a_disconnected_connection_is_not_synced_and_says_so(admin, acme):
    connection = make_connection(acme, health=Health.DISCONNECTED)
    admin.post(f"/connections/{connection.pk}/sync")
    assert "This connection is switched off." in words_of(admin.get("/connections"))
    assert not SyncRun.objects.exists()


def test_disconnecting_asks_for_the_organisations_name_and_keeps_what_was_loaded(admin, acme):
    connection = make_connection(acme, next_sync_at=now())
    run = SyncRun.objects.create(connection=connection, trigger="manual")
    with tenant_context(acme):
        Customer.objects.create(connection_id=connection.pk, source_id="1", name="Ada")
    address = f"/connections/{connection.pk}/disconnect"
    admin.post(address, {"confirm": "Acme"})
    connection.refresh_from_db()
    assert connection.health == Health.HEALTHY
    admin.post(address, {"confirm": "acme books "})
    connection.refresh_from_db()
    run.refresh_from_db()
    assert (connection.health, connection.next_sync_at, run.state) == (Health.DISCONNECTED, None, "canceled")
    with tenant_context(acme):
        assert Customer.objects.count() == 1
    assert AuditEvent.objects.get(action="connection.disconnected").actor == "admin@acme.example"


def test_a_schedule_is_changed_to_a_time_of_the_companys_own_day(admin, acme):
    acme.timezone = "Asia/Tokyo"
    acme.save()
    connection = make_connection(acme)
    admin.post(f"/connections/{connection.pk}/schedule", {"interval": "1440", "daily_at": "07:30"})
    connection.refresh_from_db()
    assert connection.interval_minutes == 1440
    assert (connection.next_sync_at.hour, connection.next_sync_at.minute) == (22, 30)
    assert now() < connection.next_sync_at <= now() + timedelta(days=1)
    page = words_of(admin.get("/connections"))
    assert "Daily at 07:30" in page
    assert AuditEvent.objects.get(action="connection.schedule_changed").details == {
        "before_minutes": 60, "after_minutes": 1440,
    }  # fmt: skip


@pytest.mark.parametrize("wish", [{"interval": "7"}, {"interval": "1440", "daily_at": "25:00"}, {}])
def test_a_schedule_that_makes_no_sense_is_refused(admin, acme, wish):
    connection = make_connection(acme)
    admin.post(f"/connections/{connection.pk}/schedule", wish)
    connection.refresh_from_db()
    assert connection.interval_minutes == 60
    assert "Choose how often" in words_of(admin.get("/connections"))


def test_another_companys_connection_is_not_found(admin, beta):
    theirs = make_connection(beta, "theirs", organization_name="Beta Secret Books")
    for act in ("sync", "schedule", "disconnect", "reconnect"):
        assert admin.post(f"/connections/{theirs.pk}/{act}", {"confirm": "Beta Secret Books"}).status_code == 404
    assert "Beta Secret" not in words_of(admin.get("/connections"))
    theirs.refresh_from_db()
    assert theirs.health == Health.HEALTHY
    assert not SyncRun.objects.exists()


def test_the_list_of_systems_being_away_hides_no_connection(admin, acme, settings):
    make_connection(acme)
    settings.UNIFIED_API_KEY = ""
    page = words_of(admin.get("/connections"))
    assert "Acme Books" in page
    assert "no accounting system can be connected" in page


def test_the_api_key_and_the_connections_id_are_on_no_page(member, acme, unified):
    owner = member(acme, Role.OWNER)
    connection = make_connection(acme, "5de520f96e439b002043d8dc")
    run = SyncRun.objects.create(connection=connection, trigger="manual")
    for address in ("/connections", "/connections/new/quickbooks", "/sync-runs", f"/sync-runs/{run.pk}"):
        answer = owner.get(address)
        assert answer.status_code == 200
        assert unified.api_key not in answer.content.decode()
        assert connection.external_id not in answer.content.decode()
