"""Who asked for a sync, and how does it start?

Asking writes one row. The database allows one row in flight per connection, so a click, a webhook and the schedule that
come together share a run instead of racing. Starting is a plain HTTP request to Dagster's webserver, because importing
Dagster would cost the web process 80 MB; when nobody answers, the row waits for Dagster's own sensor.

A webhook that arrives while a run is reading leaves a mark on it, because the page with the change may have been read
before the change: when that run ends well, another is asked for. A failed run's retry reads everything anyway, and
after a canceled one somebody wanted quiet.
"""

import logging
from datetime import datetime, timedelta

import requests
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, OuterRef, Q, When
from django.db.models.functions import Coalesce, Now

from tenants.models import HEARTBEAT_STALE_AFTER, IN_FLIGHT, Connection, Health, RunState, SyncRun, Trigger
from tenants.router import CONTROL_ALIAS
from tenants.sync_names import (
    BACKGROUND_QUEUE,
    CODE_LOCATION,
    COMPANY_TAG,
    INTERACTIVE_QUEUE,
    PARTITION_TAG,
    PARTITIONS,
    PRIORITY_TAG,
    QUEUE_TAG,
    RUN_TAG,
    SYNC_JOB,
)

logger = logging.getLogger(__name__)

CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 5.0
SCHEDULED_HEALTH = (Health.HEALTHY, Health.PAUSED)  # elsewhere a person must act before another call makes sense
INTERRUPTIONS_IN_A_ROW = 3
PRIORITIES = {Trigger.WEBHOOK: 5, Trigger.SCHEDULED: 0}
PERSONS_PRIORITY = 10

_LAUNCH = """
mutation ($repository: RepositorySelector!, $partitions: String!, $key: String!, $run: ExecutionParams!) {
  addDynamicPartition(repositorySelector: $repository, partitionsDefName: $partitions, partitionKey: $key) {
    __typename
  }
  launchRun(executionParams: $run) { __typename ... on PythonError { message } }
}
"""


class NotConnected(Exception):
    """The connection was disconnected, or its company is suspended: nothing may be fetched through it."""

    sentence = "This connection is switched off. Connect the accounting system again to sync it."


def request_sync(connection: Connection, *, trigger: str, by: str = "", full: bool = False) -> tuple[SyncRun, bool]:
    """The connection's run in flight, and whether this call made it. Raises NotConnected."""
    if not connection.is_active or connection.company.is_suspended:
        raise NotConnected(NotConnected.sentence)
    while True:
        existing = SyncRun.objects.filter(connection=connection, state__in=IN_FLIGHT).first()
        if existing is not None:
            if trigger == Trigger.WEBHOOK and not _will_see(existing):
                continue  # it ended a moment ago
            return _joined(existing, full), False
        try:
            with transaction.atomic(using=CONTROL_ALIAS):
                return SyncRun.objects.create(
                    connection=connection, trigger=trigger, requested_by=by, is_full=full
                ), True
        except IntegrityError:
            continue  # somebody else's came first


def _will_see(run: SyncRun) -> bool:
    """True when this run, or the one that will follow it, reads what changed just now."""
    if run.state == RunState.REQUESTED:
        return True
    return bool(SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(changed_meanwhile=True))


def _joined(run: SyncRun, full: bool) -> SyncRun:
    """A run that has not begun takes on the wish for a full pass; one that has begun keeps what it is."""
    if full and not run.is_full and SyncRun.objects.filter(pk=run.pk, state=RunState.REQUESTED).update(is_full=True):
        run.is_full = True
    return run


def request_follow_up(run: SyncRun) -> SyncRun | None:
    """What a change that arrived during this run, which has just ended well, still needs. The sensor starts it."""
    if not SyncRun.objects.filter(pk=run.pk, changed_meanwhile=True).exists():
        return None
    try:
        follow_up, _ = request_sync(run.connection, trigger=Trigger.WEBHOOK)
    except NotConnected:
        return None
    return follow_up


def queue_for(trigger: str) -> str:
    return BACKGROUND_QUEUE if trigger in PRIORITIES else INTERACTIVE_QUEUE


def tags_for(run: SyncRun) -> dict[str, str]:
    """The Dagster tags of the run that does this sync. They name nobody."""
    return {
        PARTITION_TAG: run.connection.partition_key,
        RUN_TAG: str(run.pk),
        COMPANY_TAG: str(run.connection.company_id),
        QUEUE_TAG: queue_for(run.trigger),
        PRIORITY_TAG: str(PRIORITIES.get(Trigger(run.trigger), PERSONS_PRIORITY)),
    }


def launch(run: SyncRun) -> bool:
    """Start the run now; False when Dagster does not take it, and then the sensor will within seconds."""
    if not settings.DAGSTER_URL:
        return False
    try:
        answer = requests.post(
            f"{settings.DAGSTER_URL}/graphql",
            json={"query": _LAUNCH, "variables": _variables(run)},
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
        )
        outcome = answer.json()["data"]["launchRun"]["__typename"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        logger.info("Dagster did not take sync run %s (%s); its sensor will.", run.pk, type(error).__name__)
        return False
    if outcome != "LaunchRunSuccess":
        logger.warning("Dagster answered %s to the launch of sync run %s.", outcome, run.pk)
    return outcome == "LaunchRunSuccess"


def _variables(run: SyncRun) -> dict[str, object]:
    repository = {"repositoryName": "__repository__", "repositoryLocationName": CODE_LOCATION}
    tags = [{"key": key, "value": value} for key, value in tags_for(run).items()]
    return {
        "repository": repository,
        "partitions": PARTITIONS,  # a new connection's first sync may come before the sensor that registers it
        "key": run.connection.partition_key,
        "run": {
            "selector": {**repository, "jobName": SYNC_JOB},
            "runConfigData": {},
            "executionMetadata": {"tags": tags},
        },
    }


def due_connections(now: datetime, limit: int) -> list[Connection]:
    """Connections whose time has come and that are not being synced, the longest overdue first."""
    in_flight = SyncRun.objects.filter(connection=OuterRef("pk"), state__in=IN_FLIGHT)
    return list(
        Connection.objects.annotate(due_at=Coalesce("retry_at", "next_sync_at"))
        .filter(
            due_at__lte=now,
            is_schedule_paused=False,
            health__in=SCHEDULED_HEALTH,
            company__is_suspended=False,
        )
        .exclude(Exists(in_flight))
        .select_related("company")
        .order_by("due_at")[:limit]
    )


def request_due(now: datetime, limit: int) -> int:
    """Turn what is due into requests; how many."""
    due = due_connections(now, limit)
    for connection in due:
        request_sync(connection, trigger=Trigger.SCHEDULED)
        schedule_next(connection, now)
    return len(due)


def schedule_next(connection: Connection, now: datetime) -> None:
    """The first time after `now` on the connection's own beat, so that "daily at 07:00" stays at 07:00.

    A time that lies ahead stays as it is; a failure's own time is over.
    """
    interval = timedelta(minutes=connection.interval_minutes)
    planned = connection.next_sync_at or now
    missed = max((now - planned) // interval, 0) if planned <= now else -1
    connection.next_sync_at = planned + (missed + 1) * interval
    connection.retry_at = None
    connection.save(update_fields=["next_sync_at", "retry_at"])


def count_waiting() -> int:
    return SyncRun.objects.filter(state=RunState.REQUESTED).count()


def waiting_runs(limit: int) -> list[SyncRun]:
    """Requests that nobody has begun: a person's and a webhook's before the schedule's, then the oldest first."""
    waiting = SyncRun.objects.filter(state=RunState.REQUESTED).select_related("connection__company")
    by_schedule = Q(trigger=Trigger.SCHEDULED)
    return list(waiting.order_by(Case(When(by_schedule, then=1), default=0), "pk")[:limit])


def drop_unwanted() -> int:
    """Cancel requests that must not begin any more: canceled, disconnected or suspended before their turn came."""
    off = Q(cancel_requested=True) | Q(connection__health=Health.DISCONNECTED)
    off |= Q(connection__company__is_suspended=True)
    return SyncRun.objects.filter(off, state=RunState.REQUESTED).update(state=RunState.CANCELED, finished_at=Now())


def stale_runs(now: datetime) -> list[SyncRun]:
    """Runs whose process has not been heard of for too long. `now` is the database's clock, as the heartbeats are."""
    return list(
        SyncRun.objects.filter(state=RunState.RUNNING, heartbeat_at__lt=now - HEARTBEAT_STALE_AFTER)
        .select_related("connection__company")
        .order_by("pk")
    )


def request_again(run: SyncRun) -> SyncRun | None:
    """A new request in the place of one whose process died; None when that keeps happening and a person must look."""
    newest = SyncRun.objects.filter(connection=run.connection_id).order_by("-pk")[:INTERRUPTIONS_IN_A_ROW]
    classes = [one.error_class for one in newest]
    if classes == ["Interrupted"] * INTERRUPTIONS_IN_A_ROW:
        return None
    try:
        again, _ = request_sync(run.connection, trigger=run.trigger, by=run.requested_by, full=run.is_full)
    except NotConnected:
        return None
    return again


def cancel(run: SyncRun) -> bool:
    """Stop a run: at once when it has not begun, at the next page when it has. False when it has ended already."""
    mine = SyncRun.objects.filter(pk=run.pk)
    if mine.filter(state=RunState.REQUESTED).update(state=RunState.CANCELED, cancel_requested=True, finished_at=Now()):
        return True
    return bool(mine.filter(state=RunState.RUNNING).update(cancel_requested=True))
