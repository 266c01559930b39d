"""The steps of a sync, in order, as the pipeline calls them.

Each enters the company's schema itself and leaves the run's own row alone: who runs a step records what came of it.
"""

from collections.abc import Callable
from typing import Final

from aging.ingest.comparing import Compared, compare_run
from aging.ingest.landing import STEP_OBJECTS, Landed, land_step
from aging.ingest.publishing import Published, Superseded, discard_run, publish_run
from aging.ingest.source import Source
from aging.ingest.source import open_source as open_source_of
from tenants.clock import today_of
from tenants.context import tenant_context
from tenants.models import SyncRun

__all__ = ["OBJECT_STEPS", "Superseded", "compare", "discard", "land", "open_source", "publish"]

OBJECT_STEPS: Final[tuple[str, ...]] = tuple(STEP_OBJECTS)


def open_source(run: SyncRun) -> Source:
    with tenant_context(run.connection.company):
        return open_source_of(run)


def land(run: SyncRun, step: str, *, on_progress: Callable[[int], None]) -> Landed:
    """Read one of OBJECT_STEPS into staging; doing it again starts that step anew. `on_progress` gets the count."""
    with tenant_context(run.connection.company):
        return land_step(run, step, on_progress=on_progress)


def publish(run: SyncRun) -> Published:
    with tenant_context(run.connection.company):
        return publish_run(run)


def compare(run: SyncRun) -> Compared:
    company = run.connection.company
    with tenant_context(company):
        return compare_run(run, as_of=today_of(company))


def discard(run: SyncRun) -> None:
    with tenant_context(run.connection.company):
        discard_run(run)
