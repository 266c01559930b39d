"""What does a failure mean for the run, for its connection, and for what Dagster is told?

Dagster's events are read by operators and kept for weeks. An error's own text may quote a row, as PostgreSQL's do, so
only the sentence for people, the error's class and the place in our code go there.
"""

import logging
import traceback
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from aging.ingest import steps
from aging.unified.errors import ConnectionGone, ForbiddenScope, NeedsReauth, Paused
from tenants import sync_runs
from tenants.models import Health, SyncRun
from tenants.sync_runs import CancelRequested, Interrupted

logger = logging.getLogger(__name__)

HEALTH: dict[type[BaseException], Health] = {
    NeedsReauth: Health.NEEDS_REAUTH,
    ForbiddenScope: Health.NEEDS_REAUTH,
    Paused: Health.PAUSED,
    ConnectionGone: Health.GONE,
}


def end_badly(run: SyncRun, error: BaseException) -> None:
    """Record the failure and forget what was staged."""
    if isinstance(error, Exception) and sync_runs.sentence_of(error) == sync_runs.UNEXPECTED:
        _log(run, error)
    sync_runs.fail(run, _told(error), health=health_of(error), retry_at=getattr(error, "retry_at", None))
    discard(run)


def _log(run: SyncRun, error: BaseException) -> None:
    """The server's log is where "it has been recorded": the way to the error, and its first line.

    PostgreSQL quotes rows in the lines after the first.
    """
    first_line = next(iter(str(error).splitlines()), "")
    way = "".join(traceback.format_tb(error.__traceback__))
    logger.error(
        "Sync run %s of %s failed: %s: %s\n%s",
        run.pk,
        run.connection.partition_key,
        type(error).__name__,
        first_line,
        way,
    )


def _told(error: BaseException) -> BaseException:
    """A person who presses Ctrl-C or Dagster's Terminate cancels; a process told to exit is interrupted."""
    if isinstance(error, KeyboardInterrupt | DagsterExecutionInterruptedError):
        return CancelRequested()
    if not isinstance(error, Exception):
        return Interrupted()
    return error


def health_of(error: BaseException) -> Health | None:
    return next((health for kind, health in HEALTH.items() if isinstance(error, kind)), None)


def discard(run: SyncRun) -> None:
    try:
        steps.discard(run)
    except Exception:  # what ended the run must be told, whatever else breaks
        logger.exception("What sync run %s staged could not be removed.", run.pk)


def as_failure(error: BaseException) -> dg.Failure:
    """For `raise … from None`, so that Dagster does not store the original's text either."""
    return dg.Failure(
        sync_runs.sentence_of(error),
        metadata={"error": type(error).__name__, "where": _where(error)},
        allow_retries=False,
    )


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " → ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames) or "not in code"
