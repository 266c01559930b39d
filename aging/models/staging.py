"""What a sync has fetched and not yet published. Unlogged tables, cleared when their run ends.

`position` counts the documents of a run in the order in which they came; a claim carries its document's position, so
that of two copies of one document only the claims of the copy that is kept are kept.
"""

from typing import ClassVar

from django.db import models


class StagedRow(models.Model):
    sync_run_id = models.BigIntegerField()

    class Meta:
        abstract = True


class StagedCustomer(StagedRow):
    source_id = models.TextField()
    name = models.TextField()
    email = models.TextField()
    phone = models.TextField()
    currency = models.CharField(max_length=3)
    parent_source_id = models.TextField()
    is_active = models.BooleanField()
    content_hash = models.BinaryField()

    class Meta:
        db_table = "staged_customer"
        indexes: ClassVar = [models.Index(fields=["sync_run_id"], name="staged_customer_run")]


class StagedDocument(StagedRow):
    position = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    source_id = models.TextField()
    customer_source_id = models.TextField()
    number = models.TextField()
    status = models.TextField()
    counts = models.BooleanField()
    is_pending = models.BooleanField()
    currency = models.CharField(max_length=3)
    issued_date = models.DateField()
    due_date = models.DateField(null=True)
    settled_date = models.DateField(null=True)
    updated_date = models.DateField(null=True)
    total_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField(null=True)
    paid_minor = models.BigIntegerField(null=True)
    refunded_payment_id = models.TextField()
    source_updated_at = models.DateTimeField(null=True)
    content_hash = models.BinaryField()

    class Meta:
        db_table = "staged_document"
        indexes: ClassVar = [models.Index(fields=["sync_run_id", "kind", "source_id"], name="staged_document_run")]


class StagedApplication(StagedRow):
    position = models.BigIntegerField()
    owner_kind = models.CharField(max_length=12)
    owner_source_id = models.TextField()
    door = models.SmallIntegerField()
    credit_kind = models.CharField(max_length=12)
    credit_source_id = models.TextField()
    invoice_source_id = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    applied_date = models.DateField(null=True)

    class Meta:
        db_table = "staged_application"
        indexes: ClassVar = [
            models.Index(fields=["sync_run_id", "owner_kind", "owner_source_id"], name="staged_application_run")
        ]


class StagedFinding(StagedRow):
    code = models.CharField(max_length=48)
    object_type = models.CharField(max_length=16)
    source_id = models.TextField()
    detail = models.TextField()
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)

    class Meta:
        db_table = "staged_finding"
        indexes: ClassVar = [models.Index(fields=["sync_run_id"], name="staged_finding_run")]


class StagedTouched(StagedRow):
    """A document the publish looks at again, because it or something applied to it changed.

    `old_number` is the number it had before, whose other bearers may no longer repeat one.
    """

    document_id = models.BigIntegerField()
    old_number = models.TextField(default="")

    class Meta:
        db_table = "staged_touched"
        indexes: ClassVar = [models.Index(fields=["sync_run_id", "document_id"], name="staged_touched_run")]


class StagedReduction(StagedRow):
    """One claim that counts (S4), as both its ends feel it (`aging.core.applications.Reduction`).

    `takes_effect` says that the invoice is there and counts; `problem` is the code of the finding, if any.
    """

    claim_id = models.BigIntegerField()
    credit_kind = models.CharField(max_length=12)
    credit_source_id = models.TextField()
    credit_document_id = models.BigIntegerField(null=True)
    invoice_source_id = models.TextField()
    invoice_document_id = models.BigIntegerField(null=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    effective_date = models.DateField(null=True)
    on_invoice_minor = models.BigIntegerField()
    wanted_of_credit_minor = models.BigIntegerField()
    on_credit_minor = models.BigIntegerField()
    takes_effect = models.BooleanField()
    problem = models.CharField(max_length=48)

    class Meta:
        db_table = "staged_reduction"
        indexes: ClassVar = [models.Index(fields=["sync_run_id"], name="staged_reduction_run")]


class StagedSegment(StagedRow):
    """A balance segment that a publish takes away (sign -1) or adds (sign 1), for its effect on the aging steps."""

    sign = models.SmallIntegerField()
    currency = models.CharField(max_length=3)
    due_date = models.DateField()
    issued_date = models.DateField()
    valid_from = models.DateField()
    valid_to = models.DateField()
    open_minor = models.BigIntegerField()

    class Meta:
        db_table = "staged_segment"
        indexes: ClassVar = [models.Index(fields=["sync_run_id"], name="staged_segment_run")]
