"""What starts by itself: due and forgotten requests, sweeps when many are due, and the end of what died."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test
from django.db import connections

from aging.ingest.subscriptions import Subscriptions
from etl_defs import launches, sensors
from tenants import sync_requests, sync_runs
from tenants.models import Company, Connection, RunState, SyncRun, Trigger, WebhookDelivery, WebhookState
from tenants.sync_names import PARTITIONS
from tenants.sync_requests import request_sync, tags_for
from tests.etl_defs.conftest import Ingest

LONG_AGO = timedelta(minutes=10)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
COOLED_DOWN = -timedelta(hours=1)  # the database's clock stands still within a test


@pytest.fixture
def tick(instance: dg.DagsterInstance, ingest: Ingest):  # type: ignore[no-untyped-def]
    def run(sensor: dg.SensorDefinition) -> list[dg.RunRequest]:
        answer = sensor(dg.build_sensor_context(instance=instance))
        return answer if isinstance(answer, list) else []

    return run


def request(connection: Connection, trigger: str = Trigger.MANUAL, *, ago: timedelta = LONG_AGO) -> SyncRun:
    run, _ = request_sync(connection, trigger=trigger)
    SyncRun.objects.filter(pk=run.pk).update(requested_at=sync_runs.database_now() - ago)
    return run


def launched(instance: dg.DagsterInstance, wish: dg.RunRequest, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    return create_run_for_test(
        instance, job_name=str(wish.job_name), tags=wish.tags, run_config=dict(wish.run_config), status=status
    )


def test_a_tick_leaves_no_connection_to_the_next_user_of_its_thread(committed_db: None) -> None:
    with sensors.tick():
        assert connections["control"].connection is not None
    assert connections["control"].connection is None


def test_partitions_follow_the_connections(acme: Company, instance, tick) -> None:  # type: ignore[no-untyped-def]
    connection = Connection.objects.create(
        company=acme, external_id="x1", integration_type="xero", integration_name="Xero"
    )
    instance.add_dynamic_partitions(PARTITIONS, ["conn_999999"])
    tick(sensors.connections_in_step)
    assert instance.get_dynamic_partitions(PARTITIONS) == [connection.partition_key]


def test_a_request_nobody_launched_is_launched_once(acme: Company, link, instance, tick) -> None:  # type: ignore[no-untyped-def]
    run = request(link(acme))
    (wish,) = tick(sensors.requested_syncs)
    assert (wish.job_name, wish.tags) == ("sync_connection", tags_for(run))
    launched(instance, wish, dg.DagsterRunStatus.STARTING)
    assert tick(sensors.requested_syncs) == []


def test_the_click_s_own_launch_has_a_few_seconds_before_the_sensor_steps_in(acme: Company, link, tick) -> None:  # type: ignore[no-untyped-def]
    request(link(acme), ago=timedelta(0))
    assert tick(sensors.requested_syncs) == []


def test_a_request_whose_run_ended_without_beginning_it_is_tried_again_and_then_given_up(
    acme: Company, link, instance, tick, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    run = request(link(acme))
    cool_down = launches.COOL_DOWN
    keys = set()
    for _ in range(sensors.LAUNCHES_AT_MOST):
        (wish,) = tick(sensors.requested_syncs)
        keys.add(wish.run_key)
        launched(instance, wish, dg.DagsterRunStatus.FAILURE)
        monkeypatch.setattr(launches, "COOL_DOWN", cool_down)
        assert tick(sensors.requested_syncs) == [], "not at once"
        monkeypatch.setattr(launches, "COOL_DOWN", COOLED_DOWN)
    assert len(keys) == sensors.LAUNCHES_AT_MOST
    assert tick(sensors.requested_syncs) == []
    run.refresh_from_db()
    assert (run.state, run.error_class) == (RunState.FAILED, "NeverStarted")


def test_a_few_that_are_due_get_runs_of_their_own(acme: Company, link, tick) -> None:  # type: ignore[no-untyped-def]
    past = datetime(2020, 1, 1, tzinfo=UTC)
    due = [link(acme, next_sync_at=past) for _ in range(3)]
    wishes = tick(sensors.requested_syncs)
    assert {wish.tags["dagster/partition"] for wish in wishes} == {one.partition_key for one in due}
    assert {wish.tags["dagster-celery/queue"] for wish in wishes} == {"dagster"}


def test_many_that_are_due_are_swept_but_a_person_s_request_is_not(acme: Company, link, instance, tick) -> None:  # type: ignore[no-untyped-def]
    past = datetime(2020, 1, 1, tzinfo=UTC)
    due = {link(acme, next_sync_at=past).partition_key for _ in range(60)}
    person = link(acme)
    request(person)
    wishes = tick(sensors.requested_syncs)
    sweeps = [wish for wish in wishes if wish.job_name == "sync_batch"]
    swept = [key for wish in sweeps for key in wish.run_config["ops"]["sync_each"]["config"]["keys"]]
    assert [len(wish.run_config["ops"]["sync_each"]["config"]["keys"]) for wish in sweeps] == [50, 10]
    assert set(swept) == due
    assert [wish.tags["dagster/partition"] for wish in wishes if wish not in sweeps] == [person.partition_key]
    for wish in wishes:
        launched(instance, wish, dg.DagsterRunStatus.STARTED)
    assert tick(sensors.requested_syncs) == []


def test_a_sweep_does_not_stand_for_what_was_requested_after_it(acme: Company, link, instance, tick) -> None:  # type: ignore[no-untyped-def]
    connection = link(acme)
    create_run_for_test(
        instance,
        job_name="sync_batch",
        run_config={"ops": {"sync_each": {"config": {"keys": [connection.partition_key]}}}},
        status=dg.DagsterRunStatus.STARTED,
    )
    request(connection, ago=-timedelta(seconds=1))
    earlier = request(link(acme))
    found = launches.waiting(instance, sync_requests.waiting_runs(10), sync_runs.database_now())
    assert {one.run.connection_id for one in found} == {connection.pk, earlier.connection_id}


def test_a_full_queue_is_not_made_longer(acme: Company, link, instance, tick, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sensors, "MAX_QUEUED", 2)
    for _ in range(4):
        request(link(acme))
    first = tick(sensors.requested_syncs)
    assert len(first) == 2
    for wish in first:
        launched(instance, wish, dg.DagsterRunStatus.STARTING)
    assert tick(sensors.requested_syncs) == []


def test_what_was_swept_without_beginning_is_tried_alone(acme: Company, link, instance, tick, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(launches, "COOL_DOWN", COOLED_DOWN)
    for _ in range(sensors.MANY_ARE_DUE + 1):
        link(acme, next_sync_at=datetime(2020, 1, 1, tzinfo=UTC))
    (sweep,) = tick(sensors.requested_syncs)
    launched(instance, sweep, dg.DagsterRunStatus.FAILURE)
    again = tick(sensors.requested_syncs)
    assert {wish.job_name for wish in again} == {"sync_connection"}
    assert len(again) == sensors.MANY_ARE_DUE + 1


def begin(connection: Connection, instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> SyncRun:
    dagster_run = create_run_for_test(instance, job_name="sync_connection", status=status)
    return sync_runs.attach(connection.partition_key, dagster_run_id=dagster_run.run_id)


def test_a_sync_whose_process_died_is_ended_cleaned_up_and_launched_again(
    acme: Company, link, instance, tick, ingest
) -> None:  # type: ignore[no-untyped-def]
    dead = begin(link(acme), instance, dg.DagsterRunStatus.FAILURE)
    alive = begin(link(acme), instance, dg.DagsterRunStatus.STARTED)
    (wish,) = tick(sensors.abandoned_syncs)
    dead.refresh_from_db()
    alive.refresh_from_db()
    assert (dead.state, dead.error_class) == (RunState.FAILED, "Interrupted")
    assert alive.state == RunState.RUNNING
    assert ingest.discarded == [dead.pk]
    again = SyncRun.objects.get(connection=dead.connection, state=RunState.REQUESTED)
    assert wish.tags["sync_run"] == str(again.pk)


def test_a_sync_nobody_has_heard_of_for_a_minute_counts_as_dead(acme: Company, link, instance, tick) -> None:  # type: ignore[no-untyped-def]
    run = begin(link(acme), instance, dg.DagsterRunStatus.STARTED)
    SyncRun.objects.filter(pk=run.pk).update(heartbeat_at=sync_runs.database_now() - timedelta(seconds=61))
    assert len(tick(sensors.abandoned_syncs)) == 1
    run.refresh_from_db()
    assert run.error_class == "Interrupted"


def test_a_run_that_was_terminated_in_dagster_is_canceled_and_not_repeated(acme: Company, link, instance, tick) -> None:  # type: ignore[no-untyped-def]
    run = begin(link(acme), instance, dg.DagsterRunStatus.CANCELED)
    assert tick(sensors.abandoned_syncs) == []
    run.refresh_from_db()
    assert run.state == RunState.CANCELED
    assert not SyncRun.objects.filter(connection=run.connection, state=RunState.REQUESTED).exists()


def test_after_a_month_dagster_forgets_a_run(instance, tick, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    create_run_for_test(instance, job_name="sync_connection", status=dg.DagsterRunStatus.SUCCESS)
    create_run_for_test(instance, job_name="sync_connection", status=dg.DagsterRunStatus.STARTED)
    tick(sensors.old_runs)
    assert instance.get_runs_count() == 2
    monkeypatch.setattr(launches, "KEPT", timedelta(0))
    tick(sensors.old_runs)
    assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.STARTED]


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch, settings) -> list[int]:  # type: ignore[no-untyped-def]
    """The connections whose subscriptions were looked after."""
    settings.UNIFIED_WORKSPACE_SECRET, settings.UNIFIED_API_URL = "secret", "http://localhost:9"
    looked: list[int] = []

    def look_after(connection: Connection) -> Subscriptions:
        looked.append(connection.pk)
        WebhookState.objects.filter(connection=connection).update(next_check_at=LATER)
        return Subscriptions(live=5)

    monkeypatch.setattr(sensors, "look_after", look_after)
    return looked


def test_subscriptions_are_looked_after_where_there_is_something_to_hear_the_longest_unseen_first(
    acme: Company, link, looked_at
) -> None:  # type: ignore[no-untyped-def]
    def state(connection: Connection, **ago: int) -> Connection:
        WebhookState.objects.create(connection=connection, next_check_at=sync_runs.database_now() - timedelta(**ago))
        return connection

    a_minute = state(link(acme), minutes=1)
    an_hour = state(link(acme), hours=1)
    state(link(acme), minutes=-1)
    state(link(acme, health="needs_reauth"), hours=1)
    state(link(acme, health="disconnected"), hours=1)
    never = link(acme)
    sensors.subscriptions_in_step()
    assert looked_at == [never.pk, an_hour.pk, a_minute.pk]
    looked_at.clear()
    Company.objects.filter(pk=acme.pk).update(is_suspended=True)
    sensors.subscriptions_in_step()
    assert looked_at == []


def test_a_tick_stops_looking_when_its_time_is_up_and_forgets_what_is_old(
    acme: Company, link, looked_at, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    month_ago = sync_runs.database_now() - timedelta(days=31)
    WebhookDelivery.objects.create(connection=link(acme), webhook_id="w", nonce="n", received_at=month_ago)
    monkeypatch.setattr(sensors, "LOOKING_SECONDS", -1.0)
    sensors.subscriptions_in_step()
    assert looked_at == []
    assert not WebhookDelivery.objects.exists()
