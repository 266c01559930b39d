"""What happens to a sync run between its request and its end, as the page that shows it will read it?

The run's process writes its row, and only while the row says that it is running: once somebody has declared it dead or
canceled, its next write finds nothing to change and it stops. All times are the database's, so that clocks of several
machines never disagree about who is alive. A process that comes back from a long sleep is caught by the fencing token,
the row's id, when it publishes.
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.models.functions import Now

from tenants.models import HEARTBEAT_STALE_AFTER, Connection, Health, RunState, SyncRun, Trigger
from tenants.router import CONTROL_ALIAS
from tenants.sync_requests import cancel, request_follow_up, request_sync, schedule_next

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
PROGRESS_SECONDS = 1.0
RETRY_SOONEST = timedelta(minutes=5)
PAUSED_RETRY = timedelta(hours=6)
UNEXPECTED = "Something went wrong on our side. It has been recorded, and the last good figures stay as they are."


class SyncRefused(Exception):
    """A run that must not begin; the message is a sentence for people."""

    @property
    def sentence(self) -> str:
        return str(self)


class UnknownPartition(SyncRefused):
    """No connection has this partition key."""


class AlreadyRunning(SyncRefused):
    """Another process is syncing this connection and is alive."""


class NotWanted(SyncRefused):
    """The request this run was started for has ended: done by another run, or canceled."""


class CancelRequested(Exception):
    sentence = "The sync was canceled. The last good figures stay as they are."


class Interrupted(Exception):
    """Also what a process meets that was declared dead and still runs: its row has ended without it."""

    sentence = "The sync was interrupted before it finished. The last good figures stay as they are."


class NeverStarted(Exception):
    sentence = "The sync could not be started. The operator has to look at the pipeline."


def database_now() -> datetime:
    with connections[CONTROL_ALIAS].cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def connection_of(partition_key: str) -> Connection:
    number = partition_key.removeprefix("conn_")
    found = None
    if partition_key.startswith("conn_") and number.isdigit():
        found = Connection.objects.filter(pk=int(number)).select_related("company").first()
    if found is None:
        raise UnknownPartition(f"There is no connection {partition_key}.")
    return found


def attach(
    partition_key: str,
    *,
    dagster_run_id: str,
    run_id: int | None = None,
    trigger: str = Trigger.OPERATOR,
    full: bool = False,
    steps: Sequence[str] = (),
) -> SyncRun:
    """Begin: take the connection's requested run, or make one. Raises SyncRefused, or NotConnected.

    `run_id` names the request this process was started for; when that has ended, nobody wants another. A run whose
    process has gone silent is declared interrupted, and this one gets an id, and so a fencing token, of its own.
    """
    connection = connection_of(partition_key)
    while True:
        run, is_new = request_sync(connection, trigger=trigger, full=full)
        if run_id is not None and run.pk != run_id:
            if is_new:
                run.delete()
            raise NotWanted(f"Sync {run_id} has ended or was taken over.")
        if run.state == RunState.REQUESTED and run.cancel_requested:
            cancel(run)
            raise NotWanted(CancelRequested.sentence)
        if run.state == RunState.REQUESTED and _begin(run, dagster_run_id, steps):
            return run
        if run.state == RunState.RUNNING:
            _require_silent(run)
            fail(run, Interrupted())
            run_id = None


def _begin(run: SyncRun, dagster_run_id: str, steps: Sequence[str]) -> bool:
    waiting = {name: {"state": "waiting", "count": None, "seconds": None, "order": n} for n, name in enumerate(steps)}
    begun = SyncRun.objects.filter(pk=run.pk, state=RunState.REQUESTED).update(
        state=RunState.RUNNING,
        dagster_run_id=dagster_run_id,
        started_at=Now(),
        heartbeat_at=Now(),
        steps=waiting,
    )
    if begun:
        run.refresh_from_db()
    return bool(begun)


def _require_silent(run: SyncRun) -> None:
    if run.heartbeat_at is not None and run.heartbeat_at > database_now() - HEARTBEAT_STALE_AFTER:
        raise AlreadyRunning("A sync of this connection is running already. Wait for it to finish.")


def running(dagster_run_id: str, partition_key: str) -> SyncRun | None:
    """The row that the given Dagster run began and has not ended."""
    return (
        SyncRun.objects.filter(
            connection=connection_of(partition_key), dagster_run_id=dagster_run_id, state=RunState.RUNNING
        )
        .select_related("connection__company")
        .first()
    )


class StepRecord:
    """One step as it goes. Call it with the count so far, at every page; `note` keeps what the step found out."""

    def __init__(self, run: SyncRun, name: str) -> None:
        self._run = run
        self._name = name
        self._began = self._written = time.monotonic()
        self._entry = run.steps.setdefault(name, {"count": None, "order": len(run.steps)})
        self._turn("running")
        logger.info("%s …", name)
        _save_steps(run, name)

    def __call__(self, count: int) -> None:
        """Raises CancelRequested or Interrupted; touches the database once a second at most."""
        self.note(count=count, seconds=self.seconds)
        if time.monotonic() - self._written >= PROGRESS_SECONDS:
            self._written = time.monotonic()
            logger.info("%s: %s", self._name, f"{count:,}")
            progress(self._run, self._name, count)

    def note(self, **values: int | float) -> None:
        self._entry.update(values)

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._began, 2)

    def succeed(self) -> None:
        self._turn("done")
        counted = "" if self._entry["count"] is None else f" {self._entry['count']:,}"
        logger.info("%s:%s done in %.1f s", self._name, counted, self.seconds)
        _save_steps(self._run, self._name)

    def fail(self, error: BaseException) -> None:
        self._turn("failed")
        if isinstance(status := getattr(error, "status", None), int):
            self.note(status=status)
        SyncRun.objects.filter(pk=self._run.pk, state=RunState.RUNNING).update(steps=self._run.steps)

    def _turn(self, state: str) -> None:
        self._entry.update(state=state, seconds=self.seconds)


@contextmanager
def step(run: SyncRun, name: str) -> Iterator[StepRecord]:
    """Record one step from beginning to end.

    Heartbeats go on beside it, so that one long statement does not look like death.
    """
    record = StepRecord(run, name)
    try:
        with beating(run):
            yield record
    except BaseException as error:
        record.fail(error)
        raise
    record.succeed()


def progress(run: SyncRun, name: str, count: int) -> None:
    """Write the count so far. Raises CancelRequested or Interrupted."""
    run.steps[name]["count"] = count
    _save_steps(run, name)
    if SyncRun.objects.filter(pk=run.pk, cancel_requested=True).exists():
        raise CancelRequested(CancelRequested.sentence)


def _save_steps(run: SyncRun, name: str) -> None:
    mine = SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING)
    if not mine.update(steps=run.steps, step=name, heartbeat_at=Now()):
        raise Interrupted(Interrupted.sentence)
    run.step = name


@contextmanager
def beating(run: SyncRun) -> Iterator[None]:
    """Heartbeats from a thread of their own, on a database connection of their own."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(HEARTBEAT_SECONDS):
            try:
                SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(heartbeat_at=Now())
            except DatabaseError as error:  # a database that restarts is no reason to stop beating
                logger.warning("No heartbeat of sync run %s: %s", run.pk, type(error).__name__)
            finally:
                connections.close_all()

    thread = threading.Thread(target=beat, name=f"heartbeat of sync run {run.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=HEARTBEAT_SECONDS)


def ordered_steps(run: SyncRun) -> list[tuple[str, dict[str, Any]]]:
    """The steps in their order; PostgreSQL's jsonb sorts keys as it likes, so each step carries its place."""
    return sorted(run.steps.items(), key=lambda item: item[1].get("order", 0))


def keep_counts(run: SyncRun, counts: Mapping[str, Any]) -> None:
    """What was published, kept even if a later step fails."""
    run.counts = dict(counts)
    SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(counts=run.counts)


def describe_source(run: SyncRun, *, organization_name: str, base_currency: str, permissions: Sequence[str]) -> None:
    """What the source says about itself; what it leaves out stays as it was."""
    told = {"organization_name": organization_name[:200], "base_currency": base_currency, "permissions": permissions}
    said = {name: list(value) if name == "permissions" else value for name, value in told.items() if value}
    if said:
        Connection.objects.filter(pk=run.connection_id).update(**said)


def finish(run: SyncRun, *, checks: Mapping[str, Any], counts: Mapping[str, Any] | None = None) -> None:
    """The run succeeded: its outcome, and the connection is healthy and due again. Raises Interrupted.

    A webhook's mark waits for this transaction if it comes last, and then finds the run ended.
    """
    with transaction.atomic(using=CONTROL_ALIAS):
        ended = SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(
            state=RunState.SUCCEEDED,
            counts=dict(run.counts if counts is None else counts),
            checks=dict(checks),
            finished_at=Now(),
            heartbeat_at=Now(),
        )
        if not ended:
            raise Interrupted(Interrupted.sentence)
        _plan_after_success(run.connection_id)
        request_follow_up(run)
    run.refresh_from_db()


def _plan_after_success(connection_id: int) -> None:
    connection = Connection.objects.select_for_update().get(pk=connection_id)
    now = database_now()
    connection.last_success_at = now
    if connection.is_active:
        connection.health, connection.health_reason = Health.HEALTHY, ""
    connection.save(update_fields=["last_success_at", "health", "health_reason"])
    schedule_next(connection, now)


def fail(
    run: SyncRun,
    error: BaseException,
    *,
    health: str | None = None,
    retry_at: datetime | None = None,
) -> bool:
    """The run ended without success; False when it had ended before.

    `health` is what the failure says about the connection, if anything: one that needs a person is not scheduled again.
    """
    is_cancel = isinstance(error, CancelRequested)
    with transaction.atomic(using=CONTROL_ALIAS):
        ended = SyncRun.objects.filter(pk=run.pk, state__in=[RunState.RUNNING, RunState.REQUESTED]).update(
            state=RunState.CANCELED if is_cancel else RunState.FAILED,
            error_class="" if is_cancel else type(error).__name__[:64],
            error_text=sentence_of(error),
            steps=_stopped(run.steps),
            finished_at=Now(),
        )
        if ended and not is_cancel:
            _plan_after_failure(run, sentence_of(error), health, retry_at)
    run.refresh_from_db()
    return bool(ended)


def sentence_of(error: BaseException) -> str:
    """What people are told: an expected error's own sentence. An unexpected one's text could hold anything."""
    sentence = getattr(error, "sentence", "")
    return sentence if isinstance(sentence, str) and sentence else UNEXPECTED


def _stopped(steps: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    ending = {"running": "failed", "waiting": "skipped"}
    return {name: {**entry, "state": ending.get(entry["state"], entry["state"])} for name, entry in steps.items()}


def _plan_after_failure(run: SyncRun, sentence: str, health: str | None, retry_at: datetime | None) -> None:
    """Come back soon, then less and less so; not before a given time; and not at all while only a person can help."""
    mine = Connection.objects.filter(pk=run.connection_id).exclude(health=Health.DISCONNECTED)
    if health is not None:
        mine.update(health=health, health_reason=sentence[:300])
    if health in (Health.NEEDS_REAUTH, Health.GONE):
        mine.update(retry_at=None)
    elif health == Health.PAUSED:
        mine.update(retry_at=Now() + PAUSED_RETRY)
    elif retry_at is not None:
        mine.update(retry_at=retry_at)
    else:
        interval = timedelta(minutes=run.connection.interval_minutes)
        mine.update(retry_at=Now() + min(RETRY_SOONEST * 2 ** _failures_in_a_row(run), interval))


def _failures_in_a_row(run: SyncRun) -> int:
    before = SyncRun.objects.filter(connection=run.connection_id, pk__lt=run.pk).order_by("-pk")[:8]
    count = 0
    for state in before.values_list("state", flat=True):
        if state != RunState.FAILED:
            break
        count += 1
    return count
