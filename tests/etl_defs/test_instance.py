"""Dagster on the real PostgreSQL: prepared twice without harm, pooled, and silent about addresses and passwords."""

from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml
from dagster import DagsterInstance
from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage
from sqlalchemy import Engine, event

from etl_defs import addresses, processes
from etl_defs.definitions import defs
from etl_defs.instance import main, open_instance
from etl_defs.launcher import HeartbeatCeleryRunLauncher
from tenants.database import owner_parameters

pytestmark = pytest.mark.slow


def test_preparing_twice_changes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    before = {path: path.stat().st_mtime_ns for path in home.iterdir()}
    assert main() == 0
    after = {path: path.stat().st_mtime_ns for path in home.iterdir()}
    assert {path.name for path in before} >= {"dagster.yaml", "workspace.yaml"}
    assert before == after
    assert str(home) in capsys.readouterr().out


def test_the_files_hold_neither_address_nor_password_of_a_database(home: Path, settings) -> None:  # type: ignore[no-untyped-def]
    reachable = settings.DATABASES["owner"]
    settings.DATABASES["owner"] = reachable | {"PASSWORD": "hunter2-of-the-owner"}
    try:
        with open_instance() as instance:
            reference = str(instance.get_ref())  # what Dagster sends to its workers
    finally:
        settings.DATABASES["owner"] = reachable
    text = "".join(path.read_text() for path in home.glob("*.yaml"))
    for secret in ("hunter2", "postgresql://", "redis", str(settings.DATABASES["owner"]["HOST"])):
        assert secret not in text + reference
    workspace = yaml.safe_load((home / "workspace.yaml").read_text())
    assert workspace["load_from"][0]["grpc_server"]["socket"] == str(addresses.code_server_socket())
    assert str(addresses.code_server_socket()) in processes.commands()["code"]


def test_one_small_pool_serves_all_of_dagster_s_storage(home: Path) -> None:
    """Guards the private attribute that the pool is put into."""
    with open_instance() as instance:
        parts = (instance.run_storage, instance.event_log_storage, instance.schedule_storage)
        kinds = (PostgresRunStorage, PostgresEventLogStorage, PostgresScheduleStorage)
        for part, kind in zip(parts, kinds, strict=True):
            assert isinstance(part, kind)
        instance.optimize_for_webserver(statement_timeout=1000, pool_recycle=60, max_overflow=1)
        (engine,) = {part._engine for part in parts}
        assert engine.pool._pre_ping
        assert _count_connections_opened(engine, instance) <= 2


def _count_connections_opened(engine: Engine, instance: DagsterInstance) -> int:
    opened: list[object] = []
    event.listen(engine, "connect", lambda *_: opened.append(1))
    for number in range(20):
        instance.run_storage.set_cursor_values({"a": str(number)})
        instance.get_runs_count()
        instance.event_log_storage.get_dynamic_partitions("connections")
    return len(opened)


def test_a_run_survives_the_loss_of_its_storage_connections(home: Path) -> None:
    @dg.op
    def lose_connections() -> None:
        with psycopg.connect(**owner_parameters("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [addresses.database_name()]
            )

    @dg.job(executor_def=dg.in_process_executor)
    def losing() -> None:
        lose_connections()

    with open_instance() as instance:
        assert losing.execute_in_process(instance=instance).success


def test_runs_are_limited_per_connection_and_orphans_are_found(home: Path) -> None:
    with open_instance() as instance:
        limits = instance.get_concurrency_config().run_queue_config
        assert limits is not None
        per_partition = [one for one in limits.tag_concurrency_limits if one["key"] == "dagster/partition"]
        assert per_partition == [{"key": "dagster/partition", "limit": 1, "value": {"applyLimitPerUniqueValue": True}}]
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds > 0
        assert not instance.run_retries_enabled
        assert not instance.telemetry_enabled
        assert isinstance(instance.run_launcher, HeartbeatCeleryRunLauncher)
        assert instance.run_launcher.supports_check_run_worker_health


def test_an_unreachable_database_is_told_in_a_sentence(home: Path, settings, capsys) -> None:  # type: ignore[no-untyped-def]
    reachable = settings.DATABASES["owner"]
    settings.DATABASES["owner"] = reachable | {"HOST": "127.0.0.1", "PORT": "1"}
    try:
        assert main() == 1
    finally:
        settings.DATABASES["owner"] = reachable
    assert "PostgreSQL does not answer" in capsys.readouterr().err


def test_the_definitions_are_the_ones_the_processes_load() -> None:
    command = processes.commands()["code"]
    assert command[command.index("--module-name") + 1] == "etl_defs.definitions"
    assert defs.get_repository_def().name == "__repository__"
