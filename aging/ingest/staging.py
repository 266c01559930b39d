"""How do mapped records reach the staging tables? By binary COPY, one page a transaction.

A record's fingerprint covers all that a figure can depend on, claims and findings included, and leaves out the instant
of its last change: a record that only looks newer writes nothing.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import connection, transaction
from django.utils.timezone import now

from aging.core.records import Application, Customer, Document, Finding
from aging.models import QuarantinedRecord
from aging.unified.decoding import Quarantined
from aging.unified.documents import Mapped

_CUSTOMER = {
    "sync_run_id": "int8",
    "source_id": "text",
    "name": "text",
    "email": "text",
    "phone": "text",
    "currency": "text",
    "parent_source_id": "text",
    "is_active": "bool",
    "content_hash": "bytea",
}
_DOCUMENT = {
    "sync_run_id": "int8",
    "position": "int8",
    "kind": "text",
    "source_id": "text",
    "customer_source_id": "text",
    "number": "text",
    "status": "text",
    "counts": "bool",
    "is_pending": "bool",
    "currency": "text",
    "issued_date": "date",
    "due_date": "date",
    "settled_date": "date",
    "updated_date": "date",
    "total_minor": "int8",
    "balance_minor": "int8",
    "paid_minor": "int8",
    "refunded_payment_id": "text",
    "source_updated_at": "timestamptz",
    "content_hash": "bytea",
}
_APPLICATION = {
    "sync_run_id": "int8",
    "position": "int8",
    "owner_kind": "text",
    "owner_source_id": "text",
    "door": "int2",
    "credit_kind": "text",
    "credit_source_id": "text",
    "invoice_source_id": "text",
    "amount_minor": "int8",
    "currency": "text",
    "applied_date": "date",
}
_FINDING = {
    "sync_run_id": "int8",
    "code": "text",
    "object_type": "text",
    "source_id": "text",
    "detail": "text",
    "amount_minor": "int8",
    "currency": "text",
}

_encode = msgspec.json.Encoder().encode


def fingerprint(mapped: Mapped) -> bytes:
    """Sixteen bytes that change when the record, what it applies, or what is wrong with it changes."""
    return blake2b(_encode((mapped.record, mapped.applications, mapped.findings)), digest_size=16).digest()


def stage_page(
    run_id: int, connection_id: int, first_position: int, page: Iterable[Mapped], refused: Sequence[Quarantined]
) -> None:
    """Store one page in one transaction: what could be read, and what could not with its reason."""
    customers: list[tuple[Any, ...]] = []
    documents: list[tuple[Any, ...]] = []
    applications: list[tuple[Any, ...]] = []
    findings: list[tuple[Any, ...]] = []
    for position, mapped in enumerate(page, first_position):
        findings.extend(_finding_row(run_id, finding) for finding in mapped.findings)
        if isinstance(mapped.record, Customer):
            customers.append(_customer_row(run_id, mapped.record, fingerprint(mapped)))
            continue
        documents.append(_document_row(run_id, position, mapped, mapped.record))
        owner = (mapped.record.kind.value, mapped.record.source_id)
        applications.extend(_application_row(run_id, position, owner, one) for one in mapped.applications)
    with transaction.atomic():
        _copy("staged_customer", _CUSTOMER, customers)
        _copy("staged_document", _DOCUMENT, documents)
        _copy("staged_application", _APPLICATION, applications)
        _copy("staged_finding", _FINDING, findings)
        _quarantine(run_id, connection_id, refused)


def _copy(table: str, columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with cursor.copy(statement) as copy:
            copy.set_types(list(columns.values()))
            for row in rows:
                copy.write_row(row)


def _quarantine(run_id: int, connection_id: int, refused: Sequence[Quarantined]) -> None:
    QuarantinedRecord.objects.bulk_create(
        QuarantinedRecord(
            connection_id=connection_id,
            object_type=one.object_type,
            source_id=one.source_id,
            reason_code=one.reason_code,
            reason=one.reason,
            raw=one.raw,
            sync_run_id=run_id,
            created_at=now(),
        )
        for one in refused
    )


def _customer_row(run_id: int, one: Customer, content_hash: bytes) -> tuple[Any, ...]:
    return (
        run_id,
        one.source_id,
        one.name,
        one.email,
        one.phone,
        one.currency,
        one.parent_id,
        one.is_active,
        content_hash,
    )


def _document_row(run_id: int, position: int, mapped: Mapped, one: Document) -> tuple[Any, ...]:
    return (
        run_id,
        position,
        one.kind.value,
        one.source_id,
        one.customer_id,
        one.number,
        one.status,
        one.counts,
        one.is_pending,
        one.currency,
        one.issued_date,
        one.due_date,
        one.settled_date,
        one.updated_date,
        one.total_minor,
        one.balance_minor,
        one.paid_minor,
        one.refunded_payment_id,
        mapped.updated_at,
        fingerprint(mapped),
    )


def _application_row(run_id: int, position: int, owner: tuple[str, str], one: Application) -> tuple[Any, ...]:
    return (
        run_id,
        position,
        *owner,
        int(one.door),
        one.credit_kind.value,
        one.credit_id,
        one.invoice_id,
        one.amount_minor,
        one.currency,
        one.applied_date,
    )


def _finding_row(run_id: int, one: Finding) -> tuple[Any, ...]:
    return (run_id, one.code, one.object_type, one.source_id, one.detail, one.amount_minor, one.currency)
