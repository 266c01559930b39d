"""One wish, one run: whoever asks while a sync is on its way shares it; and what is due, launched, canceled."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace
from uuid import uuid4

import pytest
import requests
from django.db import connections, transaction

from tenants import sync_requests, sync_runs
from tenants.models import Company, Connection, Health, RunState, SyncRun, Trigger
from tenants.sync_requests import NotConnected, request_sync

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def link(company: Company, **fields: object) -> Connection:
    fields = {"integration_type": "quickbooks", "integration_name": "QuickBooks"} | fields
    return Connection.objects.create(company=company, external_id=uuid4().hex, **fields)


def test_a_click_during_a_sync_joins_it(acme: Company) -> None:
    connection = link(acme)
    first, is_new = request_sync(connection, trigger=Trigger.SCHEDULED)
    joined, is_another = request_sync(connection, trigger=Trigger.MANUAL, by="ann@acme.example")
    assert is_new
    assert not is_another
    assert joined == first


def test_the_wish_for_a_full_pass_reaches_a_run_that_has_not_begun(acme: Company) -> None:
    connection = link(acme)
    request_sync(connection, trigger=Trigger.SCHEDULED)
    joined, _ = request_sync(connection, trigger=Trigger.MANUAL, full=True)
    joined.refresh_from_db()
    assert joined.is_full


def test_click_and_webhook_at_the_same_moment_make_one_run(new_company, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    connection = link(new_company().company)
    both_saw_nothing = Barrier(2)

    def atomic_once_both_looked(**options: str) -> object:
        both_saw_nothing.wait(10)
        return transaction.atomic(**options)

    monkeypatch.setattr(sync_requests, "transaction", SimpleNamespace(atomic=atomic_once_both_looked))

    def ask(trigger: str) -> tuple[int, bool]:
        try:
            run, is_new = request_sync(connection, trigger=trigger)
            return run.pk, is_new
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ask, [Trigger.MANUAL, Trigger.WEBHOOK]))
    assert len({pk for pk, _ in answers}) == 1
    assert sorted(is_new for _, is_new in answers) == [False, True]
    assert SyncRun.objects.filter(connection=connection).count() == 1


@pytest.mark.django_db
def test_nothing_is_fetched_through_a_disconnected_connection_or_for_a_suspended_company(acme: Company) -> None:
    with pytest.raises(NotConnected):
        request_sync(link(acme, health=Health.DISCONNECTED), trigger=Trigger.MANUAL)
    acme.is_suspended = True
    with pytest.raises(NotConnected):
        request_sync(link(acme), trigger=Trigger.MANUAL)


def test_only_connections_that_a_sync_can_help_are_due(acme: Company) -> None:
    due = link(acme, next_sync_at=NOON - timedelta(minutes=1))
    longest = link(acme, next_sync_at=NOON - timedelta(days=1), health=Health.PAUSED)
    link(acme, next_sync_at=NOON + timedelta(minutes=1))
    link(acme, next_sync_at=NOON - timedelta(days=1), health=Health.NEEDS_REAUTH)
    link(acme, next_sync_at=NOON - timedelta(days=1), is_schedule_paused=True)
    link(acme)
    busy = link(acme, next_sync_at=NOON - timedelta(days=1))
    request_sync(busy, trigger=Trigger.MANUAL)
    assert sync_requests.due_connections(NOON, 10) == [longest, due]
    assert sync_requests.due_connections(NOON, 1) == [longest]


def test_a_failure_s_own_time_comes_before_the_schedule_s(acme: Company) -> None:
    sooner = link(acme, next_sync_at=NOON + timedelta(hours=5), retry_at=NOON - timedelta(minutes=1))
    link(acme, next_sync_at=NOON - timedelta(hours=1), retry_at=NOON + timedelta(hours=2))
    assert sync_requests.due_connections(NOON, 10) == [sooner]


def test_daily_at_seven_stays_at_seven_after_three_missed_days(acme: Company) -> None:
    seven = datetime(2026, 2, 27, 7, 0, tzinfo=UTC)
    connection = link(acme, next_sync_at=seven, interval_minutes=24 * 60)
    sync_requests.schedule_next(connection, NOON)
    assert connection.next_sync_at == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


def test_what_is_due_becomes_one_request_and_is_due_again_an_interval_later(acme: Company) -> None:
    connection = link(acme, next_sync_at=NOON, interval_minutes=60)
    assert sync_requests.request_due(NOON, 10) == 1
    assert sync_requests.request_due(NOON, 10) == 0
    connection.refresh_from_db()
    assert connection.next_sync_at == NOON + timedelta(hours=1)
    assert connection.runs.get().trigger == Trigger.SCHEDULED


def test_a_person_s_request_is_served_before_the_schedule_s(acme: Company) -> None:
    scheduled, _ = request_sync(link(acme), trigger=Trigger.SCHEDULED)
    manual, _ = request_sync(link(acme), trigger=Trigger.MANUAL)
    assert sync_requests.waiting_runs(10) == [manual, scheduled]
    tags = sync_requests.tags_for(manual)
    assert tags["dagster-celery/queue"] == "interactive"
    assert int(tags["dagster/priority"]) > int(sync_requests.tags_for(scheduled)["dagster/priority"])


def test_a_request_is_canceled_at_once_and_a_running_sync_is_asked_to_stop(acme: Company) -> None:
    waiting, _ = request_sync(link(acme), trigger=Trigger.MANUAL)
    assert sync_requests.cancel(waiting)
    waiting.refresh_from_db()
    assert waiting.state == RunState.CANCELED
    assert not sync_requests.cancel(waiting)

    running = sync_runs.attach(link(acme).partition_key, dagster_run_id="d1")
    assert sync_requests.cancel(running)
    running.refresh_from_db()
    assert (running.state, running.cancel_requested) == (RunState.RUNNING, True)


def test_what_was_disconnected_before_its_turn_is_dropped(acme: Company) -> None:
    connection = link(acme)
    run, _ = request_sync(connection, trigger=Trigger.SCHEDULED)
    Connection.objects.filter(pk=connection.pk).update(health=Health.DISCONNECTED)
    kept, _ = request_sync(link(acme), trigger=Trigger.SCHEDULED)
    assert sync_requests.drop_unwanted() == 1
    run.refresh_from_db()
    kept.refresh_from_db()
    assert (run.state, kept.state) == (RunState.CANCELED, RunState.REQUESTED)


def test_a_sync_that_keeps_being_interrupted_is_not_repeated_for_ever(acme: Company) -> None:
    connection = link(acme)
    run, _ = request_sync(connection, trigger=Trigger.MANUAL, by="ann@acme.example", full=True)
    for repetition in range(3):
        sync_runs.fail(run, sync_runs.Interrupted())
        again = sync_requests.request_again(run)
        if repetition == 2:
            assert again is None
            break
        assert again is not None
        assert (again.pk > run.pk, again.requested_by, again.is_full) == (True, "ann@acme.example", True)
        run = again


class Answer:
    def __init__(self, document: object) -> None:
        self._document = document

    def json(self) -> object:
        return self._document


def test_a_launch_names_partition_run_and_queue_and_nobody(acme: Company, settings, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    settings.DAGSTER_URL = "http://dagster.test"
    sent: list[dict] = []

    def post(url: str, *, json: dict, timeout: object) -> Answer:
        sent.append({"url": url, "variables": json["variables"]})
        return Answer({"data": {"launchRun": {"__typename": "LaunchRunSuccess"}}})

    monkeypatch.setattr(sync_requests.requests, "post", post)
    connection = link(acme)
    run, _ = request_sync(connection, trigger=Trigger.MANUAL, by="ann@acme.example")
    assert sync_requests.launch(run)
    variables = sent[0]["variables"]
    assert sent[0]["url"] == "http://dagster.test/graphql"
    assert variables["key"] == connection.partition_key
    tags = {tag["key"]: tag["value"] for tag in variables["run"]["executionMetadata"]["tags"]}
    assert tags["dagster/partition"] == connection.partition_key
    assert tags["sync_run"] == str(run.pk)
    everything = json.dumps(sent)
    assert not any(secret in everything for secret in (connection.external_id, acme.slug, "ann@"))


@pytest.mark.parametrize(
    "outcome",
    [
        requests.ConnectionError(),
        requests.ReadTimeout(),
        Answer({"data": {"launchRun": {"__typename": "PythonError"}}}),
        Answer({"errors": [{}]}),
        Answer({"data": None}),
    ],
)
def test_when_dagster_does_not_take_it_the_request_stays_for_the_sensor(
    acme: Company, settings, monkeypatch, outcome
) -> None:  # type: ignore[no-untyped-def]
    settings.DAGSTER_URL = "http://dagster.test"

    def post(*_args: object, **_kwargs: object) -> object:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(sync_requests.requests, "post", post)
    run, _ = request_sync(link(acme), trigger=Trigger.MANUAL)
    assert not sync_requests.launch(run)
    assert sync_requests.waiting_runs(10) == [run]


def test_a_change_that_is_told_while_a_sync_runs_gets_a_sync_of_its_own_afterwards(acme: Company) -> None:
    connection = link(acme)
    running = sync_runs.attach(connection.partition_key, dagster_run_id="d1")
    for _ in range(3):
        joined, is_new = request_sync(connection, trigger=Trigger.WEBHOOK)
        assert (joined, is_new) == (running, False)
    assert connection.runs.count() == 1
    sync_runs.finish(running, checks={})
    follow_up = connection.runs.get(state=RunState.REQUESTED)
    assert follow_up.trigger == Trigger.WEBHOOK
    sync_runs.attach(connection.partition_key, dagster_run_id="d2")
    follow_up.refresh_from_db()
    sync_runs.finish(follow_up, checks={})
    assert connection.runs.count() == 2


def test_a_change_told_before_the_sync_began_and_a_click_during_it_need_no_other(acme: Company) -> None:
    connection = link(acme)
    request_sync(connection, trigger=Trigger.WEBHOOK)
    request_sync(connection, trigger=Trigger.WEBHOOK)
    running = sync_runs.attach(connection.partition_key, dagster_run_id="d1")
    request_sync(connection, trigger=Trigger.MANUAL)
    sync_runs.finish(running, checks={})
    assert connection.runs.count() == 1


def test_after_a_failed_sync_its_retry_reads_the_change_and_after_a_canceled_one_nothing_starts(acme: Company) -> None:
    for ending in (RuntimeError("passing"), sync_runs.CancelRequested()):
        connection = link(acme)
        running = sync_runs.attach(connection.partition_key, dagster_run_id="d1")
        request_sync(connection, trigger=Trigger.WEBHOOK)
        sync_runs.fail(running, ending)
        assert connection.runs.count() == 1
        connection.refresh_from_db()
        assert (connection.retry_at is None) == isinstance(ending, sync_runs.CancelRequested)


def test_no_follow_up_is_asked_for_once_somebody_has_disconnected(acme: Company) -> None:
    connection = link(acme)
    running = sync_runs.attach(connection.partition_key, dagster_run_id="d1")
    request_sync(connection, trigger=Trigger.WEBHOOK)
    Connection.objects.filter(pk=connection.pk).update(health=Health.DISCONNECTED)
    sync_runs.finish(SyncRun.objects.get(pk=running.pk), checks={})
    assert connection.runs.count() == 1


def test_a_webhook_that_comes_as_the_sync_ends_is_not_lost(new_company) -> None:  # type: ignore[no-untyped-def]
    """It found the run running, and the run's end is committed before its mark is written."""
    connection = link(new_company().company)
    running = sync_runs.attach(connection.partition_key, dagster_run_id="d1")

    def tell() -> tuple[int, bool]:
        try:
            run, is_new = request_sync(connection, trigger=Trigger.WEBHOOK)
            return run.pk, is_new
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(using="control"):
            sync_runs.finish(running, checks={})
            telling = pool.submit(tell)
            wait_until_somebody_waits_for(connections["control"])
        pk, is_new = telling.result(10)
    assert is_new
    assert pk > running.pk


def wait_until_somebody_waits_for(mine: object) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    with mine.cursor() as cursor:  # type: ignore[attr-defined]
        for _ in range(5000):
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
