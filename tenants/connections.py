"""Which connections does a company have, and what may be done to one besides syncing it?

The rows are in the public schema, where row-level ownership is all there is: every read here takes the company and
finds nothing else. Linking a connection is `aging.ingest.connecting`'s business, because it asks Unified.to.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from tenants.audit import Actor, record_event
from tenants.models import IN_FLIGHT, Company, Connection, Health, SyncRun
from tenants.router import CONTROL_ALIAS
from tenants.sync_requests import cancel, launch, request_sync


class NotConfirmed(ValueError):
    """What was typed is not the name of what would be disconnected."""


def list_connections(company: Company) -> list[Connection]:
    """Active ones first, then what was disconnected, oldest first."""
    found = Connection.objects.filter(company_id=company.pk).order_by("id")
    return sorted(found, key=lambda one: not one.is_active)


def get_connection(company: Company, pk: int) -> Connection | None:
    return Connection.objects.filter(company_id=company.pk, pk=pk).first()


def list_runs(
    company: Company, *, connection_pk: int | None = None, first: int = 0, count: int = 50
) -> tuple[Sequence[SyncRun], int]:
    """Newest first, and how many there are."""
    runs = SyncRun.objects.filter(connection__company_id=company.pk)
    if connection_pk is not None:
        runs = runs.filter(connection_id=connection_pk)
    return list(runs.select_related("connection").order_by("-id")[first : first + count]), runs.count()


def get_run(company: Company, pk: int) -> SyncRun | None:
    return SyncRun.objects.select_related("connection").filter(connection__company_id=company.pk, pk=pk).first()


def newest_run_of_each(company: Company) -> dict[int, SyncRun]:
    """One step into the index for each connection, however long their histories are."""
    newest = SyncRun.objects.filter(connection=OuterRef("pk")).order_by("-id").values("pk")[:1]
    keys = Connection.objects.filter(company_id=company.pk).annotate(newest=Subquery(newest)).values("newest")
    return {run.connection_id: run for run in SyncRun.objects.filter(pk__in=keys)}


def start_sync(connection: Connection, *, trigger: str, by: Actor, full: bool = False) -> tuple[SyncRun, bool]:
    """What a person asked for: the run in flight, and whether this request made it. Raises NotConnected.

    A run that is under way already serves as well, but that somebody asked is kept in any case.
    """
    with transaction.atomic(using=CONTROL_ALIAS):
        run, is_new = request_sync(connection, trigger=trigger, by=by.name, full=full)
        details = {"run": run.pk, "full": full, "already_under_way": not is_new}
        record_event("sync.requested", by=by, company=connection.company, subject=str(connection), details=details)
    if is_new:
        launch(run)
    return run, is_new


def cancel_run(run: SyncRun, *, by: Actor) -> bool:
    """False when it had ended already."""
    with transaction.atomic(using=CONTROL_ALIAS):
        is_canceled = cancel(run)
        if is_canceled:
            company = run.connection.company
            record_event("sync.canceled", by=by, company=company, subject=str(run.connection), details={"run": run.pk})
    return is_canceled


def set_schedule(connection: Connection, *, minutes: int, next_at: datetime, by: Actor) -> None:
    """From `next_at` on, every so many minutes."""
    with transaction.atomic(using=CONTROL_ALIAS):
        before = connection.interval_minutes
        connection.interval_minutes, connection.next_sync_at, connection.retry_at = minutes, next_at, None
        connection.save(update_fields=["interval_minutes", "next_sync_at", "retry_at"])
        _record("connection.schedule_changed", connection, by, {"before_minutes": before, "after_minutes": minutes})


def pause_schedule(connection: Connection, *, by: Actor) -> None:
    _set_paused(connection, True, "connection.schedule_paused", by)


def resume_schedule(connection: Connection, *, by: Actor) -> None:
    _set_paused(connection, False, "connection.schedule_resumed", by)


def _set_paused(connection: Connection, is_paused: bool, action: str, by: Actor) -> None:
    with transaction.atomic(using=CONTROL_ALIAS):
        connection.is_schedule_paused = is_paused
        connection.save(update_fields=["is_schedule_paused"])
        _record(action, connection, by)


def disconnect(connection: Connection, *, typed_name: str, by: Actor) -> None:
    """No sync touches it any more; what was loaded stays as history. Raises NotConfirmed.

    The row keeps Unified.to's id: the same connection can be linked again by this company and by no other.
    """
    if typed_name.strip().casefold() != confirmation_name(connection).casefold():
        raise NotConfirmed(f"Type “{confirmation_name(connection)}” to disconnect it.")
    with transaction.atomic(using=CONTROL_ALIAS):
        connection.health, connection.health_reason = Health.DISCONNECTED, ""
        connection.next_sync_at = connection.retry_at = None
        connection.save(update_fields=["health", "health_reason", "next_sync_at", "retry_at"])
        for run in connection.runs.filter(state__in=IN_FLIGHT):
            cancel(run)
        _record("connection.disconnected", connection, by)


def confirmation_name(connection: Connection) -> str:
    return connection.organization_name or connection.integration_name


def _record(action: str, connection: Connection, by: Actor, details: dict[str, int] | None = None) -> None:
    record_event(action, by=by, company=connection.company, subject=str(connection), details=details)
