"""What the accounting system said, record by record, and what was wrong with it."""

from typing import ClassVar

from django.db import models


class Customer(models.Model):
    """A contact that owes or may owe. `is_placeholder` marks one that documents name and the source never sent."""

    connection_id = models.BigIntegerField()
    source_id = models.TextField()
    name = models.TextField()
    email = models.TextField(default="")
    phone = models.TextField(default="")
    currency = models.CharField(max_length=3, default="")
    parent_source_id = models.TextField(default="")
    is_active = models.BooleanField(default=True)
    is_placeholder = models.BooleanField(default=False)
    content_hash = models.BinaryField(default=b"")

    class Meta:
        db_table = "customer"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection_id", "source_id"], name="customer_source_key")
        ]


class Document(models.Model):
    """An invoice, credit memo, payment or refund as `aging.core.records.Document` describes it.

    `counts` follows S2 and S4. `twin_of` names the memo that stands for this one when the source shows it twice (S1),
    and `deleted_at` marks what a confirmed sweep no longer found; neither has a place in the ledger.
    """

    connection_id = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    source_id = models.TextField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_index=False)
    number = models.TextField(default="")
    status = models.TextField(default="")
    counts = models.BooleanField(default=True)
    is_pending = models.BooleanField(default=False)
    twin_of = models.TextField(default="")
    currency = models.CharField(max_length=3)
    issued_date = models.DateField()
    due_date = models.DateField(null=True)
    settled_date = models.DateField(null=True)
    updated_date = models.DateField(null=True)
    total_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField(null=True)
    paid_minor = models.BigIntegerField(null=True)
    refunded_payment_id = models.TextField(default="")
    source_updated_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    changed_by_run = models.BigIntegerField(default=0)
    content_hash = models.BinaryField(default=b"")

    class Meta:
        db_table = "document"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection_id", "kind", "source_id"], name="document_source_key"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["invoice", "credit_memo", "payment", "refund"]),
                name="document_kind",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "issued_date"], name="document_customer"),
            models.Index(fields=["kind", "-issued_date", "id"], name="document_kind_newest"),
            models.Index(
                fields=["connection_id", "number"],
                condition=models.Q(kind__in=["invoice", "credit_memo"]) & ~models.Q(number=""),
                name="document_number",
            ),
            models.Index(
                fields=["connection_id", "refunded_payment_id"],
                condition=models.Q(kind="refund"),
                name="document_refund_of",
            ),
        ]


class Application(models.Model):
    """A claim that a payment or credit memo reduces an invoice, as seen through one door (S4).

    `owner_kind` and `owner_source_id` name the document whose record carried the claim: it replaces its own claims.
    """

    connection_id = models.BigIntegerField()
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
        db_table = "application"
        indexes: ClassVar = [
            models.Index(fields=["connection_id", "owner_kind", "owner_source_id"], name="application_owner"),
            models.Index(fields=["connection_id", "invoice_source_id"], name="application_invoice"),
            models.Index(fields=["connection_id", "credit_kind", "credit_source_id"], name="application_credit"),
        ]


class Finding(models.Model):
    """A contradiction that was kept and is shown (S6). `code` is a key of `aging.core.findings.CODES`.

    `origin` is "record" for what mapping one record showed, "ledger" for what building the ledger showed.
    """

    connection_id = models.BigIntegerField()
    origin = models.CharField(max_length=8)
    code = models.CharField(max_length=48)
    object_type = models.CharField(max_length=16)
    source_id = models.TextField()
    detail = models.TextField(default="")
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="")

    class Meta:
        db_table = "finding"
        indexes: ClassVar = [
            models.Index(fields=["connection_id", "object_type", "source_id"], name="finding_subject"),
            models.Index(fields=["code", "id"], name="finding_code"),
        ]


class QuarantinedRecord(models.Model):
    """A record that could not be read as money owed: not counted, listed with its reason and its raw text."""

    connection_id = models.BigIntegerField()
    object_type = models.CharField(max_length=16)
    source_id = models.TextField(default="")
    reason_code = models.CharField(max_length=48)
    reason = models.TextField()
    raw = models.TextField(default="")
    sync_run_id = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "quarantined_record"
        indexes: ClassVar = [
            models.Index(fields=["connection_id", "object_type", "source_id"], name="quarantine_subject")
        ]


class SourceAgedRow(models.Model):
    """What the source's own aged receivables say is open of one document, in the report a sync compared with (R12).

    Replaced by each comparison. `source_id` is empty for what the report lists without naming a document; several
    lines of one document are one row.
    """

    connection_id = models.BigIntegerField()
    sync_run_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source_id = models.TextField()
    open_minor = models.BigIntegerField()

    class Meta:
        db_table = "source_aged_row"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection_id", "currency", "source_id"], name="source_aged_row_document")
        ]
