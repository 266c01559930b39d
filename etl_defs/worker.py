"""What runs the runs: Celery workers that have the code loaded and one Dagster instance open in each child process.

The parent imports the definitions, so that every child is warm from its first run: a run then costs a fifth of a second
instead of the nine that starting Python processes costs. The instance is opened after the fork and never in the
parent, because two processes must not share a database connection; nothing is queried at import.
"""

import logging
import os
from functools import cache
from typing import Any

from billiard.exceptions import Terminated, TimeLimitExceeded, WorkerLostError
from celery.signals import task_failure, worker_process_init
from dagster import DagsterInstance
from dagster._cli.api import _execute_run_command_body
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import unpack_value
from dagster_celery.config import TASK_EXECUTE_JOB_NAME
from dagster_celery.make_app import make_app
from dagster_postgres import PostgresRunStorage

from etl_defs.addresses import broker_url, dagster_home, database_url
from etl_defs.django_ready import ensure_django
from etl_defs.launcher import KNOWN_DEAD, beating, heartbeat_key
from tenants.sync_names import BACKGROUND_QUEUE

ensure_django()
import etl_defs.definitions  # noqa: E402, F401  # warm before the fork

logger = logging.getLogger(__name__)
RUNS_PER_CHILD = 500  # a leak, should there be one, ends with its process

app = make_app({"broker": broker_url(), "backend": "disabled://", "task_default_queue": BACKGROUND_QUEUE})
app.conf.update(
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=RUNS_PER_CHILD,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # Clicks before sweeps where one worker serves several queues.
    broker_transport_options={"queue_order_strategy": "priority"},
)


@cache
def instance() -> DagsterInstance:
    """This child's instance, kept open from run to run."""
    os.environ["DAGSTER_HOME"] = str(dagster_home().resolve())
    return DagsterInstance.get()


@worker_process_init.connect
def _open_instance(**_signal: Any) -> None:
    instance()


@app.task(name=TASK_EXECUTE_JOB_NAME)
def execute_job(execute_job_args_packed: Any) -> int:
    run_id = unpack_value(execute_job_args_packed, as_type=ExecuteRunArgs).run_id
    with beating(instance(), run_id):
        return _execute_run_command_body(
            run_id=run_id,
            instance=instance(),
            write_stream_fn=lambda _event: None,
            set_exit_code_on_failure=True,
        )


@task_failure.connect
def _report_death(exception: BaseException, kwargs: dict[str, Any], **_signal: Any) -> None:
    """The parent sees a child die at once; saying so spares Dagster the wait for a heartbeat that will not come.

    The storage without a pool closes its connection again, so that no child inherits it.
    """
    if not isinstance(exception, WorkerLostError | TimeLimitExceeded | Terminated):
        return
    run_id = unpack_value(kwargs["execute_job_args_packed"], as_type=ExecuteRunArgs).run_id
    logger.warning("The process of run %s died.", run_id)
    storage = PostgresRunStorage(database_url(), should_autocreate_tables=False)
    storage.set_cursor_values({heartbeat_key(run_id): KNOWN_DEAD})
