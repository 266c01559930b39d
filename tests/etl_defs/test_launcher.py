"""A run is alive as long as its worker says so."""

import time

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus
from dagster._core.test_utils import create_run_for_test
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG
from sqlalchemy.exc import OperationalError

from etl_defs import launcher
from etl_defs.launcher import KNOWN_DEAD, HeartbeatCeleryRunLauncher, beating, heartbeat_key


@pytest.fixture
def watch(instance: dg.DagsterInstance) -> HeartbeatCeleryRunLauncher:
    made = HeartbeatCeleryRunLauncher("dagster", broker="memory://", backend="disabled://")
    made.register_instance(instance)
    return made


def started(instance: dg.DagsterInstance, *, beat: str = "", **tags: str) -> dg.DagsterRun:
    """A run that began a moment ago, and its newest heartbeat."""
    run = create_run_for_test(instance, job_name="sync_connection", tags=tags, status=dg.DagsterRunStatus.STARTING)
    start = dg.DagsterEvent(event_type_value=dg.DagsterEventType.RUN_START.value, job_name=run.job_name)
    instance.report_dagster_event(start, run.run_id)
    instance.run_storage.set_cursor_values({heartbeat_key(run.run_id): beat or str(time.time())})
    return run


def test_a_fresh_heartbeat_is_life_and_silence_is_death(instance, watch, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    run = started(instance)
    assert watch.check_run_worker_health(run).status == WorkerStatus.RUNNING
    monkeypatch.setattr(launcher, "SILENT_AFTER_SECONDS", 0)
    assert watch.check_run_worker_health(run).status == WorkerStatus.FAILED


def test_a_run_that_has_just_begun_needs_no_heartbeat_yet(instance, watch) -> None:  # type: ignore[no-untyped-def]
    long_ago = started(instance, beat=str(time.time() - 3600))
    assert watch.check_run_worker_health(long_ago).status == WorkerStatus.RUNNING


def test_a_death_that_was_seen_needs_no_silence(instance, watch) -> None:  # type: ignore[no-untyped-def]
    run = started(instance, beat=KNOWN_DEAD)
    assert watch.check_run_worker_health(run).status == WorkerStatus.FAILED


def _read(instance, key: str) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """What is stored while the heartbeat's thread writes: the test's SQLite refuses to read at that very moment."""
    try:
        return dict(instance.run_storage.get_cursor_values({key}))
    except OperationalError:
        return {}


def test_heartbeats_begin_at_once_and_leave_nothing_behind(instance) -> None:  # type: ignore[no-untyped-def]
    run = create_run_for_test(instance, job_name="sync_connection")
    key = heartbeat_key(run.run_id)
    with beating(instance, run.run_id):
        deadline = time.monotonic() + 10
        while not _read(instance, key):
            assert time.monotonic() < deadline
    assert instance.run_storage.get_cursor_values({key}) == {}


def test_a_storage_that_is_away_for_a_moment_does_not_end_the_heartbeats(instance, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(launcher, "BEAT_SECONDS", 0.01)
    run = create_run_for_test(instance, job_name="sync_connection")
    write = instance.run_storage.set_cursor_values
    refusals = [OSError("the database restarts")] * 2

    def fail_twice(values: dict[str, str]) -> None:
        if refusals:
            raise refusals.pop()
        write(values)

    monkeypatch.setattr(instance.run_storage, "set_cursor_values", fail_twice)
    with beating(instance, run.run_id):
        deadline = time.monotonic() + 10
        while not instance.run_storage.get_cursor_values({heartbeat_key(run.run_id)}):
            assert time.monotonic() < deadline


def test_terminating_a_run_says_that_somebody_wanted_it(instance, watch, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    revoked = []
    monkeypatch.setattr(watch.celery.control, "revoke", lambda task, terminate: revoked.append((task, terminate)))
    run = started(instance, **{DAGSTER_CELERY_TASK_ID_TAG: "task-1"})
    assert watch.terminate(run.run_id)
    assert revoked == [("task-1", True)]
    assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.CANCELING


def test_a_run_of_a_command_is_not_terminated_from_elsewhere(instance, watch) -> None:  # type: ignore[no-untyped-def]
    assert not watch.terminate(started(instance).run_id)
