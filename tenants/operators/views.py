"""The operators' pages: what is stale or failing, why, and the few acts that help.

Who may see them is decided where they are put into the URL map (`tenants.operators.urls.console`), because this package
knows no users.
"""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from tenants import connections, subscriptions, sync_words
from tenants.audit import actor_of
from tenants.hook_address import webhook_address
from tenants.models import Company, Connection, RunState, Trigger
from tenants.operators import acts, queries, rows
from tenants.operators.addresses import ListQuery
from tenants.operators.pages import OperatorRunsPage, OperatorTenantPage, OperatorTenantsPage, PlatformPage
from tenants.pages import EmptyState, Fact, Link, Notice, Option, SortHeader
from tenants.provisioning import host_for

LATEST_RUNS = 20


@require_GET
def tenants(request: HttpRequest) -> HttpResponse:
    asked, at = ListQuery.read(request.GET, states=tuple(rows.STATE_LABELS), sorts=queries.SORTS), now()
    found = queries.list_standings(
        at=at, search=asked.search, state=asked.state, sort=asked.sort, first=asked.first, count=asked.per
    )
    return _page(request, "ops/tenants.html", _tenants_page(asked, found, at), "ops-tenants")


def _tenants_page(asked: ListQuery, found: queries.Standings, at: datetime) -> OperatorTenantsPage:
    base = reverse("ops-tenants")
    strips = queries.runs_per_company(one.id for one in found.companies)
    tile_urls = {state: asked.url(base, state="" if state == asked.state else state) for state in rows.STATE_LABELS}
    return OperatorTenantsPage(
        headers=_headers(asked, base),
        rows=tuple(rows.tenant_row(one, strips.get(one.id, ()), at=at) for one in found.companies),
        pager=asked.pager(base, shown=len(found.companies), total=found.matching),
        form_url=base,
        tiles=rows.state_tiles(found.per_state, asked.state, tile_urls),
        query=asked.search,
        clear_url=base if asked.search or asked.state else "",
        announcement=f"{found.matching} companies",
        empty=None if found.per_state else EmptyState("No company yet.", "Companies appear here as they sign up."),
    )


def _headers(asked: ListQuery, base: str) -> tuple[SortHeader, ...]:
    def sortable(key: str, label: str, *, is_numeric: bool) -> SortHeader:
        direction = {key: "ascending", f"-{key}": "descending"}.get(asked.sort, "")
        url = asked.url(base, sort=f"-{key}" if asked.sort == key else key)
        return SortHeader(key, label, url, direction, is_numeric)  # type: ignore[arg-type]

    return (
        sortable("name", "Company", is_numeric=False),
        SortHeader("state", "State", is_numeric=False),
        SortHeader("connections", "Connections", is_numeric=False),
        sortable("age", "Data age", is_numeric=True),
        SortHeader("records", "Records"),
        SortHeader("runs", "Last runs", is_numeric=False),
    )


@require_GET
def tenant(request: HttpRequest, company_pk: int) -> HttpResponse:
    at, company = now(), _company(company_pk)
    standing = queries.get_standing(company_pk, at=at)
    strips = queries.runs_per_connection([company_pk])
    latest, _ = queries.list_runs(company=company_pk, count=LATEST_RUNS)
    page = OperatorTenantPage(
        name=standing.name,
        host=host_for(standing.slug),
        state=standing.state,  # type: ignore[arg-type]
        state_label=rows.state_label(standing),
        back=Link("Companies", reverse("ops-tenants")),
        facts=_facts(company, standing),
        connections=tuple(
            rows.operator_connection(one, strips.get(one.pk, ()), at=at, may_sync=not standing.is_suspended)
            for one in queries.list_connections(company_pk)
        ),
        runs=tuple(rows.run_row(run, at=at) for run in latest),
        runs_url=ListQuery(search=standing.slug).url(reverse("ops-runs")),
        notices=_deletion_notice(company),
        suspend_url="" if standing.is_suspended else reverse("ops-tenant-suspend", args=[company_pk]),
        resume_url=reverse("ops-tenant-resume", args=[company_pk])
        if standing.is_suspended and company.deletion_due_at is None
        else "",
    )
    return _page(request, "ops/tenant.html", page, "ops-tenants")


def _deletion_notice(company: Company) -> tuple[Notice, ...]:
    if company.deletion_due_at is None:
        return ()
    return (Notice("warn", f"Marked for deletion, which may happen from {company.deletion_due_at:%d %b %Y} on."),)


def _facts(company: Company, standing: queries.CompanyStanding) -> tuple[Fact, ...]:
    return (
        Fact("Schema", company.schema_name),
        Fact("Time zone", company.timezone),
        Fact("Created", f"{company.created_at:%d %b %Y}"),
        Fact("Records in the last full syncs", "not known" if standing.records is None else str(standing.records)),
        Fact("Kind", "Demo, with generated data" if company.is_demo else "Customer"),
    )


@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    base, at = reverse("ops-runs"), now()
    asked = ListQuery.read(request.GET, states=tuple(RunState.values))
    found, total = queries.list_runs(search=asked.search, state=asked.state, first=asked.first, count=asked.per)
    states = [("", "All"), *RunState.choices]
    page = OperatorRunsPage(
        rows=tuple(rows.run_row(run, at=at, company=run.connection.company) for run in found),
        pager=asked.pager(base, shown=len(found), total=total),
        form_url=base,
        tiles=_queue_tiles(asked, base),
        states=tuple(Option(value, str(label), value == asked.state) for value, label in states),
        query=asked.search,
        dagster_url=settings.DAGSTER_URL,
    )
    return _page(request, "ops/runs.html", page, "ops-runs")


def _queue_tiles(asked: ListQuery, base: str) -> tuple[Fact, ...]:
    queue, at = queries.get_queue(), now()
    waits = sync_words.age(queue.oldest_queued_at, at=at) if queue.oldest_queued_at else "–"
    return (
        Fact("Running", str(queue.running), asked.url(base, state="running")),
        Fact("Waiting", str(queue.queued), asked.url(base, state="requested")),
        Fact("Longest wait", waits),
        Fact(f"Failed of the newest {queries.RECENT_RUNS:,}", str(queue.failed), asked.url(base, state="failed")),
    )


@require_GET
def platform(request: HttpRequest) -> HttpResponse:
    missing = [name for name in ("UNIFIED_API_KEY", "UNIFIED_WORKSPACE_ID", "UNIFIED_WORKSPACE_SECRET")
               if not getattr(settings, name)]  # fmt: skip
    page = PlatformPage(
        facts=(
            Fact("Unified.to", settings.UNIFIED_API_URL),
            Fact("Environment", settings.UNIFIED_ENV),
            Fact("Base domain", settings.BASE_DOMAIN),
            Fact("Dagster", settings.DAGSTER_URL or "not set"),
            Fact("Webhook subscriptions", rows.subscriptions_told(subscriptions.count_by_health())),
        ),
        webhook_address=webhook_address(),
        notices=_notices(missing),
    )
    return _page(request, "ops/platform.html", page, "ops-platform")


def _notices(missing: list[str]) -> tuple[Notice, ...]:
    told = [Notice("bad", f"{name} is not set; set it and restart.") for name in missing]
    if reason := subscriptions.why_none():
        told.append(Notice("info", reason))
    return tuple(told)


@require_POST
def sync_tenant(request: HttpRequest, company_pk: int) -> HttpResponse:
    company = _company(company_pk)
    if company.is_suspended:
        raise Http404
    started = acts.sync_company(company, by=actor_of(request))
    messages.success(request, f"{company.name}: {started} sync{'' if started == 1 else 's'} started.")
    return HttpResponseRedirect(reverse("ops-tenant", args=[company.pk]))


@require_POST
def sync(request: HttpRequest, company_pk: int, connection_pk: int, full: bool) -> HttpResponse:
    connection = _connection(company_pk, connection_pk)
    _, is_new = connections.start_sync(connection, trigger=Trigger.OPERATOR, by=actor_of(request), full=full)
    messages.success(request, "The sync has started." if is_new else "A sync is under way already.")
    return HttpResponseRedirect(reverse("ops-tenant", args=[company_pk]))


@require_POST
def pause(request: HttpRequest, company_pk: int, connection_pk: int) -> HttpResponse:
    connections.pause_schedule(_connection(company_pk, connection_pk), by=actor_of(request))
    messages.success(request, "The schedule is paused. Syncs start only when somebody asks.")
    return HttpResponseRedirect(reverse("ops-tenant", args=[company_pk]))


@require_POST
def resume(request: HttpRequest, company_pk: int, connection_pk: int) -> HttpResponse:
    connections.resume_schedule(_connection(company_pk, connection_pk), by=actor_of(request))
    messages.success(request, "The schedule runs again.")
    return HttpResponseRedirect(reverse("ops-tenant", args=[company_pk]))


def _company(pk: int) -> Company:
    company = Company.objects.filter(pk=pk).first()
    if company is None:
        raise Http404
    return company


def _connection(company_pk: int, pk: int) -> Connection:
    connection = queries.get_connection(company_pk, pk)
    if connection is None or not connection.is_active or connection.company.is_suspended:
        raise Http404
    return connection


def _page(request: HttpRequest, template: str, page: object, current: str) -> HttpResponse:
    return render(request, template, {"page": page, "shell": rows.shell_for(request.user, current)})
