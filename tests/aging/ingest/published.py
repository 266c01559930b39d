"""Ledgers of records put through staging and publish, and read back in the core's words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection, transaction

from aging.core.ledger import Ledger, build_ledger
from aging.core.records import Application, Customer, Document, DocumentKey, DocumentKind, Door
from aging.ingest.landing import source_state
from aging.ingest.publishing import publish_run
from aging.ingest.staging import stage_page
from aging.unified.documents import Mapped
from tenants.models import Company, Connection, SyncRun

CONNECTION_ID = 4_200_000
_run_ids = count(1_000)
_OWNED_BY_INVOICE = frozenset({Door.INVOICE_PAYMENTS})


class Records:
    """What a source holds now: documents by key, each with the claims that its own record carries."""

    def __init__(self) -> None:
        self.customers: dict[str, Customer] = {}
        self.documents: dict[DocumentKey, Document] = {}
        self.claims: dict[DocumentKey, tuple[Application, ...]] = {}

    def update(
        self, customers: Iterable[Customer], documents: Iterable[Document], applications: Iterable[Application]
    ) -> list[Mapped]:
        """Take in records as a sync brings them; a document replaces its own claims."""
        owned: defaultdict[DocumentKey, list[Application]] = defaultdict(list)
        for claim in applications:
            owned[owner_of(claim)].append(claim)
        mapped = []
        for customer in customers:
            self.customers[customer.source_id] = customer
            mapped.append(Mapped("contact", customer))
        for document in documents:
            self.documents[document.key] = document
            self.claims[document.key] = tuple(owned[document.key])
            mapped.append(Mapped(document.kind.value, document, self.claims[document.key]))
        return mapped

    def core_ledger(self) -> Ledger:
        claims = [claim for claims in self.claims.values() for claim in claims]
        return build_ledger(self.customers.values(), self.documents.values(), claims)


def owner_of(claim: Application) -> DocumentKey:
    if claim.door in _OWNED_BY_INVOICE:
        return DocumentKey(DocumentKind.INVOICE, claim.invoice_id)
    return DocumentKey(claim.credit_kind, claim.credit_id)


@contextmanager
def undone() -> Iterator[None]:
    """Everything inside is rolled back, so that one test may try many ledgers."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def publish(company: Company, mapped: list[Mapped]) -> None:
    run = SyncRun(pk=next(_run_ids), connection=Connection(pk=CONNECTION_ID, company=company, external_id="c"))
    source_state(CONNECTION_ID)
    stage_page(run.pk, CONNECTION_ID, 0, mapped, [])
    publish_run(run)


def entries_of(ledger: Ledger) -> Counter[tuple[Any, ...]]:
    """Entries as (document, day, kind) with their sums: how an amount is split on one day is nobody's business."""
    sums: Counter[tuple[Any, ...]] = Counter()
    for key, entries in ledger.entries.items():
        for entry in entries:
            sums[key.kind.value, key.source_id, entry.effective_date, entry.entry_kind.value] += entry.amount_minor
    return Counter({key: amount for key, amount in sums.items() if amount})


def published_entries() -> Counter[tuple[Any, ...]]:
    return Counter(
        {
            tuple(row[:4]): int(row[4])
            for row in _query(
                "SELECT d.kind, d.source_id, e.effective_date, e.entry_kind, sum(e.amount_minor) "
                "FROM ledger_entry e JOIN document d ON d.id = e.document_id GROUP BY 1, 2, 3, 4 "
                "HAVING sum(e.amount_minor) <> 0"
            )
        }
    )


def findings_of(ledger: Ledger) -> Counter[tuple[Any, ...]]:
    return Counter(
        (one.code, one.object_type, one.source_id, one.detail, one.amount_minor, one.currency)
        for one in ledger.findings
    )


def published_findings() -> Counter[tuple[Any, ...]]:
    return Counter(_query("SELECT code, object_type, source_id, detail, amount_minor, currency FROM finding"))


def _query(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
