"""How far each connection has been read, and every version of the ledger that was published."""

from typing import ClassVar

from django.db import models


class SourceState(models.Model):
    """One connection's place in its source. `fencing_token` is the newest sync run allowed to publish.

    `cursors` maps an object type to the instant from which the next incremental sync asks. `organization` remembers
    whose books these are and what they say about documents that leave things unsaid. `withheld` maps an object type
    to why the source does not give it. `pending` holds what the running sync has read so far; it becomes cursors when
    published.
    """

    connection_id = models.BigIntegerField(unique=True)
    fencing_token = models.BigIntegerField(default=0)
    cursors = models.JSONField(default=dict)
    organization = models.JSONField(default=dict)
    withheld = models.JSONField(default=dict)
    pending = models.JSONField(default=dict)
    last_full_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "source_state"


class Publication(models.Model):
    """One published version: who published it, what it changed, and its control totals (R12), per currency.

    `totals` maps a currency to {"open", "source", "documents"} in minor units: our open amounts, the sum of the
    source's balances, and how many documents the source gave a balance for.
    """

    connection_id = models.BigIntegerField()
    sync_run_id = models.BigIntegerField(unique=True)
    published_at = models.DateTimeField()
    counts = models.JSONField(default=dict)
    totals = models.JSONField(default=dict)
    source_aged = models.JSONField(null=True)
    comparison = models.JSONField(default=dict)

    class Meta:
        db_table = "publication"
        indexes: ClassVar = [models.Index(fields=["connection_id", "-id"], name="publication_newest")]
