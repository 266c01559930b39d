"""What starts syncs that nobody started, and what notices those that died?

The sensors of syncs read the product's own tables. What has been launched is asked of Dagster itself and never
remembered here, so that a crash between a tick and its launches loses nothing: rows that no unfinished run stands for
are launched again.

Another looks after the subscriptions through which Unified.to says that something changed.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg

from aging.ingest.subscriptions import look_after
from etl_defs import launches
from etl_defs.django_ready import check_connections, return_connections
from etl_defs.failures import discard
from etl_defs.jobs import sync_batch, sync_connection
from tenants import sync_requests, sync_runs
from tenants.models import Connection, RunState, SyncRun
from tenants.retention import forget_old
from tenants.subscriptions import due_for_a_look, why_none
from tenants.sync_names import PARTITIONS
from tenants.sync_runs import CancelRequested, Interrupted, NeverStarted

MAX_QUEUED = 300  # the queue is read whole at every turn, so it is kept short
WAITING_AT_MOST = 1000  # what is due beyond that stays due
DUE_PER_TICK = 300
REMOVALS_PER_TICK = 100  # 20 to 35 ms each
MANY_ARE_DUE = 20
SWEEP_SIZE = 50
LAUNCHED_BY_THEN = timedelta(seconds=5)  # the web process launches what it requests; this sensor comes after it
LAUNCHES_AT_MOST = 4
LOOKS_PER_TICK = 200
LOOKING_SECONDS = 25.0  # Dagster gives a tick a minute, and the last look may take as long again


@contextmanager
def tick() -> Iterator[datetime]:
    """A tick's database connections are fresh and given back: ticks share threads, and threads keep connections."""
    check_connections()
    try:
        yield sync_runs.database_now()
    finally:
        return_connections()


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def connections_in_step(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Every connection is a partition, and nothing else is."""
    with tick():
        wanted = {one.partition_key for one in Connection.objects.only("pk")}
    instance = context.instance
    present = set(instance.get_dynamic_partitions(PARTITIONS))
    if wanted - present:
        instance.add_dynamic_partitions(PARTITIONS, sorted(wanted - present))
    removed = sorted(present - wanted)[:REMOVALS_PER_TICK]
    for key in removed:
        instance.delete_dynamic_partition(PARTITIONS, key)
    return dg.SkipReason(f"{len(wanted - present)} partitions added, {len(removed)} removed.")


@dg.sensor(
    jobs=[sync_connection, sync_batch], minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING
)
def requested_syncs(context: dg.SensorEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
    """Launch what was requested and not launched, and what is due by schedule."""
    room = MAX_QUEUED - launches.count_queued(context.instance)
    if room <= 0:
        return dg.SkipReason("The queue is full; what waits will be launched as it empties.")
    with tick() as now:
        sync_requests.drop_unwanted()
        requested = sync_requests.count_waiting()
        sync_requests.request_due(now, max(0, min(DUE_PER_TICK, WAITING_AT_MOST - requested)))
        ready = _ready(context.instance, now)
    if not ready:
        return dg.SkipReason("Nothing is requested or due.")
    _register(context.instance, ready)
    return launches.run_requests(ready, many=MANY_ARE_DUE, sweep_size=SWEEP_SIZE)[:room]


def _ready(instance: dg.DagsterInstance, now: datetime) -> list[launches.Waiting]:
    """Requests that no run stands for. One that was launched again and again without beginning is given up."""
    ready = []
    for one in launches.waiting(instance, sync_requests.waiting_runs(WAITING_AT_MOST), now):
        if one.launches >= LAUNCHES_AT_MOST:
            sync_runs.fail(one.run, NeverStarted())
        elif one.launches or launches.is_swept(one.run) or one.run.requested_at < now - LAUNCHED_BY_THEN:
            ready.append(one)
    return ready


def _register(instance: dg.DagsterInstance, ready: Sequence[launches.Waiting]) -> None:
    keys = {one.run.connection.partition_key for one in ready}
    missing = keys - set(instance.get_dynamic_partitions(PARTITIONS))
    if missing:
        instance.add_dynamic_partitions(PARTITIONS, sorted(missing))


@dg.sensor(jobs=[sync_connection], minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def abandoned_syncs(context: dg.SensorEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
    """End the syncs whose process died, and launch them again unless that keeps happening."""
    with tick() as now:
        dead = {run: Interrupted() for run in sync_requests.stale_runs(now)}
        dead |= {run: _why(status) for run, status in launches.ended(context.instance, _running()).items()}
        again = [one for run, error in dead.items() if (one := _end(run, error))]
    if not again:
        return dg.SkipReason(f"{len(dead)} syncs were found abandoned, none to be repeated.")
    return [launches.run_request(one) for one in again]


def _running() -> list[SyncRun]:
    return list(SyncRun.objects.filter(state=RunState.RUNNING).select_related("connection__company"))


def _why(status: dg.DagsterRunStatus) -> Exception:
    return CancelRequested() if status == dg.DagsterRunStatus.CANCELED else Interrupted()


def _end(run: SyncRun, error: Exception) -> SyncRun | None:
    """The request that takes its place, if any."""
    if not sync_runs.fail(run, error):
        return None
    discard(run)
    return sync_requests.request_again(run) if isinstance(error, Interrupted) else None


@dg.sensor(minimum_interval_seconds=600, default_status=dg.DefaultSensorStatus.RUNNING)
def old_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Forget Dagster's runs after a month; the company's own record of its syncs is not touched."""
    return dg.SkipReason(f"{launches.forget_before(context.instance, datetime.now(UTC))} old runs were removed.")


@dg.sensor(minimum_interval_seconds=300, default_status=dg.DefaultSensorStatus.RUNNING)
def subscriptions_in_step() -> dg.SkipReason:
    """Look after webhook subscriptions, the longest unseen first, as far as the time goes; forget old deliveries."""
    until = time.monotonic() + LOOKING_SECONDS
    with tick() as now:
        forgotten = forget_old(now)
        due = [] if why_none() else due_for_a_look(now, LOOKS_PER_TICK)
        looks = [look_after(connection) for connection in due if time.monotonic() < until]
    changed = sum(one.created + one.resumed + one.replaced + one.removed for one in looks)
    troubled = sum(bool(one.problem) for one in looks)
    return dg.SkipReason(
        f"{len(looks)} of {len(due)} connections looked at, {changed} subscriptions changed, {troubled} looks failed; "
        f"{forgotten.deliveries} deliveries and {forgotten.attempts} attempts to connect forgotten."
    )
