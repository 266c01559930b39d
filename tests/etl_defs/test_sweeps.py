"""Many connections in one run: each has its own outcome."""

import dagster as dg
import pytest

from aging.unified.errors import NeedsReauth, Unauthorized
from etl_defs.definitions import defs
from tenants import sync_runs
from tenants.models import Company, Connection, Health, RunState, SyncRun, Trigger
from tests.etl_defs.conftest import Ingest


@pytest.fixture
def sweep(instance: dg.DagsterInstance):  # type: ignore[no-untyped-def]
    def run(*connections: Connection) -> dg.ExecuteInProcessResult:
        keys = [one.partition_key for one in connections]
        return defs.resolve_job_def("sync_batch").execute_in_process(
            instance=instance, run_config={"ops": {"sync_each": {"config": {"keys": keys}}}}, raise_on_error=False
        )

    return run


def materialized_keys(instance: dg.DagsterInstance, asset: str) -> set[str]:
    return instance.get_materialized_partitions(dg.AssetKey(asset))


def test_one_failing_connection_leaves_the_others_synced(acme: Company, ingest: Ingest, link, sweep, instance) -> None:  # type: ignore[no-untyped-def]
    first, broken, last = link(acme), link(acme), link(acme)
    ingest.trouble[broken.external_id, "invoices"] = NeedsReauth("401")
    result = sweep(first, broken, last)
    assert not result.success
    assert materialized_keys(instance, "aging") == {first.partition_key, last.partition_key}
    assert materialized_keys(instance, "customers") == {one.partition_key for one in (first, broken, last)}
    states = {run.connection_id: run.state for run in SyncRun.objects.all()}
    assert states == {first.pk: RunState.SUCCEEDED, broken.pk: RunState.FAILED, last.pk: RunState.SUCCEEDED}
    assert {run.trigger for run in SyncRun.objects.all()} == {Trigger.SCHEDULED}
    broken.refresh_from_db()
    assert broken.health == Health.NEEDS_REAUTH
    failure = result.failure_data_for_node("sync_each")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert failure.user_failure_data.metadata["failed"].value == {broken.partition_key: NeedsReauth.sentence}


def test_all_rows_of_a_sweep_lead_to_its_dagster_run(acme: Company, ingest: Ingest, link, sweep) -> None:  # type: ignore[no-untyped-def]
    result = sweep(link(acme), link(acme))
    assert result.success
    assert set(SyncRun.objects.values_list("dagster_run_id", flat=True)) == {result.run_id}


def test_what_is_synced_elsewhere_or_was_removed_meanwhile_is_left_out(
    acme: Company, ingest: Ingest, link, sweep
) -> None:  # type: ignore[no-untyped-def]
    busy, removed, normal = link(acme), link(acme), link(acme)
    other = sync_runs.attach(busy.partition_key, dagster_run_id="elsewhere")
    Connection.objects.filter(pk=removed.pk).update(health=Health.DISCONNECTED)
    assert sweep(busy, removed, normal).success
    other.refresh_from_db()
    assert other.state == RunState.RUNNING
    assert {external_id for external_id, _ in ingest.calls} == {normal.external_id}


def test_a_refused_key_of_ours_stops_the_sweep_before_the_next_connection(
    acme: Company, ingest: Ingest, link, sweep
) -> None:  # type: ignore[no-untyped-def]
    first, second = link(acme), link(acme)
    ingest.trouble[first.external_id, "connect"] = Unauthorized("401")
    assert not sweep(first, second).success
    assert ingest.calls == [(first.external_id, "connect")]
    assert not SyncRun.objects.filter(connection=second).exists()
