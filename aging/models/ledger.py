"""The ledger and the two shapes that make any date quick to read.

A *ledger entry* is a signed change of one document's open amount on one day; every figure follows from them (R3). A
*balance segment* says what one document had open between two days. An *aging step* adds a segment's amount to the
running total of one threshold on the day it passes it: the amount in a bucket on any day is the difference of two
running totals, so totals for a date read a table whose size depends on days, not on documents.

Entries and segments carry no foreign-key constraint: they are derived from documents in the transaction that merges
those, documents are marked deleted and never removed, and checking the keys cost a third of a first load.
"""

from typing import ClassVar

from django.db import models

from aging.models.source import Customer, Document


class LedgerEntry(models.Model):
    """`entry_kind` is issued, payment, credit, adjustment, refund or reversal. Positive raises what is owed.

    `known_from_run` is the sync run whose publication first told of it; 0 for entries older than the history.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    counterpart = models.ForeignKey(
        Document, on_delete=models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    entry_kind = models.CharField(max_length=12)
    effective_date = models.DateField()
    amount_minor = models.BigIntegerField()
    known_from_run = models.BigIntegerField(default=0)

    class Meta:
        db_table = "ledger_entry"
        indexes: ClassVar = [models.Index(fields=["document", "effective_date"], name="entry_document")]


class LedgerEntryHistory(models.Model):
    """An entry that was told by one run's publication and taken back by that of a later one, `known_to_run`."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+", db_index=False)
    counterpart = models.ForeignKey(Document, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    entry_kind = models.CharField(max_length=12)
    effective_date = models.DateField()
    amount_minor = models.BigIntegerField()
    known_from_run = models.BigIntegerField()
    known_to_run = models.BigIntegerField()

    class Meta:
        db_table = "ledger_entry_history"
        indexes: ClassVar = [
            models.Index(fields=["document"], name="entry_history_document"),
            models.Index(fields=["known_to_run"], name="entry_history_run"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(known_from_run__lt=models.F("known_to_run")), name="entry_history_runs_rise"
            )
        ]


class DocumentHistory(models.Model):
    """What aging took from a document until the publication of `known_to_run` changed it, or left nothing of it open.

    The version known at a run is the one that ended first after it; without one, the document as it is. `due_date` is
    the balance segment's: the issue date where there was none. While nothing of a document is open on any day it has
    no part in aging, and what changes of it meanwhile is not kept.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    issued_date = models.DateField()
    due_date = models.DateField()
    known_to_run = models.BigIntegerField()

    class Meta:
        db_table = "document_history"
        indexes: ClassVar = [models.Index(fields=["known_to_run"], name="document_history_run")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "known_to_run"], name="document_history_version")
        ]


class BalanceSegment(models.Model):
    """One document's open amount from `valid_from` until the day before `valid_to` (infinity: still so)."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    currency = models.CharField(max_length=3)
    due_date = models.DateField()
    issued_date = models.DateField()
    valid_from = models.DateField()
    valid_to = models.DateField()
    open_minor = models.BigIntegerField()

    class Meta:
        db_table = "balance_segment"
        indexes: ClassVar = [
            models.Index(fields=["document"], name="segment_document"),
            models.Index(
                fields=["currency", "valid_to", "valid_from"],
                include=["due_date", "issued_date", "customer_id", "open_minor"],
                name="segment_dates",
            ),
            models.Index(fields=["customer", "valid_to"], name="segment_customer"),
        ]


class AgingStep(models.Model):
    """What joins the running total of `threshold` on `day`: open amounts at least `threshold` days past the basis date.

    ALL counts every receivable, CREDIT every amount owed to customers; both carry the smallest integer's neighbours as
    thresholds, which no number of days reaches.
    """

    ALL: ClassVar[int] = -32768
    CREDIT: ClassVar[int] = -32767

    pk = models.CompositePrimaryKey("currency", "basis", "threshold", "day")
    currency = models.CharField(max_length=3)
    basis = models.CharField(max_length=6)
    threshold = models.SmallIntegerField()
    day = models.DateField()
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "aging_step"
