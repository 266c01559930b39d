"""What do the pages of one customer, of the invoices and of one document show?

An invoice's place in the report has to be traceable to the documents behind it, so the invoice page carries
a sentence (`why`) whose arithmetic is the ledger's, and beneath it the entries that sentence adds up.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from aging.web.pages.common import (
    Chip,
    EmptyState,
    Fact,
    Freshness,
    HiddenField,
    LegendEntry,
    Link,
    Measure,
    Notice,
    Option,
    Pager,
    Period,
    SortHeader,
    Tone,
)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """An open item. `is_due_assumed` marks a missing due date for which the issue date stands in (R5)."""

    id: str
    kind: str
    number: str
    url: str
    issued: date
    due: date | None
    days_past_due: int | None
    bucket: str
    swatch: str
    original: int
    open: int
    is_due_assumed: bool = False


@dataclass(frozen=True, slots=True)
class CreditLine:
    """An unapplied payment or credit memo; `open` is negative."""

    id: str
    kind: str
    number: str
    url: str
    day: date
    original: int
    open: int


@dataclass(frozen=True, slots=True)
class StatementSection:
    """Everything open in one currency: `items_total` plus `credits_total` is `net`."""

    currency: str
    past_due: int
    oldest_days: int | None
    bar: tuple[int, ...]
    items: tuple[StatementLine, ...]
    items_total: int
    credits: tuple[CreditLine, ...]
    credits_total: int
    net: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A movement and the balance after it, in its own currency."""

    day: date
    kind: str
    number: str
    url: str
    text: str
    currency: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """`tab` says which of the two, statement or history, this page shows; only that one is filled."""

    id: str
    name: str
    period: Period
    freshness: Freshness
    form_url: str
    facts: tuple[Fact, ...]
    statement_url: str
    history_url: str
    tab: Literal["statement", "history"] = "statement"
    hidden: tuple[HiddenField, ...] = ()
    source: Link | None = None
    legend: tuple[LegendEntry, ...] = ()
    sections: tuple[StatementSection, ...] = ()
    history: tuple[HistoryLine, ...] = ()
    history_pager: Pager | None = None
    measures: tuple[Measure, ...] = ()
    notices: tuple[Notice, ...] = ()
    exports: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    id: str
    number: str
    url: str
    customer: str
    customer_url: str
    issued: date
    due: date | None
    days_past_due: int | None
    bucket: str
    swatch: str
    currency: str
    original: int
    paid: int
    credited: int
    open: int
    status: str
    tone: Tone = "info"
    is_due_assumed: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """The filtered set in one currency, over all pages."""

    currency: str
    count: int
    original: int
    paid: int
    credited: int
    open: int


@dataclass(frozen=True, slots=True)
class SelectFilter:
    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class InvoicesPage:
    """`headers` are number, customer, issued, due, days, bucket, original, paid, credited, open, status."""

    period: Period
    freshness: Freshness
    form_url: str
    headers: tuple[SortHeader, ...]
    rows: tuple[InvoiceRow, ...]
    totals: tuple[InvoiceTotals, ...]
    pager: Pager
    query: str = ""
    filters: tuple[SelectFilter, ...] = ()
    hidden: tuple[HiddenField, ...] = ()
    chips: tuple[Chip, ...] = ()
    clear_url: str = ""
    notices: tuple[Notice, ...] = ()
    exports: tuple[Link, ...] = ()
    announcement: str = ""
    empty: EmptyState | None = None


@dataclass(frozen=True, slots=True)
class InvoiceEntry:
    """A movement of the ledger. `is_inferred` marks what follows from the source's balance (S5)."""

    day: date
    label: str
    document: str
    url: str
    amount: int
    balance: int
    is_inferred: bool = False
    is_pending: bool = False


@dataclass(frozen=True, slots=True)
class DocumentFinding:
    """A contradiction at the source, what we made of it, and what the reader can do."""

    title: str
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Also used for a credit memo, whose `open` is negative and whose `days_past_due` is None."""

    id: str
    kind: str
    number: str
    customer: str
    customer_url: str
    period: Period
    freshness: Freshness
    form_url: str
    currency: str
    status: str
    tone: Tone
    issued: date
    due: date | None
    days_past_due: int | None
    bucket: str
    swatch: str
    original: int
    paid: int
    credited: int
    open: int
    why: str
    facts: tuple[Fact, ...] = ()
    entries: tuple[InvoiceEntry, ...] = ()
    findings: tuple[DocumentFinding, ...] = ()
    hidden: tuple[HiddenField, ...] = ()
    source: Link | None = None
    notices: tuple[Notice, ...] = ()
