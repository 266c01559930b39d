"""A sync run's life: who may begin it, what its page reads while it goes, and what its end means for the connection."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils.timezone import now

from tenants import sync_requests, sync_runs
from tenants.models import Company, Connection, Health, RunState, SyncRun, Trigger
from tenants.sync_requests import request_sync
from tenants.sync_runs import AlreadyRunning, CancelRequested, Interrupted, NotWanted, UnknownPartition

STEPS = ("connect", "invoices", "publish")


class Refused(Exception):
    sentence = "The accounting system no longer accepts this connection."
    status = 401


def link(company: Company, **fields: object) -> Connection:
    return Connection.objects.create(
        company=company, external_id=uuid4().hex, integration_type="xero", integration_name="Xero", **fields
    )


def begin(connection: Connection, dagster_run_id: str = "d1", **options: object) -> SyncRun:
    return sync_runs.attach(connection.partition_key, dagster_run_id=dagster_run_id, steps=STEPS, **options)


def silence(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk).update(heartbeat_at=now() - timedelta(minutes=2))


def test_a_run_takes_the_request_that_waits(acme: Company) -> None:
    connection = link(acme)
    requested, _ = request_sync(connection, trigger=Trigger.MANUAL, by="ann@acme.example", full=True)
    run = begin(connection, run_id=requested.pk)
    assert run == requested
    assert (run.state, run.dagster_run_id, run.is_full) == (RunState.RUNNING, "d1", True)
    assert run.heartbeat_at is not None
    assert [(name, entry["state"]) for name, entry in sync_runs.ordered_steps(run)] == [
        (name, "waiting") for name in STEPS
    ]


def test_a_partition_launched_by_hand_gets_a_row_of_its_own(acme: Company) -> None:
    run = begin(link(acme))
    assert (run.trigger, run.state) == (Trigger.OPERATOR, RunState.RUNNING)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["conn_999999999", "conn_", "x", "conn_1; drop"])
def test_an_unknown_partition_is_refused(key: str) -> None:
    with pytest.raises(UnknownPartition):
        sync_runs.attach(key, dagster_run_id="d1")


def test_a_second_process_is_refused_while_the_first_is_alive(acme: Company) -> None:
    connection = link(acme)
    first = begin(connection)
    with pytest.raises(AlreadyRunning):
        begin(connection, "d2")
    first.refresh_from_db()
    assert (first.state, first.dagster_run_id) == (RunState.RUNNING, "d1")


def test_a_silent_process_is_replaced_under_a_new_fencing_token(acme: Company) -> None:
    connection = link(acme)
    first = begin(connection)
    silence(first)
    second = begin(connection, "d2")
    first.refresh_from_db()
    assert (first.state, first.error_class) == (RunState.FAILED, "Interrupted")
    assert second.pk > first.pk


def test_the_process_that_was_declared_dead_stops_at_its_next_page(acme: Company, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sync_runs, "PROGRESS_SECONDS", 0)
    first = begin(link(acme))
    with pytest.raises(Interrupted), sync_runs.step(first, "invoices") as record:
        record(100)
        silence(first)
        begin(first.connection, "d2")
        record(200)
    first.refresh_from_db()
    assert first.steps["invoices"]["count"] == 100
    with pytest.raises(Interrupted):
        sync_runs.finish(first, checks={})


def test_nobody_wants_a_request_that_another_run_has_done(acme: Company) -> None:
    connection = link(acme)
    run = begin(connection)
    sync_runs.finish(run, checks={})
    with pytest.raises(NotWanted):
        begin(connection, "d2", run_id=run.pk)
    assert SyncRun.objects.filter(connection=connection).count() == 1


def test_a_request_canceled_before_it_began_does_not_begin(acme: Company) -> None:
    connection = link(acme)
    requested, _ = request_sync(connection, trigger=Trigger.MANUAL)
    SyncRun.objects.filter(pk=requested.pk).update(cancel_requested=True)
    with pytest.raises(NotWanted):
        begin(connection)
    requested.refresh_from_db()
    assert requested.state == RunState.CANCELED


def test_the_page_sees_state_count_and_order_of_the_steps(acme: Company, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sync_runs, "PROGRESS_SECONDS", 0)
    run = begin(link(acme))
    with sync_runs.step(run, "connect"):
        pass
    with sync_runs.step(run, "invoices") as record:
        record(1240)
        seen = SyncRun.objects.get(pk=run.pk)
        assert seen.step == "invoices"
        assert seen.steps["invoices"] | {"seconds": 0} == {"state": "running", "count": 1240, "seconds": 0, "order": 1}
        record.note(quarantined=2)
    seen = SyncRun.objects.get(pk=run.pk)
    assert [(name, entry["state"]) for name, entry in sync_runs.ordered_steps(seen)] == [
        ("connect", "done"),
        ("invoices", "done"),
        ("publish", "waiting"),
    ]
    assert seen.steps["invoices"]["quarantined"] == 2


def test_pages_within_a_second_are_one_write(acme: Company, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    run = begin(link(acme))
    with sync_runs.step(run, "invoices") as record, django_assert_num_queries(0, using="control"):
        for count in range(0, 5000, 100):
            record(count)


def test_a_cancellation_stops_the_sync_at_the_next_page(acme: Company, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sync_runs, "PROGRESS_SECONDS", 0)
    run = begin(link(acme))
    with pytest.raises(CancelRequested) as stopped, sync_runs.step(run, "invoices") as record:
        record(100)
        sync_requests.cancel(run)
        record(200)
    sync_runs.fail(run, stopped.value)
    assert (run.state, run.error_class) == (RunState.CANCELED, "")
    run.connection.refresh_from_db()
    assert run.connection.retry_at is None


def test_a_long_statement_does_not_look_like_death(new_company, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sync_runs, "HEARTBEAT_SECONDS", 0.01)
    run = begin(link(new_company().company))
    silence(run)
    stale_at = SyncRun.objects.get(pk=run.pk).heartbeat_at
    deadline = now() + timedelta(seconds=10)
    with sync_runs.beating(run):  # nothing is called in between, as during one SQL statement
        while SyncRun.objects.get(pk=run.pk).heartbeat_at == stale_at:
            assert now() < deadline


def test_success_makes_the_connection_healthy_and_due_on_its_own_beat(acme: Company) -> None:
    planned = now() + timedelta(hours=3)
    connection = link(acme, health=Health.PAUSED, health_reason="Paused.", next_sync_at=planned, retry_at=now())
    run = begin(connection)
    sync_runs.finish(run, counts={"invoice": {"fetched": 3}}, checks={"agrees": True})
    connection.refresh_from_db()
    assert (run.state, run.counts, run.checks) == (RunState.SUCCEEDED, {"invoice": {"fetched": 3}}, {"agrees": True})
    assert (connection.health, connection.health_reason, connection.retry_at) == (Health.HEALTHY, "", None)
    assert connection.next_sync_at == planned
    assert connection.last_success_at is not None


def test_a_failure_is_recorded_with_its_sentence_and_the_steps_that_were_not_reached(acme: Company) -> None:
    run = begin(link(acme))
    with pytest.raises(Refused) as refused, sync_runs.step(run, "invoices"):
        raise Refused("row 17 of Müller GmbH")
    sync_runs.fail(run, refused.value, health=Health.NEEDS_REAUTH)
    assert (run.state, run.error_class, run.error_text) == (RunState.FAILED, "Refused", Refused.sentence)
    assert run.steps["invoices"]["state"] == "failed"
    assert run.steps["invoices"]["status"] == 401
    assert run.steps["publish"]["state"] == "skipped"


def test_an_unexpected_error_tells_people_nothing_of_its_text(acme: Company) -> None:
    run = begin(link(acme))
    sync_runs.fail(run, KeyError("Bearer sk_live_1234"))
    assert run.error_class == "KeyError"
    assert "sk_live" not in run.error_text
    assert run.error_text == sync_runs.UNEXPECTED


def test_only_a_person_can_help_a_connection_that_was_revoked(acme: Company) -> None:
    connection = link(acme, next_sync_at=now() - timedelta(hours=1))
    sync_runs.fail(begin(connection), Refused(), health=Health.NEEDS_REAUTH)
    connection.refresh_from_db()
    assert (connection.health, connection.health_reason) == (Health.NEEDS_REAUTH, Refused.sentence)
    assert connection not in sync_requests.due_connections(now() + timedelta(days=9), 10)


def test_passing_failures_are_retried_later_and_later_but_within_the_interval(acme: Company) -> None:
    connection = link(acme, interval_minutes=15)
    delays = []
    for attempt in range(4):
        run = begin(connection, f"d{attempt}")
        sync_runs.fail(run, Refused())
        connection.refresh_from_db()
        assert run.finished_at is not None
        assert connection.retry_at is not None
        delays.append(round((connection.retry_at - run.finished_at).total_seconds() / 60))
    assert delays == [5, 10, 15, 15]


def test_a_source_that_names_a_time_is_not_asked_before_it(acme: Company) -> None:
    told = now() + timedelta(hours=7)
    connection = link(acme, next_sync_at=now() + timedelta(minutes=5))
    sync_runs.fail(begin(connection), Refused(), retry_at=told)
    connection.refresh_from_db()
    assert connection.next_due_at == told


def test_an_ended_run_cannot_fail_or_succeed_again(acme: Company) -> None:
    run = begin(link(acme))
    sync_runs.finish(run, checks={})
    assert not sync_runs.fail(run, Interrupted())
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
