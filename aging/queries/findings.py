"""What is odd at the source, and which records could not be read at all?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aging.models import Finding, QuarantinedRecord
from aging.queries import scripts
from aging.queries.documents import DocumentRow

MOST_OF_ONE_DOCUMENT = 100


@dataclass(frozen=True, slots=True)
class FindingRow:
    """`document_id` is None where the finding speaks of no document that the ledger holds."""

    code: str
    object_type: str
    source_id: str
    number: str
    document_id: int | None
    detail: str
    amount_minor: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """One code: how many there are, and some of them."""

    code: str
    count: int
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    connection_id: int
    object_type: str
    source_id: str
    reason: str
    raw: str
    sync_run_id: int
    created_at: datetime


def list_findings(*, code: str = "", first: int = 0, count: int) -> list[FindingGroup]:
    """Grouped by code, the most frequent first; of each code `count` from number `first` on."""
    parameters = {"code": code or None, "first": first + 1, "last": first + count}
    groups: dict[str, tuple[int, list[FindingRow]]] = {}
    for row in scripts.rows("findings", {**parameters, "connection": None, "kind": None, "source_id": None}):
        groups.setdefault(row["code"], (row.pop("count"), []))[1].append(_finding(row))
    return [FindingGroup(name, total, tuple(rows)) for name, (total, rows) in groups.items()]


def findings_of_document(document: DocumentRow) -> list[FindingRow]:
    parameters = {"connection": document.connection_id, "kind": document.kind, "source_id": document.source_id}
    found = scripts.rows("findings", {**parameters, "code": None, "first": 1, "last": MOST_OF_ONE_DOCUMENT})
    return [_finding(row) for row in found]


def list_all_findings(*, first: int, count: int) -> tuple[list[FindingRow], int]:
    """In the order in which they were found, and how many there are."""
    rows = scripts.rows("finding_list", {"limit": count, "offset": first})
    return [_finding(row) for row in rows], Finding.objects.count()


def count_quarantined() -> int:
    return QuarantinedRecord.objects.count()


def list_quarantined(*, first: int, count: int) -> list[QuarantinedRow]:
    """Newest first."""
    columns = ("connection_id", "object_type", "source_id", "reason", "raw", "sync_run_id", "created_at")
    found = QuarantinedRecord.objects.order_by("-created_at", "-id").values(*columns)
    return [QuarantinedRow(**row) for row in found[first : first + count]]


def _finding(row: Mapping[str, Any]) -> FindingRow:
    return FindingRow(**{name: value for name, value in row.items() if name != "count"})
