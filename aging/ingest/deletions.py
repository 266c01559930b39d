"""Has a document that a full sweep did not show really been deleted at the source?

Lists never say so. Each missing document is asked for by its id, and only a source that answers "no such record"
counts. Many missing at once are more likely a lost permission or another company's books than deletions: then nothing
is deleted and the number is reported.
"""

from collections import Counter
from dataclasses import dataclass, field

from django.utils.timezone import now

from aging.ingest import scripts
from aging.ingest.client import client_from_settings
from aging.ingest.landing import STEP_OBJECTS, is_full_sweep, source_state
from aging.models import Document, QuarantinedRecord
from tenants.models import SyncRun

MOST_AT_ONCE = 50
SHARE_AT_ONCE = 0.05
_LISTS_OF_KIND = {
    "invoice": ("invoice",),
    "credit_memo": ("creditmemo", "invoice"),
    "payment": ("payment",),
    "refund": ("refund",),
}


@dataclass(slots=True)
class Deletions:
    gone: list[int] = field(default_factory=list)
    gone_by_kind: dict[str, int] = field(default_factory=dict)
    held: int = 0


def confirm_deletions(run: SyncRun) -> Deletions:
    """Nothing for an incremental run; after a full one, what the source confirms as gone."""
    state = source_state(run.connection_id)
    if state.last_full_at is None or not is_full_sweep(run, state, now()):
        return Deletions()
    read_whole = {name for names in STEP_OBJECTS.values() for name in names if name in state.pending}
    kinds = [kind for kind, lists in _LISTS_OF_KIND.items() if read_whole.issuperset(lists)]
    scripts.analyze("staged_document")
    missing = scripts.rows("missing", {"run": run.pk, "connection": run.connection_id, "kinds": kinds})
    set_aside = set(QuarantinedRecord.objects.filter(sync_run_id=run.pk).values_list("source_id", flat=True))
    missing = [row for row in missing if row["source_id"] not in set_aside]
    held = Document.objects.filter(connection_id=run.connection_id, deleted_at=None).count()
    if len(missing) > max(MOST_AT_ONCE, SHARE_AT_ONCE * held):
        return Deletions(held=len(missing))
    client = client_from_settings()
    gone = [
        row
        for row in missing
        if all(
            client.get_one(run.connection.external_id, name, row["source_id"]) is None
            for name in _LISTS_OF_KIND[row["kind"]]
        )
    ]
    return Deletions([row["id"] for row in gone], dict(Counter(row["kind"] for row in gone)))
