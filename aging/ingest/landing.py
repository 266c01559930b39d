"""How do a connection's records come in? Page by page into staging, a step for each kind, restarted whole if it breaks.

A full sweep reads everything and then once more what changed meanwhile; an incremental one asks from the cursor, which
lies a look-back before the newest change that was published, because clocks differ and changes arrive late. Nothing a
reader can see changes here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.timezone import now

from aging.ingest.client import client_from_settings
from aging.ingest.staging import stage_page
from aging.models import QuarantinedRecord, SourceState
from aging.unified.decoding import Quarantined, Row
from aging.unified.documents import Mapped
from aging.unified.errors import ForbiddenScope, Unsupported
from aging.unified.fetching import fetch_all
from aging.unified.mapping import Mapper, Skipped
from tenants.models import SyncRun

STEP_OBJECTS: Final[dict[str, tuple[str, ...]]] = {
    "customers": ("contact",),
    "invoices": ("invoice",),
    "credit_memos": ("creditmemo",),
    "payments": ("payment", "refund"),
}
INDISPENSABLE: Final = frozenset({"contact", "invoice"})
POSITIONS_PER_OBJECT: Final = 10**12
FULL_SWEEP_EVERY = timedelta(days=7)
LOOKBACK = timedelta(hours=1)
LOOKBACK_OF_DATES = timedelta(hours=48)  # a source whose stamps are days tells nothing within one


@dataclass(slots=True)
class Landed:
    """What became of the records of one step, each counted once: fetched = staged + skipped + quarantined."""

    fetched: int = 0
    staged: int = 0
    skipped: int = 0
    quarantined: int = 0
    withheld: dict[str, str] = field(default_factory=dict)

    def adds_up(self) -> bool:
        return self.fetched == self.staged + self.skipped + self.quarantined


def source_state(connection_id: int) -> SourceState:
    state, _ = SourceState.objects.get_or_create(connection_id=connection_id)
    return state


def is_full_sweep(run: SyncRun, state: SourceState, at: datetime) -> bool:
    return run.is_full or state.last_full_at is None or at - state.last_full_at > FULL_SWEEP_EVERY


def land_step(run: SyncRun, step: str, *, on_progress: Callable[[int], None]) -> Landed:
    """Read the step's kinds of record into staging. Raises aging.unified.errors when the source cannot be read."""
    landed = Landed()
    state = source_state(run.connection_id)
    for name in STEP_OBJECTS[step]:
        _forget(run, name)
        try:
            _land_object(run, state, name, landed, on_progress)
        except (Unsupported, ForbiddenScope) as error:
            if name in INDISPENSABLE:
                raise
            landed.withheld[name] = "unsupported" if isinstance(error, Unsupported) else "forbidden"
    _remember_withheld(run.connection_id, step, landed.withheld)
    return landed


def _land_object(
    run: SyncRun, state: SourceState, name: str, landed: Landed, on_progress: Callable[[int], None]
) -> None:
    organization = state.organization
    mapper = Mapper(
        ZoneInfo(run.connection.company.timezone), organization.get("base_currency"), organization.get("terms", {})
    )
    position = _first_position(name)
    newest: datetime | None = None
    only_dates = True
    left_out: set[str] = set()
    for page, is_second_look in _pages(run, state, name):
        known = _staged_already(run, name, page) if is_second_look else frozenset[str]()
        fresh = [row for row in page if str(row.id) not in left_out]
        mapped, refused, skipped = _sorted_out(mapper, fresh)
        left_out.update(one.id for one in refused)
        left_out.update(one.source_id for one in skipped)
        stage_page(run.pk, run.connection_id, position, mapped, refused)
        position += len(mapped)
        landed.fetched += sum(str(row.id) not in known for row in fresh)
        landed.staged += sum(one.record.source_id not in known for one in mapped)
        landed.quarantined += sum(one.source_id not in known for one in refused)
        landed.skipped += sum(one.source_id not in known for one in skipped)
        for stamp in (one.updated_at for one in mapped if one.updated_at):
            newest = stamp if newest is None else max(newest, stamp)
            only_dates = only_dates and stamp.astimezone(UTC).time() == datetime.min.time()
        on_progress(landed.fetched)
    _remember(run.connection_id, name, newest, only_dates)


def _pages(run: SyncRun, state: SourceState, name: str) -> Iterator[tuple[list[Row], bool]]:
    """A full sweep and then a second look at what changed during it, or what changed since the cursor."""
    client = client_from_settings()
    source = run.connection.external_id
    started_at = now()
    cursor = state.cursors.get(name)
    is_sweep = is_full_sweep(run, state, started_at) or cursor is None
    if is_sweep:
        for page in fetch_all(client, source, name):
            yield page, False
        cursor = (started_at - LOOKBACK).isoformat()
    for page in fetch_all(client, source, name, updated_gte=datetime.fromisoformat(cursor)):
        yield page, is_sweep


def _staged_already(run: SyncRun, name: str, page: list[Row]) -> frozenset[str]:
    """Of a second look's records those that the sweep brought: they are staged anew and not counted twice."""
    ids = [str(row.id) for row in page]
    table = "staged_customer" if name == "contact" else "staged_document"
    first = _first_position(name)
    placed = "" if name == "contact" else "AND position >= %s AND position < %s"
    span = [] if name == "contact" else [first, first + POSITIONS_PER_OBJECT]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT source_id FROM {table} WHERE sync_run_id = %s AND source_id = ANY(%s) {placed}",  # noqa: S608
            [run.pk, ids, *span],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def _sorted_out(mapper: Mapper, page: list[Row]) -> tuple[list[Mapped], list[Quarantined], list[Skipped]]:
    mapped: list[Mapped] = []
    refused: list[Quarantined] = []
    skipped: list[Skipped] = []
    for row in page:
        outcome = mapper.map_row(row)
        if isinstance(outcome, Mapped):
            mapped.append(outcome)
        elif isinstance(outcome, Skipped):
            skipped.append(outcome)
        else:
            refused.append(outcome)
    return mapped, refused, skipped


def _remember(connection_id: int, name: str, newest: datetime | None, only_dates: bool) -> None:
    """Where the next incremental sync of this kind will ask from, should this run be published."""
    reached = min(newest, now()) if newest else None
    lookback = LOOKBACK_OF_DATES if newest and only_dates else LOOKBACK
    with transaction.atomic():
        state = SourceState.objects.select_for_update().get(connection_id=connection_id)
        state.pending = {**state.pending, name: (reached - lookback).isoformat() if reached else None}
        state.save(update_fields=["pending"])


def _remember_withheld(connection_id: int, step: str, withheld: dict[str, str]) -> None:
    """What the source does not give is said wherever its figures are shown, until it gives it."""
    with transaction.atomic():
        state = SourceState.objects.select_for_update().get(connection_id=connection_id)
        others = {name: why for name, why in state.withheld.items() if name not in STEP_OBJECTS[step]}
        state.withheld = {**others, **withheld}
        state.save(update_fields=["withheld"])


def _first_position(name: str) -> int:
    names = [one for group in STEP_OBJECTS.values() for one in group]
    return names.index(name) * POSITIONS_PER_OBJECT


def _forget(run: SyncRun, name: str) -> None:
    """Remove what an earlier try of this step staged."""
    first = _first_position(name)
    with transaction.atomic(), connection.cursor() as cursor:
        span = [run.pk, first, first + POSITIONS_PER_OBJECT]
        if name == "contact":
            cursor.execute("DELETE FROM staged_customer WHERE sync_run_id = %s", [run.pk])
        for table in ("staged_document", "staged_application"):
            cursor.execute(
                f"DELETE FROM {table} WHERE sync_run_id = %s AND position >= %s AND position < %s",  # noqa: S608
                span,
            )
        QuarantinedRecord.objects.filter(sync_run_id=run.pk, object_type=name).delete()
