"""How does what was fetched become what is shown? In one transaction, by one writer, or not at all.

Everything from the merge of records to the aging steps commits together: a reader sees the version before or the
version after. The run's number is the fencing token: once a newer run has published a connection, an older one that
wakes up late is refused. Running it twice changes nothing.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import now

from aging.core.buckets import DEFAULT_EDGES
from aging.ingest import scripts
from aging.ingest.deletions import confirm_deletions
from aging.ingest.landing import INDISPENSABLE, LOOKBACK, is_full_sweep
from aging.ingest.thresholds import thresholds
from aging.models import Document, Publication, QuarantinedRecord, ReportSettings, SourceState
from tenants.models import SyncRun

LOCK_SPACE = 4201  # tells our advisory locks from anybody else's
SCHEME_LOCK = 4202  # a company's: shared by syncs that publish, exclusive to a change of the buckets
STAGED_TABLES = ("staged_customer", "staged_document", "staged_application")
KINDS = ("customer", "invoice", "credit_memo", "payment", "refund")


class Superseded(RuntimeError):
    """A newer sync of this connection has published already."""

    sentence = "A newer sync of this connection has finished already; this one was set aside."


@dataclass(slots=True)
class Published:
    """Counters per kind of record, control totals per currency in minor units, and how many findings stand."""

    objects: dict[str, dict[str, int]] = field(default_factory=dict)
    totals: dict[str, dict[str, int]] = field(default_factory=dict)
    findings: int = 0
    held_deletions: int = 0


def publish_run(run: SyncRun) -> Published:
    """Publish what the run staged, once: asked again, it tells what it did. Raises Superseded."""
    done = Publication.objects.filter(sync_run_id=run.pk).first()
    if done is not None:
        return Published(done.counts, done.totals, _count_findings(run.connection_id))
    deletions = confirm_deletions(run)
    parameters = {"run": run.pk, "connection": run.connection_id, "now": now(), "gone": deletions.gone}
    with transaction.atomic():
        state = _take_the_pen(run)
        published = Published(held_deletions=deletions.held)
        _rebuild(parameters, published)
        _count_deletions(published, deletions.gone_by_kind)
        published.totals = _control_totals(run.connection_id)
        published.findings = _count_findings(run.connection_id)
        _settle_quarantine(run, state)
        _advance(run, state)
        Publication.objects.create(
            sync_run_id=run.pk,
            connection_id=run.connection_id,
            published_at=now(),
            counts=published.objects,
            totals=published.totals,
        )
    return published


def discard_run(run: SyncRun) -> None:
    """Forget what the run staged. What it quarantined goes too, unless it was published."""
    with transaction.atomic():
        scripts.run("discard", {"run": run.pk})
        if not Publication.objects.filter(sync_run_id=run.pk).exists():
            QuarantinedRecord.objects.filter(sync_run_id=run.pk).delete()


def rebuild_steps() -> None:
    """Make the aging steps anew from the balance segments, as after a change of the bucket edges.

    Waits for the company's syncs that are publishing: their segments count, and they build with the new edges or the
    old ones, never with both.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", [SCHEME_LOCK])
        settings, _ = ReportSettings.objects.select_for_update().get_or_create(pk=1)
        settings.built_edges = settings.bucket_edges or list(DEFAULT_EDGES)
        settings.save(update_fields=["built_edges"])
        scripts.run("restep", {"run": 0, "thresholds": thresholds(settings.built_edges)})
        scripts.run("steps", {"run": 0, "thresholds": thresholds(settings.built_edges)})
        scripts.run("discard", {"run": 0})


def _take_the_pen(run: SyncRun) -> SourceState:
    """One writer a connection, and never an older one after a newer one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, run.connection_id])
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, hashtext(current_schema()))", [SCHEME_LOCK])
        cursor.execute("SET LOCAL work_mem = '128MB'")
    state = SourceState.objects.select_for_update().get(connection_id=run.connection_id)
    if state.fencing_token > run.pk:
        raise Superseded(Superseded.sentence)
    state.fencing_token = run.pk
    return state


def _rebuild(parameters: dict[str, Any], published: Published) -> None:
    """From staged records to aging steps; the order of the files is the order of the story."""
    scripts.run("restart", parameters)
    scripts.run("copies", parameters)
    scripts.analyze(*STAGED_TABLES)
    published.objects = _counters(parameters)
    scripts.run("customers", parameters)
    changes_most = _changes_most(published)
    scripts.run("documents", parameters)
    if changes_most:
        scripts.analyze("document")
    scripts.run("touched", parameters)
    scripts.run("deletions", parameters)
    scripts.analyze("staged_touched")
    if not _is_first(parameters):
        scripts.run("spread", parameters)  # along the old claims, before they are replaced
    scripts.run("claims", parameters)
    scripts.run("twins", parameters)
    scripts.analyze("staged_touched", *(("application",) if changes_most else ()))
    if not _is_first(parameters):
        scripts.run("spread", parameters)
        scripts.run("spread", parameters)
        scripts.analyze("staged_touched")
    scripts.run("reductions", parameters)
    scripts.analyze("staged_reduction")
    scripts.run("entries", parameters)
    scripts.run("history", parameters)  # before the old segments go: they say what documents were like
    scripts.run("segments", parameters)
    settings = ReportSettings.objects.filter(pk=1).first()
    edges = (settings.built_edges if settings else None) or DEFAULT_EDGES
    scripts.run("steps", {**parameters, "thresholds": thresholds(edges)})
    scripts.run("findings", parameters)
    scripts.run("discard", parameters)


def _is_first(parameters: dict[str, Any]) -> bool:
    """Before the first publish nothing is linked to anything: every document is touched already.

    Counters do not tell: a later sync, too, may bring nothing but new records, such as a payment of an old invoice.
    """
    return not Publication.objects.filter(connection_id=parameters["connection"]).exists()


def _changes_most(published: Published) -> bool:
    """A tenth of the documents or more: the statistics of the large tables are worth renewing."""
    changed = sum(count["inserted"] + count["updated"] for count in published.objects.values())
    return changed * 10 >= Document.objects.count()


def _counters(parameters: dict[str, Any]) -> dict[str, dict[str, int]]:
    empty = {"inserted": 0, "updated": 0, "unchanged": 0, "deleted": 0}
    counted = {name: dict(empty) for name in KINDS}
    for row in scripts.rows("counts", parameters):
        counted[row["kind"]].update({name: row[name] for name in ("inserted", "updated", "unchanged")})
    return counted


def _count_deletions(published: Published, gone_by_kind: dict[str, int]) -> None:
    for kind, count in gone_by_kind.items():
        published.objects[kind]["deleted"] = count


def _control_totals(connection_id: int) -> dict[str, dict[str, int]]:
    return {row.pop("currency"): row for row in scripts.rows("control_totals", {"connection": connection_id})}


def _count_findings(connection_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM finding WHERE connection_id = %s", [connection_id])
        return int(cursor.fetchone()[0])


def _settle_quarantine(run: SyncRun, state: SourceState) -> None:
    """A record read now, well or badly, replaces what an earlier run set aside; a full sweep replaces all of it."""
    scripts.run("quarantine", {"run": run.pk, "connection": run.connection_id, "full": _was_full(run, state)})


def _was_full(run: SyncRun, state: SourceState) -> bool:
    return is_full_sweep(run, state, now()) and set(state.pending) >= INDISPENSABLE


def _advance(run: SyncRun, state: SourceState) -> None:
    """Move the cursors; an object type without a single dated record is read again from where it was."""
    if _was_full(run, state):
        state.last_full_at = run.started_at or now()
        fallback = ((run.started_at or now()) - LOOKBACK - timedelta(hours=1)).astimezone(UTC).isoformat()
    else:
        fallback = ""
    for name, reached in state.pending.items():
        candidate = reached or fallback
        current = state.cursors.get(name)
        if candidate and (current is None or datetime.fromisoformat(candidate) > datetime.fromisoformat(current)):
            state.cursors[name] = candidate
    state.pending = {}
    state.save()
