"""How does a command sync a connection in its own process, needing neither daemon nor worker?

The same job runs, on the real instance, so the run is in Dagster's pages like any other. Whoever asks while another
process is at it is told so; a process that died is recognised by its silence and replaced, so that a plain second try
finishes what the first one could not.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import dagster as dg
from dagster._core.utils import make_new_run_id

from etl_defs.definitions import defs
from etl_defs.failures import discard
from etl_defs.instance import open_instance
from etl_defs.launcher import beating
from tenants import sync_requests, sync_runs
from tenants.models import Connection, RunState, SyncRun, Trigger
from tenants.sync_names import PARTITIONS, SYNC_JOB
from tenants.sync_runs import AlreadyRunning, Interrupted

SILENT_AFTER = timedelta(seconds=20)  # four heartbeats; the fencing token covers a process that was only slow


def sync(connection: Connection, *, full: bool, tell: Callable[[str], None], by: str = "") -> SyncRun:
    """Sync now and return the ended run. Raises AlreadyRunning or NotConnected."""
    with open_instance() as instance:
        run = _request(instance, connection, full=full, tell=tell, by=by)
        execute(instance, run)
    run.refresh_from_db()
    return run


def execute(instance: dg.DagsterInstance, run: SyncRun) -> None:
    """The partition's run in this process; its outcome stands in the row."""
    key = run.connection.partition_key
    instance.add_dynamic_partitions(PARTITIONS, [key])
    run_id = make_new_run_id()
    with beating(instance, run_id):
        defs.resolve_job_def(SYNC_JOB).execute_in_process(
            instance=instance,
            partition_key=key,
            tags=sync_requests.tags_for(run),
            run_id=run_id,
            raise_on_error=False,
        )


def _request(
    instance: dg.DagsterInstance, connection: Connection, *, full: bool, tell: Callable[[str], None], by: str
) -> SyncRun:
    while True:
        run, _ = sync_requests.request_sync(connection, trigger=Trigger.COMMAND, full=full, by=by)
        if run.state == RunState.REQUESTED:
            return run
        _wait_for_silence(run, tell)
        if sync_runs.fail(run, Interrupted()):
            discard(run)
            _close(instance, run.dagster_run_id)


def _wait_for_silence(run: SyncRun, tell: Callable[[str], None]) -> None:
    """Returns once the run ended or its process must be dead. Raises AlreadyRunning as soon as it shows life."""
    seen = run.heartbeat_at
    is_told = False
    while run.state == RunState.RUNNING:
        if run.heartbeat_at != seen:
            raise AlreadyRunning("A sync of this connection is running already. Wait for it to finish.")
        if seen is None or sync_runs.database_now() - seen > SILENT_AFTER:
            return
        if not is_told:
            tell("Another sync of this connection has begun; looking whether it is alive.")
            is_told = True
        time.sleep(1)
        run.refresh_from_db()


def _close(instance: dg.DagsterInstance, dagster_run_id: str) -> None:
    dead = instance.get_run_by_id(dagster_run_id) if dagster_run_id else None
    if dead is not None and not dead.is_finished:
        instance.report_run_failed(dead, "The process of this run died.")
