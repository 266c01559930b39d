"""How does Dagster hand a run to a worker, and how does it learn that the worker died?

Runs go to Celery workers that loaded the code beforehand. Celery's own word about a task is not trusted: it stays
STARTED for ever when a whole machine goes, and it forgets when Redis restarts. So workers write a heartbeat into
Dagster's storage, and a run is alive as long as that is fresh. There is no result backend at all.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from dagster import DagsterInstance, DagsterRun
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.storage.runs.schema import KeyValueStoreTable
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClassData, pack_value
from dagster_celery.config import TASK_EXECUTE_JOB_NAME
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from etl_defs.addresses import broker_url
from etl_defs.django_ready import ensure_django
from tenants.sync_names import BACKGROUND_QUEUE

logger = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
SILENT_AFTER_SECONDS = 30.0
KNOWN_DEAD = "0"


def heartbeat_key(run_id: str) -> str:
    return f"heartbeat/{run_id}"


@contextmanager
def beating(instance: DagsterInstance, run_id: str) -> Iterator[None]:
    """Heartbeats of a Dagster run, from whichever process executes it."""
    stop = Event()

    def beat() -> None:
        while True:
            # Storage that is away for a moment must not end the heartbeats; a silence long enough speaks for itself.
            try:
                instance.run_storage.set_cursor_values({heartbeat_key(run_id): str(time.time())})
            except Exception as error:
                logger.warning("No heartbeat of run %s: %s", run_id, type(error).__name__)
            if stop.wait(BEAT_SECONDS):
                return

    thread = Thread(target=beat, name=f"heartbeat of {run_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=BEAT_SECONDS)
        _forget(instance, run_id)


def _forget(instance: DagsterInstance, run_id: str) -> None:
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
        connection.execute(KeyValueStoreTable.delete().where(KeyValueStoreTable.c.key == heartbeat_key(run_id)))


class RunWithoutCode(RuntimeError):
    """A run that was made in a process of its own, and cannot be handed to another one."""


class HeartbeatCeleryRunLauncher(CeleryRunLauncher):
    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> "HeartbeatCeleryRunLauncher":
        del config_value
        ensure_django()
        return cls(BACKGROUND_QUEUE, broker=broker_url(), backend="disabled://", inst_data=inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        """By the task's name: the inherited way would register a function for it anew with every run."""
        run = context.dagster_run
        if run.job_code_origin is None:
            raise RunWithoutCode(f"Run {run.run_id} does not say which code it is of.")
        arguments = ExecuteRunArgs(
            job_origin=run.job_code_origin,
            run_id=run.run_id,
            instance_ref=self._instance.get_ref(),
            set_exit_code_on_failure=True,
        )
        task = self.celery.signature(
            TASK_EXECUTE_JOB_NAME, kwargs={"execute_job_args_packed": pack_value(arguments)}, immutable=True
        )
        self._launch_celery_task_run(run=run, task_signature=task, routing_key=TASK_EXECUTE_JOB_NAME)

    @property
    def supports_resume_run(self) -> bool:
        return False

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        key = heartbeat_key(run.run_id)
        beat = self._instance.run_storage.get_cursor_values({key}).get(key)
        if beat == KNOWN_DEAD:
            return CheckRunHealthResult(WorkerStatus.FAILED, "the worker process died")
        record = self._instance.get_run_record_by_id(run.run_id)
        started = record.start_time if record else None
        silence = time.time() - max(float(beat or 0), started or 0)
        if silence > SILENT_AFTER_SECONDS:
            return CheckRunHealthResult(WorkerStatus.FAILED, f"no heartbeat for {silence:.0f} s")
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or DAGSTER_CELERY_TASK_ID_TAG not in run.tags:
            return False
        # Celery's launcher forgets to say so, and the run would end as a failure instead of as canceled.
        self._instance.report_run_canceling(run)
        self.celery.control.revoke(run.tags[DAGSTER_CELERY_TASK_ID_TAG], terminate=True)
        return True

    def get_run_worker_debug_info(self, run: DagsterRun, include_container_logs: bool | None = True) -> str | None:
        del include_container_logs
        return f"Celery task {run.tags.get(DAGSTER_CELERY_TASK_ID_TAG, 'not sent yet')}"
