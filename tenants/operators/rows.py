"""How does a standing, a connection or a run become what an operator's page shows?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from tenants import sync_words as words
from tenants.models import Company, Connection, RunState, SyncRun
from tenants.operators.pages import (
    OperatorConnection,
    OperatorRunRow,
    OpsShell,
    StateTile,
    TenantRow,
    TenantState,
)
from tenants.operators.queries import CompanyStanding
from tenants.pages import Link, NavItem, RunMark
from tenants.provisioning import host_for

STATE_LABELS: dict[TenantState, str] = {
    "failing": "Failing",
    "never": "Never synced",
    "stale": "Stale",
    "paused": "Paused",
    "busy": "Syncing",
    "healthy": "Healthy",
}


def shell_for(user: object, current: str) -> OpsShell:
    pages = (
        ("building", "Companies", "ops-tenants"),
        ("runs", "Runs", "ops-runs"),
        ("gear", "Platform", "ops-platform"),
    )
    nav = tuple(NavItem(icon, label, reverse(name), is_current=name == current) for icon, label, name in pages)
    return OpsShell(
        user_name=str(user),
        nav=nav,
        locale=getattr(user, "locale", "en_US"),
        shortcuts=getattr(user, "shortcuts", True),
    )


def tenant_row(standing: CompanyStanding, runs: Sequence[SyncRun], *, at: datetime) -> TenantRow:
    state = cast(TenantState, standing.state)
    return TenantRow(
        id=str(standing.id),
        name=standing.name,
        url=reverse("ops-tenant", args=[standing.id]),
        host=host_for(standing.slug),
        state=state,
        state_label=state_label(standing),
        connections=_connections_label(standing),
        data_age=words.age(standing.oldest_success_at, at=at) if standing.connections else "–",
        records=standing.records,
        last_error=words.error_words(standing.error_class),
        run=dagster_link(standing.dagster_run_id),
        sync_url=reverse("ops-tenant-sync", args=[standing.id]) if _is_syncable(standing) else "",
        strip=strip(runs, at=at),
    )


def state_label(standing: CompanyStanding) -> str:
    return "Suspended" if standing.is_suspended else STATE_LABELS[cast(TenantState, standing.state)]


def _is_syncable(standing: CompanyStanding) -> bool:
    return standing.connections > 0 and not standing.is_suspended


def _connections_label(standing: CompanyStanding) -> str:
    if not standing.connections:
        return "None"
    bad = f", {standing.unhealthy} unhealthy" if standing.unhealthy else ""
    return f"{standing.connections}{bad}"


def subscriptions_told(connections_by_health: Mapping[str, int]) -> str:
    """Of how many connections Unified.to tells us, and of how many it should and does not."""
    healthy, unhealthy = connections_by_health["healthy"], connections_by_health["unhealthy"]
    if not healthy + unhealthy:
        return "None"
    bad = f", {unhealthy} unhealthy" if unhealthy else ""
    return f"{healthy + unhealthy} connections{bad}"


def state_tiles(per_state: dict[str, int], pressed: str, url_for: Mapping[TenantState, str]) -> tuple[StateTile, ...]:
    return tuple(
        StateTile(state, label, per_state.get(state, 0), url_for[state], state == pressed)
        for state, label in STATE_LABELS.items()
    )


def operator_connection(
    connection: Connection, runs: Sequence[SyncRun], *, at: datetime, may_sync: bool
) -> OperatorConnection:
    ended = next((run for run in runs if run.state in (RunState.SUCCEEDED, RunState.FAILED)), None)
    return OperatorConnection(
        id=str(connection.pk),
        partition=connection.partition_key,
        system=connection.integration_name,
        health=words.health_mark(connection),
        health_label=connection.get_health_display(),
        health_text="",
        data_age=words.age(connection.last_success_at, at=at),
        last_success_at=connection.last_success_at,
        schedule=words.schedule_label(connection, ZoneInfo("UTC")) if connection.is_active else "",
        last_error=words.error_words(ended.error_class) if ended else "",
        run=dagster_link(runs[0].dagster_run_id) if runs else None,
        strip=strip(runs, at=at),
        **_acts(connection, may_sync),
    )


def _acts(connection: Connection, may_sync: bool) -> dict[str, str]:
    if not may_sync or not connection.is_active:
        return {}

    def address(name: str) -> str:
        return reverse(name, args=[connection.company_id, connection.pk])

    if connection.is_schedule_paused:
        schedule = {"resume_url": address("ops-resume")}
    else:
        schedule = {"pause_url": address("ops-pause")}
    return {"sync_url": address("ops-sync"), "full_sync_url": address("ops-full-sync"), **schedule}


def run_row(run: SyncRun, *, at: datetime, company: Company | None = None) -> OperatorRunRow:
    counted = words.has_counts(run)
    return OperatorRunRow(
        id=str(run.pk),
        started_at=run.started_at or run.requested_at,
        company=company.name if company else "",
        company_url=reverse("ops-tenant", args=[company.pk]) if company else "",
        connection=f"{run.connection.integration_name} ({run.connection.partition_key})",
        kind=words.kind_label(run),
        state=words.mark_state(run),
        state_label=words.state_label(run),
        duration=words.duration(run, at=at),
        read=words.total(run, "fetched") if counted else None,
        changed=words.changed(run) if counted else None,
        quarantined=words.total(run, "quarantined") if counted else None,
        error=words.error_words(run.error_class),
        run=dagster_link(run.dagster_run_id),
    )


def strip(runs: Sequence[SyncRun], *, at: datetime) -> tuple[RunMark, ...]:
    """Oldest first; each leads to its run in Dagster."""
    return tuple(words.mark(run, at=at, url=_dagster_url(run.dagster_run_id)) for run in reversed(runs))


def dagster_link(run_id: str) -> Link | None:
    url = _dagster_url(run_id)
    return Link("Dagster run", url) if url else None


def _dagster_url(run_id: str) -> str:
    """Dagster has no log-in of its own and listens on loopback: the link works on that machine or through a tunnel."""
    return f"{settings.DAGSTER_URL}/runs/{run_id}" if run_id and settings.DAGSTER_URL else ""
