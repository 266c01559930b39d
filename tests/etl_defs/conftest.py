"""An accounting system that is a few functions, at the pipeline's boundary; and Dagster in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import dagster as dg
import psycopg
import pytest
from psycopg import sql

from aging.ingest.comparing import Compared
from aging.ingest.landing import Landed
from aging.ingest.publishing import Published
from aging.ingest.source import Source
from etl_defs import addresses, layers
from tenants.database import owner_parameters
from tenants.models import Company, Connection, SyncRun
from tenants.sync_names import PARTITIONS

SECRET_AMOUNT = 987_654_321


class Ingest:
    """Stands for `aging.ingest.steps`. `trouble` maps (external id, step) to what is raised there."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.discarded: list[int] = []
        self.trouble: dict[tuple[str, str], BaseException] = {}
        self.agrees = True
        self.lost = 0
        self.during: Callable[[SyncRun, str], None] = lambda _run, _step: None

    def _enter(self, run: SyncRun, step: str) -> None:
        external_id = run.connection.external_id
        self.calls.append((external_id, step))
        self.during(run, step)
        if error := self.trouble.get((external_id, step)):
            raise error

    def open_source(self, run: SyncRun) -> Source:
        self._enter(run, "connect")
        return Source("Aspen Security", "USD", 3, ("accounting_invoice_read",))

    def land(self, run: SyncRun, step: str, *, on_progress: Callable[[int], None]) -> Landed:
        self._enter(run, step)
        on_progress(10)
        return Landed(fetched=10, staged=8 - self.lost, skipped=1, quarantined=1)

    def publish(self, run: SyncRun) -> Published:
        self._enter(run, "publish")
        counters = {"inserted": 5, "updated": 2, "unchanged": 1, "deleted": 0}
        kinds = ("customer", "invoice", "credit_memo", "payment", "refund")
        totals = {"USD": {"open_minor": SECRET_AMOUNT, "source_minor": SECRET_AMOUNT}}
        return Published({kind: dict(counters) for kind in kinds}, totals, findings=4)

    def compare(self, run: SyncRun) -> Compared:
        self._enter(run, "compare")
        verdict = {"agrees": self.agrees, "net_minor": SECRET_AMOUNT}
        return Compared(agrees=self.agrees, source_reports=True, verdicts={"USD": verdict})

    def discard(self, run: SyncRun) -> None:
        self.discarded.append(run.pk)


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Ingest:
    from etl_defs import failures

    fake = Ingest()
    monkeypatch.setattr(layers, "steps", fake)
    monkeypatch.setattr(failures, "steps", fake)
    return fake


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as memory:
        yield memory


@pytest.fixture
def link(instance: dg.DagsterInstance) -> Callable[..., Connection]:
    def make(company: Company, **fields: object) -> Connection:
        names = {"integration_type": "xero", "integration_name": "Xero"}
        connection = Connection.objects.create(company=company, external_id=uuid4().hex, **(names | fields))
        instance.add_dynamic_partitions(PARTITIONS, [connection.partition_key])
        return connection

    return make


@pytest.fixture
def execute(instance: dg.DagsterInstance) -> Callable[..., SimpleNamespace]:
    """Run sync_connection for a partition; the Dagster run as it was stored, and its events."""
    from etl_defs.definitions import defs

    def run(connection: Connection, **tags: str) -> SimpleNamespace:
        job = defs.resolve_job_def("sync_connection")
        result = job.execute_in_process(
            instance=instance, partition_key=connection.partition_key, tags=tags, raise_on_error=False
        )
        stored = instance.get_run_by_id(result.run_id)
        return SimpleNamespace(result=result, id=result.run_id, run=stored, events=instance.all_logs(result.run_id))

    return run


@pytest.fixture
def home(django_db_setup: None, tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:  # type: ignore[no-untyped-def]
    """A DAGSTER_HOME with a database of its own on the real PostgreSQL."""
    settings.DAGSTER_HOME = str(tmp_path / "dagster")
    monkeypatch.setenv("DAGSTER_HOME", settings.DAGSTER_HOME)
    yield Path(settings.DAGSTER_HOME)
    with psycopg.connect(**owner_parameters("postgres"), autocommit=True) as connection:
        name = sql.Identifier(addresses.database_name())
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
