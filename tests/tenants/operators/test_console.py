from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils.timezone import now

from tenants.models import AuditEvent, Company, Health, RunState, SyncRun, WebhookState
from tenants.operators import queries
from tenants.operators.urls import console

URLS = "config.urls_ops"
AMOUNT = "4242424242"
CUSTOMER = "Zyzzyva Holdings"
OURS = "ltd"  # Acme Ltd and Beta Ltd; other tests' companies may be there too


@pytest.fixture(autouse=True)
def launched(monkeypatch):
    """Runs that would have been posted to Dagster."""
    runs: list[SyncRun] = []
    monkeypatch.setattr("tenants.connections.launch", runs.append)
    return runs


def address(name: str, *args: object) -> str:
    return reverse(name, urlconf=URLS, args=args)


def succeeded(connection, *, hours_ago: float = 1, **fields):
    ended = now() - timedelta(hours=hours_ago)
    connection.last_success_at = ended
    connection.save()
    return SyncRun.objects.create(
        connection=connection,
        trigger="first",
        state=RunState.SUCCEEDED,
        started_at=ended,
        finished_at=ended,
        counts={"invoice": {"fetched": 30, "inserted": 30}, "customer": {"fetched": 12, "inserted": 12}},
        dagster_run_id=f"dagster-{connection.pk}-{hours_ago}",
        **fields,
    )


def failed(connection, **fields):
    text = f"The connection was refused (status 401: {CUSTOMER} owes {AMOUNT})"
    return SyncRun.objects.create(
        connection=connection,
        trigger="scheduled",
        state=RunState.FAILED,
        started_at=now(),
        finished_at=now(),
        error_class="NeedsReauth",
        error_text=text,
        **fields,
    )


def standing_of(company: Company) -> queries.CompanyStanding:
    return queries.get_standing(company.pk, at=now())


def test_every_address_of_the_console_is_hidden_from_people_who_are_no_operators(outsider, acme, connect):
    connection = connect(acme, "c1")
    for pattern in console(lambda view: view):
        wanted = {"company_pk": acme.pk, "connection_pk": connection.pk}
        url = address(pattern.name, *(wanted[name] for name in pattern.pattern.converters))
        assert outsider.get(url).status_code == 404, url
        assert outsider.post(url).status_code == 404, url
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("urlconf", ["config.urls_tenant", "config.urls_public"])
def test_the_console_does_not_exist_on_other_hosts(urlconf):
    assert not [name for name in get_resolver(urlconf).reverse_dict if str(name).startswith("ops-")]


def test_nobody_signed_in_is_sent_to_log_in(db):
    answer = Client(HTTP_HOST="ops.localhost").get(address("ops-tenants"))
    assert answer.status_code == 302
    assert "log" in answer["Location"]


def test_a_company_that_never_synced_is_told_from_one_that_is_stale_failing_paused_or_healthy(acme, beta, connect):
    assert standing_of(acme).state == "never"
    mine = connect(acme, "c1")
    assert standing_of(acme).state == "never"
    succeeded(mine, hours_ago=27)
    assert standing_of(acme).state == "stale"
    succeeded(mine, hours_ago=1)
    assert standing_of(acme).state == "healthy"
    mine.is_schedule_paused = True
    mine.save()
    assert standing_of(acme).state == "paused"
    failed(mine)
    assert standing_of(acme).state == "failing"
    assert standing_of(beta).state == "never"


def test_one_bad_connection_makes_a_company_failing_and_a_disconnected_one_does_not(acme, connect):
    succeeded(connect(acme, "c1"))
    bad = connect(acme, "c2", health=Health.NEEDS_REAUTH, last_success_at=now())
    assert standing_of(acme).state == "failing"
    assert standing_of(acme).unhealthy == 1
    bad.health = Health.DISCONNECTED
    bad.save()
    assert standing_of(acme).state == "healthy"
    assert standing_of(acme).connections == 1


def test_the_data_of_a_company_is_as_old_as_its_oldest_connection(acme, connect):
    succeeded(connect(acme, "c1"), hours_ago=1)
    old = connect(acme, "c2")
    succeeded(old, hours_ago=9)
    assert standing_of(acme).oldest_success_at == old.last_success_at
    assert standing_of(acme).records == 84


def test_companies_are_listed_by_the_age_of_their_data_and_never_comes_first(operator, acme, beta, connect):
    succeeded(connect(acme, "c1"), hours_ago=40)
    assert [one.slug for one in queries.list_standings(at=now(), search=OURS).companies] == ["beta", "acme"]
    succeeded(connect(beta, "c2"), hours_ago=2)
    assert [one.slug for one in queries.list_standings(at=now(), search=OURS).companies] == ["acme", "beta"]
    page = operator.get(f"{address('ops-tenants')}?q={OURS}").content.decode()
    assert page.index("Acme Ltd") < page.index("Beta Ltd")
    assert "40 h" in page


def test_the_list_is_filtered_by_state_and_by_name_while_the_tiles_count_all(acme, beta, connect):
    count = Company.objects.count()
    assert queries.list_standings(at=now()).per_state == {"never": count}
    succeeded(connect(acme, "c1"))
    found = queries.list_standings(at=now(), state="never", search=OURS)
    assert [one.slug for one in found.companies] == ["beta"]
    assert found.matching == 1
    assert found.per_state == {"healthy": 1, "never": count - 1}
    assert queries.list_standings(at=now(), state="never").matching == count - 1
    assert [one.slug for one in queries.list_standings(at=now(), search="ACM").companies] == ["acme"]
    assert queries.list_standings(at=now(), search="nothing like it").per_state == found.per_state


def test_no_page_shows_an_amount_a_name_or_an_errors_own_text(operator, acme, connect):
    connection = connect(acme, "c1", health=Health.NEEDS_REAUTH, health_reason=f"{CUSTOMER} {AMOUNT}",
                         organization_name=CUSTOMER)  # fmt: skip
    failed(connection, checks={"USD": {"ours": AMOUNT, "theirs": AMOUNT}})
    for url in (address("ops-tenants"), address("ops-tenant", acme.pk), address("ops-runs"), address("ops-platform")):
        answer = operator.get(url)
        assert answer.status_code == 200, url
        page = answer.content.decode()
        assert AMOUNT not in page
        assert CUSTOMER not in page
    assert "Needs reauth" in operator.get(address("ops-runs")).content.decode()


def test_a_run_leads_to_dagster(operator, acme, connect, settings):
    run = succeeded(connect(acme, "c1"))
    for url in (address("ops-tenants"), address("ops-tenant", acme.pk), address("ops-runs")):
        assert f"{settings.DAGSTER_URL}/runs/{run.dagster_run_id}" in operator.get(url).content.decode()


def test_sync_now_starts_one_run_for_each_active_connection_and_is_audited(operator, acme, connect, launched):
    connect(acme, "c1")
    connect(acme, "c2", health=Health.DISCONNECTED)
    for _ in range(2):
        assert operator.post(address("ops-tenant-sync", acme.pk)).status_code == 302
    run = SyncRun.objects.get()
    assert (run.trigger, run.requested_by, launched) == ("operator", "op@platform.example", [run])
    events = AuditEvent.objects.filter(company=acme, action="sync.requested", actor="op@platform.example")
    assert [event.address for event in events] == ["127.0.0.1", "127.0.0.1"]


def test_a_full_sync_is_asked_for_by_itself(operator, acme, connect):
    connection = connect(acme, "c1")
    operator.post(address("ops-full-sync", acme.pk, connection.pk))
    assert SyncRun.objects.get().is_full


def test_pausing_and_resuming_a_schedule_are_audited_and_change_it(operator, acme, connect):
    connection = connect(acme, "c1")
    for name, is_paused, action in (
        ("ops-pause", True, "connection.schedule_paused"),
        ("ops-resume", False, "connection.schedule_resumed"),
    ):
        operator.post(address(name, acme.pk, connection.pk))
        connection.refresh_from_db()
        assert connection.is_schedule_paused is is_paused
        assert AuditEvent.objects.filter(company=acme, action=action).count() == 1


def test_nothing_is_started_by_looking_at_an_address(operator, acme, connect):
    connection = connect(acme, "c1")
    assert operator.get(address("ops-tenant-sync", acme.pk)).status_code == 405
    assert operator.get(address("ops-pause", acme.pk, connection.pk)).status_code == 405
    assert not SyncRun.objects.exists()


def test_a_connection_is_found_under_its_own_company_only(operator, acme, beta, connect):
    connection = connect(acme, "c1")
    assert operator.post(address("ops-pause", beta.pk, connection.pk)).status_code == 404
    connection.refresh_from_db()
    assert not connection.is_schedule_paused


def test_a_suspended_company_is_not_synced(operator, acme, connect):
    connect(acme, "c1")
    acme.is_suspended = True
    acme.save()
    assert operator.post(address("ops-tenant-sync", acme.pk)).status_code == 404
    assert "Suspended" in operator.get(address("ops-tenants")).content.decode()
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize(
    "query", ["?page=-1&per=7&sort=drop&state=x", "?page=999999", "?q=%00%27%22", "?page=9" + "9" * 30]
)
def test_a_malformed_address_shows_a_list_all_the_same(operator, query):
    for name in ("ops-tenants", "ops-runs"):
        assert operator.get(address(name) + query).status_code == 200


def test_a_company_that_does_not_exist_is_not_found_however_large_its_number(operator):
    for pk in (0, 10**6, 10**30):
        assert operator.get(address("ops-tenant", pk)).status_code == 404


def test_the_lists_cost_the_same_number_of_queries_however_many_companies_there_are(operator, acme, connect):
    connect(acme, "c0")
    operator.get(address("ops-tenants"))  # what a session writes once in a while is written here
    few = _queries(operator, "ops-tenants")
    for number in range(60):
        company = Company(schema_name=f"t_none{number}", slug=f"many-{number}", name=f"Many {number}")
        company.save()
        connection = connect(company, f"many-{number}")
        succeeded(connection)
        failed(connection)
    assert _queries(operator, "ops-tenants") == few
    runs = _queries(operator, "ops-runs")
    SyncRun.objects.all().delete()
    assert runs == _queries(operator, "ops-runs")


def _queries(client: Client, name: str) -> int:
    with CaptureQueriesContext(connections["control"]) as captured:
        assert client.get(address(name)).status_code == 200
    return len(captured)


def test_runs_across_companies_are_filtered_by_state(operator, acme, beta, connect):
    succeeded(connect(acme, "c1"))
    failed(connect(beta, "c2"))
    page = operator.get(address("ops-runs") + "?state=failed").content.decode()
    assert "Beta Ltd" in page
    assert "Acme Ltd" not in page


def test_the_platform_page_tells_the_webhook_address_and_what_is_missing(operator, settings):
    settings.UNIFIED_API_KEY = ""
    page = operator.get(address("ops-platform")).content.decode()
    assert "/hooks/unified/" in page
    assert "UNIFIED_API_KEY is not set" in page


def test_the_platform_page_tells_why_no_webhooks_come_and_how_subscriptions_fare(operator, settings, acme, connect):
    settings.UNIFIED_API_URL, settings.UNIFIED_WORKSPACE_SECRET = "https://api.unified.to", "secret"
    assert "Unified.to cannot reach localhost" in operator.get(address("ops-platform")).content.decode()
    for number, health in enumerate(("healthy", "healthy", "unhealthy", "none")):
        WebhookState.objects.create(connection=connect(acme, f"c{number}"), health=health)
    settings.UNIFIED_API_URL = "http://localhost:8001"
    page = operator.get(address("ops-platform")).content.decode()
    assert "cannot reach" not in page
    assert "3 connections, 1 unhealthy" in page
