"""`manage.py sync`: from a real API to published receivables, on Dagster's real storage; and its refusals."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from django.core.management import CommandError, call_command

from aging.models import Document
from etl_defs import foreground
from etl_defs.instance import open_instance
from sandbox.testing import Sandbox, serve
from tenants import sync_runs
from tenants.context import tenant_context
from tenants.models import Connection, RunState, SyncRun, Trigger
from tenants.sync_requests import request_sync

pytestmark = pytest.mark.slow

COUNTERS = {"fetched", "inserted", "updated", "unchanged", "deleted", "quarantined"}


@pytest.fixture
def sandbox(settings) -> Iterator[Sandbox]:  # type: ignore[no-untyped-def]
    with serve(today=date(2026, 3, 2)) as running:
        settings.UNIFIED_API_URL, settings.UNIFIED_API_KEY = running.url, running.api_key
        yield running


@pytest.fixture
def company(new_company: Callable[..., SimpleNamespace], sandbox: Sandbox, home: Path) -> SimpleNamespace:
    made = new_company().company

    def link(profile: str = "empty") -> Connection:
        source = sandbox.connect(profile)
        return Connection.objects.create(
            company=made, external_id=source.id, integration_type="quickbooks", integration_name="QuickBooks"
        )

    return SimpleNamespace(row=made, slug=made.slug, link=link)


@pytest.fixture
def sync(capfd: pytest.CaptureFixture[str]) -> Callable[..., SimpleNamespace]:
    def run(slug: str, *options: str) -> SimpleNamespace:
        capfd.readouterr()
        error = ""
        try:
            call_command("sync", slug, "--json", *options)
        except CommandError as refused:
            error = str(refused)
        out, err = capfd.readouterr()
        return SimpleNamespace(document=json.loads(out), progress=err, error=error)

    return run


def test_a_ledger_is_read_published_and_compared(company, sync) -> None:  # type: ignore[no-untyped-def]
    connection = company.link("small")
    first = sync(company.slug)
    assert first.error == ""
    assert set(first.document) == {"status", "run_id", "duration_s", "objects"}
    assert first.document["status"] == "success"
    invoices = first.document["objects"]["invoice"]
    assert set(invoices) == COUNTERS
    with tenant_context(company.row):
        assert invoices["inserted"] == Document.objects.filter(kind="invoice").count() > 0
    assert f"invoices: {invoices['fetched']:,}" in first.progress
    run = SyncRun.objects.get(connection=connection)
    assert (run.state, run.trigger, run.checks["agrees"]) == (RunState.SUCCEEDED, Trigger.COMMAND, True)
    with open_instance() as instance:
        stored = instance.get_run_by_id(first.document["run_id"])
        assert stored is not None
        assert stored.status == dg.DagsterRunStatus.SUCCESS
        assert instance.get_materialized_partitions(dg.AssetKey("ledger")) == {connection.partition_key}

    again = sync(company.slug, "--full")
    unchanged = again.document["objects"]["invoice"]
    assert (unchanged["inserted"], unchanged["updated"], unchanged["deleted"]) == (0, 0, 0)
    assert unchanged["unchanged"] == invoices["inserted"]


def test_all_connections_of_a_company_are_synced_or_the_one_that_is_named(company, sync) -> None:  # type: ignore[no-untyped-def]
    first, second = company.link(), company.link()
    named = sync(company.slug, "--connection-id", second.external_id)
    assert named.document["status"] == "success"
    assert not SyncRun.objects.filter(connection=first).exists()
    both = sync(company.slug)
    assert both.document["status"] == "success"
    assert [run.connection for run in SyncRun.objects.filter(connection__company=company.row).order_by("pk")] == [
        second,
        first,
        second,
    ]


def test_a_process_that_died_is_replaced_by_a_plain_second_try(company, sync, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(foreground, "SILENT_AFTER", timedelta(0))
    connection = company.link()
    dead = sync_runs.attach(connection.partition_key, dagster_run_id="gone")
    assert sync(company.slug).document["status"] == "success"
    dead.refresh_from_db()
    assert (dead.state, dead.error_class) == (RunState.FAILED, "Interrupted")


def test_a_sync_that_is_alive_is_not_disturbed(company, sync, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sync_runs, "HEARTBEAT_SECONDS", 0.05)
    running = sync_runs.attach(company.link().partition_key, dagster_run_id="elsewhere")
    with sync_runs.beating(running):
        answer = sync(company.slug)
    assert "is running already" in answer.error
    assert answer.document == {"status": "failed", "error": answer.error}
    running.refresh_from_db()
    assert running.state == RunState.RUNNING


def test_a_request_that_waits_is_done_and_not_doubled(company, sync) -> None:  # type: ignore[no-untyped-def]
    connection = company.link()
    waiting, _ = request_sync(connection, trigger=Trigger.MANUAL)
    assert sync(company.slug).document["status"] == "success"
    assert SyncRun.objects.get(connection=connection) == waiting


def test_a_refused_key_and_a_silent_api_are_told_in_a_sentence(company, sync, settings) -> None:  # type: ignore[no-untyped-def]
    company.link()
    settings.UNIFIED_API_KEY = "wrong"
    wrong = sync(company.slug)
    assert wrong.document["status"] == "failed"
    assert wrong.error == wrong.document["error"]
    assert "refused our API key" in wrong.error
    assert wrong.document["run_id"]
    settings.UNIFIED_API_URL = "http://127.0.0.1:1"
    assert sync(company.slug).error == "Unified.to cannot be reached."
    settings.UNIFIED_API_KEY = ""
    assert "UNIFIED_API_KEY is not set" in sync(company.slug).error


def test_what_cannot_be_meant_is_named_before_anything_starts(company, sync) -> None:  # type: ignore[no-untyped-def]
    assert "There is no company “nowhere”" in sync("nowhere").error
    nothing = sync(company.slug)
    assert "has not connected an accounting system yet" in nothing.error
    assert nothing.document == {"status": "failed", "error": nothing.error}
    known = company.link()
    unknown = sync(company.slug, "--connection-id", "nonsense")
    assert "has no connection “nonsense”" in unknown.error
    assert known.external_id in unknown.error
    assert not SyncRun.objects.filter(connection__company=company.row).exists()
