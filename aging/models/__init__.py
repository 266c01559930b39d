"""One company's receivables: what the source said, the ledger made of it, and what makes reading it fast.

Everything here lives in the company's own schema. Rows never point at the public schema: a connection is named by its
id alone. Amounts are integer minor units with the currency beside them; dates are in the company's time zone.
"""

from aging.models.ledger import AgingStep, BalanceSegment, DocumentHistory, LedgerEntry, LedgerEntryHistory
from aging.models.settings import ReportSettings
from aging.models.source import Application, Customer, Document, Finding, QuarantinedRecord, SourceAgedRow
from aging.models.staging import (
    StagedApplication,
    StagedCustomer,
    StagedDocument,
    StagedFinding,
    StagedReduction,
    StagedSegment,
    StagedTouched,
)
from aging.models.sync import Publication, SourceState

__all__ = [
    "AgingStep",
    "Application",
    "BalanceSegment",
    "Customer",
    "Document",
    "DocumentHistory",
    "Finding",
    "LedgerEntry",
    "LedgerEntryHistory",
    "Publication",
    "QuarantinedRecord",
    "ReportSettings",
    "SourceAgedRow",
    "SourceState",
    "StagedApplication",
    "StagedCustomer",
    "StagedDocument",
    "StagedFinding",
    "StagedReduction",
    "StagedSegment",
    "StagedTouched",
]
