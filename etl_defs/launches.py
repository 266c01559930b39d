"""Which requested syncs does an unfinished Dagster run stand for, and which runs shall be launched for the others?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from tenants.models import SyncRun, Trigger
from tenants.sync_names import (
    PRIORITY_TAG,
    QUEUE_TAG,
    RUN_TAG,
    SWEEP_JOB,
    SWEEP_QUEUE,
    SYNC_JOB,
)
from tenants.sync_requests import tags_for

SWEEP_OP = "sync_each"
SWEEP_PRIORITY = "-10"
COOL_DOWN = timedelta(seconds=60)  # after a run that ended without beginning the sync, before the next try
KEPT = timedelta(days=30)
REMOVALS_PER_TICK = 500
QUEUED = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that no run stands for, and how many runs ended without beginning it."""

    run: SyncRun
    launches: int


def count_queued(instance: dg.DagsterInstance) -> int:
    return instance.get_runs_count(dg.RunsFilter(statuses=QUEUED))


def is_swept(run: SyncRun) -> bool:
    """Scheduled syncs may share a run; a person's or a webhook's has one of its own."""
    return run.trigger == Trigger.SCHEDULED


def waiting(instance: dg.DagsterInstance, requested: Sequence[SyncRun], now: datetime) -> list[Waiting]:
    if not requested:
        return []
    busy: set[int] = set()
    ended: Counter[int] = Counter()
    for record in _records(instance, requested):
        stands_for = _stands_for(record, requested)
        if not record.dagster_run.is_finished or _ended_at(record) > (now - COOL_DOWN).timestamp():
            busy.update(stands_for)
        ended.update(stands_for)
    return [Waiting(run, ended[run.pk]) for run in requested if run.pk not in busy]


def _records(instance: dg.DagsterInstance, requested: Sequence[SyncRun]) -> list[dg.RunRecord]:
    singles = dg.RunsFilter(job_name=SYNC_JOB, tags={RUN_TAG: [str(run.pk) for run in requested]})
    sweeps = dg.RunsFilter(job_name=SWEEP_JOB, created_after=min(run.requested_at for run in requested))
    return [*instance.get_run_records(singles), *instance.get_run_records(sweeps, limit=500)]


def _stands_for(record: dg.RunRecord, requested: Sequence[SyncRun]) -> list[int]:
    """The requests a run was launched for; a sweep cannot have been launched for what was requested after it."""
    run = record.dagster_run
    if run.job_name == SYNC_JOB:
        return [int(run.tags[RUN_TAG])]
    config: Any = run.run_config
    keys = set(config.get("ops", {}).get(SWEEP_OP, {}).get("config", {}).get("keys", []))
    made_at = record.create_timestamp.timestamp()
    return [
        one.pk for one in requested if one.connection.partition_key in keys and one.requested_at.timestamp() <= made_at
    ]


def _ended_at(record: dg.RunRecord) -> float:
    return record.end_time or record.update_timestamp.timestamp()


def run_requests(ready: Sequence[Waiting], *, many: int, sweep_size: int) -> list[dg.RunRequest]:
    """A run for each request, except that scheduled ones are swept when there are many.

    What a sweep failed to begin is tried alone, so that a connection which kills its process takes no other along.
    """
    sweepable = [one for one in ready if is_swept(one.run) and not one.launches]
    if len(sweepable) <= many:
        sweepable = []
    swept = {one.run.pk for one in sweepable}
    singles = [run_request(one.run, one.launches) for one in ready if one.run.pk not in swept]
    parts = [sweepable[start : start + sweep_size] for start in range(0, len(sweepable), sweep_size)]
    return [*singles, *(_sweep(part) for part in parts)]


def run_request(run: SyncRun, launches: int = 0) -> dg.RunRequest:
    return dg.RunRequest(run_key=f"sync-{run.pk}-{launches}", job_name=SYNC_JOB, tags=tags_for(run))


def _sweep(part: Sequence[Waiting]) -> dg.RunRequest:
    keys = [one.run.connection.partition_key for one in part]
    return dg.RunRequest(
        run_key=f"sweep-{part[0].run.pk}-{part[-1].run.pk}-{len(part)}",
        job_name=SWEEP_JOB,
        run_config={"ops": {SWEEP_OP: {"config": {"keys": keys}}}},
        tags={QUEUE_TAG: SWEEP_QUEUE, PRIORITY_TAG: SWEEP_PRIORITY},
    )


def ended(instance: dg.DagsterInstance, running: Sequence[SyncRun]) -> dict[SyncRun, dg.DagsterRunStatus]:
    """Syncs said to be running whose Dagster run is over, and how it ended."""
    ids = sorted({run.dagster_run_id for run in running if run.dagster_run_id})
    if not ids:
        return {}
    over = {run.run_id: run.status for run in instance.get_runs(dg.RunsFilter(run_ids=ids, statuses=FINISHED))}
    return {run: over[run.dagster_run_id] for run in running if run.dagster_run_id in over}


def forget_before(instance: dg.DagsterInstance, now: datetime) -> int:
    """Delete finished runs older than we keep them, a bounded number at a time."""
    old = dg.RunsFilter(statuses=FINISHED, created_before=now - KEPT)
    runs = instance.get_run_records(old, limit=REMOVALS_PER_TICK, ascending=True)
    for record in runs:
        instance.delete_run(record.dagster_run.run_id)
    return len(runs)
