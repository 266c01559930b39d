"""One connection's sync as Dagster runs it: what it reports, what it never tells, how it ends."""

import dagster as dg
import pytest
from dagster._serdes import serialize_value

from aging.unified.errors import ConnectionGone, NeedsReauth, Paused, Unreachable
from etl_defs import layers
from tenants import sync_requests, sync_runs
from tenants.models import Company, Health, RunState, SyncRun, Trigger
from tenants.sync_requests import request_sync, tags_for
from tests.etl_defs.conftest import SECRET_AMOUNT, Ingest


def materialized(instance: dg.DagsterInstance, asset: str, key: str) -> dict[str, object]:
    record = instance.fetch_materializations(
        dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[key]), limit=1
    ).records[0]
    assert record.asset_materialization is not None
    return {name: value.value for name, value in record.asset_materialization.metadata.items()}


def checked(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {
        f"{one.asset_key.to_user_string()}.{one.check_name}": one.passed for one in result.get_asset_check_evaluations()
    }


def test_a_sync_reads_publishes_and_compares_in_this_order(acme: Company, ingest: Ingest, link, execute) -> None:  # type: ignore[no-untyped-def]
    connection = link(acme)
    requested, _ = request_sync(connection, trigger=Trigger.MANUAL)
    done = execute(connection, **tags_for(requested))
    assert [step for _, step in ingest.calls] == list(layers.STEPS)
    requested.refresh_from_db()
    assert (requested.state, requested.dagster_run_id) == (RunState.SUCCEEDED, done.id)
    assert {entry["state"] for entry in requested.steps.values()} == {"done"}
    connection.refresh_from_db()
    assert (connection.organization_name, connection.base_currency) == ("Aspen Security", "USD")


def test_counters_of_an_object_join_what_was_read_with_what_publishing_did(
    acme: Company, ingest: Ingest, link, execute
) -> None:  # type: ignore[no-untyped-def]
    connection = link(acme)
    execute(connection)
    counts = SyncRun.objects.get(connection=connection).counts
    read_and_published = {"fetched": 10, "inserted": 5, "updated": 2, "unchanged": 1, "deleted": 0, "quarantined": 1}
    assert counts["invoice"] == read_and_published
    assert counts["payment"] == read_and_published | {"inserted": 10, "updated": 4, "unchanged": 2}  # refunds too
    assert set(counts) == {"customer", "invoice", "credit_memo", "payment"}


def test_each_asset_reports_rows_and_time_of_its_partition(
    acme: Company, ingest: Ingest, link, execute, instance
) -> None:  # type: ignore[no-untyped-def]
    connection = link(acme)
    execute(connection)
    invoices = materialized(instance, "invoices", connection.partition_key)
    assert (invoices["fetched"], invoices["staged"], invoices["skipped"], invoices["quarantined"]) == (10, 8, 1, 1)
    assert "seconds" in invoices
    ledger = materialized(instance, "ledger", connection.partition_key)
    assert (ledger["invoice_inserted"], ledger["findings"]) == (5, 4)
    aging = materialized(instance, "aging", connection.partition_key)
    assert aging["control_total_USD"] == "agrees with the source"


def test_checks_speak_when_rows_vanish_or_totals_differ(acme: Company, ingest: Ingest, link, execute) -> None:  # type: ignore[no-untyped-def]
    good = checked(execute(link(acme)).result)
    assert all(good.values())
    assert len(good) == len(layers.LAYERS)
    ingest.lost, ingest.agrees = 1, False
    connection = link(acme)
    bad = checked(execute(connection).result)
    assert not bad["invoices.rows_add_up"]
    assert not bad["aging.totals_agree_with_source"]
    run = SyncRun.objects.get(connection=connection)
    assert (run.state, run.checks["agrees"]) == (RunState.SUCCEEDED, False)


def test_neither_dagster_nor_the_run_s_row_learns_an_amount_or_a_name(
    acme: Company, ingest: Ingest, link, execute
) -> None:  # type: ignore[no-untyped-def]
    connection = link(acme)
    done = execute(connection)
    told = "".join(serialize_value(event) for event in done.events)
    row = SyncRun.objects.get(connection=connection)
    told += f"{row.counts}{row.steps}{row.checks}"
    assert "agrees with the source" in told
    assert str(SECRET_AMOUNT) not in told
    assert connection.external_id not in told
    assert "Aspen Security" not in told
    assert acme.name not in told


ENDS = [
    (NeedsReauth("401"), Health.NEEDS_REAUTH),
    (Paused(), Health.PAUSED),
    (ConnectionGone(), Health.GONE),
    (Unreachable("no route"), Health.HEALTHY),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end[1].value)
def test_the_first_refusal_ends_the_sync_and_is_the_last_call(
    acme: Company, ingest: Ingest, link, execute, end
) -> None:  # type: ignore[no-untyped-def]
    error, health = end
    connection = link(acme)
    ingest.trouble[connection.external_id, "invoices"] = error
    done = execute(connection)
    assert done.run.status == dg.DagsterRunStatus.FAILURE
    assert [step for _, step in ingest.calls] == ["connect", "customers", "invoices"]
    run = SyncRun.objects.get(connection=connection)
    assert (run.state, run.error_class, run.error_text) == (RunState.FAILED, type(error).__name__, error.sentence)
    assert ingest.discarded == [run.pk]
    connection.refresh_from_db()
    assert connection.health == health


def test_dagster_does_not_store_what_an_unexpected_error_quotes(acme: Company, ingest: Ingest, link, execute) -> None:  # type: ignore[no-untyped-def]
    connection = link(acme)
    ingest.trouble[connection.external_id, "publish"] = ValueError("Failing row contains (Müller GmbH, 1234.56)")
    done = execute(connection)
    told = "".join(serialize_value(event) for event in done.events)
    assert "ValueError" in told
    assert sync_runs.UNEXPECTED in told
    assert "ller GmbH" not in told
    assert "1234.56" not in told


def test_the_servers_log_keeps_an_unexpected_error_and_not_the_row_it_quotes(
    acme: Company, ingest: Ingest, link, execute, caplog
) -> None:  # type: ignore[no-untyped-def]
    connection = link(acme)
    quoting = ValueError("duplicate key value violates a constraint\nDETAIL: Key (name)=(Müller GmbH)")
    ingest.trouble[connection.external_id, "publish"] = quoting
    execute(connection)
    run = SyncRun.objects.get(connection=connection)
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name == "etl_defs.failures")
    assert f"Sync run {run.pk} of {connection.partition_key} failed: ValueError: duplicate key" in logged
    assert "assets.py" in logged
    assert "Müller" not in logged


def test_a_canceled_sync_is_canceled_in_dagster_too(acme: Company, ingest: Ingest, link, execute, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sync_runs, "PROGRESS_SECONDS", 0)
    connection = link(acme)

    def cancel(run: SyncRun, step: str) -> None:
        if step == "invoices":
            sync_requests.cancel(run)

    ingest.during = cancel
    done = execute(connection)
    assert done.run.status == dg.DagsterRunStatus.CANCELED
    run = SyncRun.objects.get(connection=connection)
    assert run.state == RunState.CANCELED
    assert "payments" not in [step for _, step in ingest.calls]
    assert ingest.discarded == [run.pk]


def test_a_sync_that_runs_already_is_not_disturbed(acme: Company, ingest: Ingest, link, execute) -> None:  # type: ignore[no-untyped-def]
    connection = link(acme)
    other = sync_runs.attach(connection.partition_key, dagster_run_id="elsewhere")
    done = execute(connection)
    assert done.run.status == dg.DagsterRunStatus.FAILURE
    assert ingest.calls == []
    assert ingest.discarded == []
    other.refresh_from_db()
    assert other.state == RunState.RUNNING


def test_a_part_of_a_sync_is_refused(acme: Company, ingest: Ingest, link, instance) -> None:  # type: ignore[no-untyped-def]
    from etl_defs.definitions import defs

    connection = link(acme)
    result = defs.resolve_job_def("sync_connection").execute_in_process(
        instance=instance,
        partition_key=connection.partition_key,
        asset_selection=[dg.AssetKey("ledger")],
        raise_on_error=False,
    )
    assert not result.success
    assert ingest.calls == []
    assert not SyncRun.objects.filter(connection=connection).exists()
