"""How is Dagster set up here? `python -m etl_defs.instance` prepares it; repeating it is harmless and quick.

It writes dagster.yaml and workspace.yaml into DAGSTER_HOME and creates Dagster's database when it is missing. The files
are the same everywhere and hold no address of a database or broker and no password.

Dagster's own retries are off. A repeated sync must be a new request with a new id, because the id is the fencing token
that keeps a process which was declared dead, and was not, from publishing; so a sensor asks again for what was
interrupted (see `etl_defs.sensors`).
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import yaml

from etl_defs import addresses
from etl_defs.django_ready import ensure_django
from tenants.database import DatabaseUnreachable, create_database_if_missing, owner_parameters
from tenants.sync_names import CODE_LOCATION, COMPANY_TAG, PARTITION_TAG

if TYPE_CHECKING:
    from dagster import DagsterInstance

MAX_CONCURRENT_RUNS = 20
RUNS_PER_COMPANY = 2
SWEEP_SECONDS_AT_MOST = 6 * 3600

CONFIGURATION: dict[str, Any] = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "storage": {
        "custom": {"module": "etl_defs.pooled_storage", "class": "PooledPostgresStorage", "config": {}},
    },
    "run_launcher": {"module": "etl_defs.launcher", "class": "HeartbeatCeleryRunLauncher", "config": {}},
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_use_threads": True, "dequeue_interval_seconds": 1},
    },
    "concurrency": {
        "runs": {
            "max_concurrent_runs": MAX_CONCURRENT_RUNS,
            "tag_concurrency_limits": [
                {"key": PARTITION_TAG, "limit": 1, "value": {"applyLimitPerUniqueValue": True}},
                {"key": COMPANY_TAG, "limit": RUNS_PER_COMPANY, "value": {"applyLimitPerUniqueValue": True}},
            ],
        }
    },
    # Orphans would occupy the queue's places for ever.
    "run_monitoring": {
        "enabled": True,
        "poll_interval_seconds": 5,
        "start_timeout_seconds": 1800,  # a run counts as starting while it waits for a free worker
        "cancel_timeout_seconds": 60,
        "max_resume_run_attempts": 0,
        "max_runtime_seconds": SWEEP_SECONDS_AT_MOST,
    },
    "run_retries": {"enabled": False},
    # Captured output would fork two processes a run, and output may quote what no operator should see.
    "compute_logs": {
        "module": "dagster.core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
        "config": {},
    },
    # Events are kept whatever the level; their copy on the console would drown a command's progress.
    "python_logs": {"python_log_level": "CRITICAL"},
    "sensors": {"use_threads": True, "num_workers": 3, "num_submit_workers": 4},
    "retention": {"sensor": {"purge_after_days": {"skipped": 1, "success": 7, "failure": 30}}},
    "auto_materialize": {"enabled": False},
    "freshness": {"enabled": False},
}


def prepare() -> Path:
    """Bring DAGSTER_HOME and Dagster's database about; returns DAGSTER_HOME."""
    home = addresses.dagster_home()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = {"socket": str(addresses.code_server_socket().absolute()), "location_name": CODE_LOCATION}
    _write_if_changed(home / "dagster.yaml", CONFIGURATION)
    _write_if_changed(addresses.workspace_file(), {"load_from": [{"grpc_server": socket}]})
    create_database_if_missing(addresses.database_name())
    return home


def _write_if_changed(path: Path, content: dict[str, Any]) -> None:
    text = yaml.safe_dump(content, sort_keys=False)
    if not path.exists() or path.read_text() != text:
        unfinished = path.with_suffix(".new")
        unfinished.write_text(text)
        unfinished.replace(path)


def open_instance() -> "DagsterInstance":
    """The real instance of this DAGSTER_HOME, prepared when it was not. Opening it the first time makes its tables."""
    from dagster import DagsterInstance

    home = str(prepare().resolve())
    os.environ["DAGSTER_HOME"] = home
    return DagsterInstance.from_config(home)


def _has_tables() -> bool:
    with psycopg.connect(**owner_parameters(addresses.database_name())) as connection:
        row = connection.execute("SELECT to_regclass('public.runs') IS NOT NULL").fetchone()
    return bool(row and row[0])


def main() -> int:
    try:
        home = prepare()
        if not _has_tables():
            open_instance().dispose()
    except DatabaseUnreachable as error:
        print(error, file=sys.stderr)  # noqa: T201  # the start of a process has no logger yet
        return 1
    print(f"Dagster is ready in {home}.")  # noqa: T201
    return 0


if __name__ == "__main__":
    ensure_django()
    sys.exit(main())
