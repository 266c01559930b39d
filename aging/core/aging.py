"""How late is what is owed, as of a day?

One pass over the ledger gives a row for every document that is not zero on that day (R10), and the totals
of each customer and currency from the same rows, so that what is listed is what is summed. Past due is
counted from days and never derived from buckets: the current bucket holds amounts up to thirty days late
(R8). Days past due follow the report's basis, also in the totals: by issue date, an invoice is "past due"
from the day after its issue (R5).

Gross, net, not due and past due are each summed from the rows rather than derived from one another, so
that `check_identities` compares figures that could differ.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from aging.core.buckets import SPLIT, UNAPPLIED, BucketScheme
from aging.core.instalments import Instalment, split_by_schedule
from aging.core.ledger import Ledger
from aging.core.records import Document, DocumentKey, DocumentKind

Schedules = Mapping[DocumentKey, Sequence[Instalment]]
_NO_SCHEDULES: Schedules = {}


class Basis(StrEnum):
    """The date from which days past due are counted (R5)."""

    DUE = "due"
    ISSUED = "issued"


class CreditView(StrEnum):
    """Where credits are shown: in the unapplied column, or in the bucket of their own date (R7)."""

    SEPARATE = "separate"
    BY_DATE = "by_date"


class TotalsDisagree(ArithmeticError):
    """A report's figures do not add up (R8, R12)."""


@dataclass(frozen=True, slots=True)
class AgedPart:
    """An amount with its place in the report; an instalment that is paid has no place."""

    outstanding_minor: int
    days_past_due: int | None
    bucket: str | None


@dataclass(frozen=True, slots=True)
class AgedRow:
    """A document that is not zero; `due_missing` marks days counted from the issue date for want of another.

    An invoice payable in instalments is in bucket "split": `parts` says where its amounts are, and its days
    are those of the earliest part that is open. Every other row has itself as its only part.
    """

    document: Document
    outstanding_minor: int
    days_past_due: int | None
    bucket: str
    due_missing: bool
    parts: tuple[AgedPart, ...]


@dataclass(frozen=True, slots=True)
class BucketTotals:
    """Sums in minor units of one currency, credits negative."""

    buckets: Mapping[str, int]
    gross: int
    unapplied: int
    net: int
    not_due: int
    past_due: int


@dataclass(frozen=True, slots=True)
class AgingReport:
    """Totals by currency, and by customer and currency; whatever is zero throughout is left out (R9, R10)."""

    as_of: date
    basis: Basis
    scheme: BucketScheme
    rows: tuple[AgedRow, ...]
    totals: Mapping[str, BucketTotals]
    customers: Mapping[str, Mapping[str, BucketTotals]]


def age(
    ledger: Ledger,
    *,
    as_of: date,
    basis: str,
    scheme: BucketScheme,
    credits: str = CreditView.SEPARATE,
    schedules: Schedules = _NO_SCHEDULES,
) -> AgingReport:
    view = _View(as_of, Basis(basis), scheme, CreditView(credits))
    rows = tuple(
        _row(document, open_minor, view, schedules.get(key, ()))
        for key, document in ledger.documents.items()
        if (open_minor := ledger.open_minor(key, as_of=as_of))
    )
    report = AgingReport(as_of, view.basis, scheme, rows, total_by_currency(rows, scheme), _by_customer(rows, scheme))
    check_identities(report)
    return report


def check_identities(report: AgingReport) -> None:
    """Buckets, gross, net and past due agree, and customers add up to the total (R8, R12)."""
    held_currencies = {currency for held in report.customers.values() for currency in held}
    if held_currencies != set(report.totals):
        raise TotalsDisagree("a customer holds a currency that the report does not total")
    for currency, total in report.totals.items():
        of_customers = [held[currency] for held in report.customers.values() if currency in held]
        for part in (total, *of_customers):
            _require_identities(part)
        if add_totals(of_customers, report.scheme) != total:
            raise TotalsDisagree(f"the customers' totals in {currency} do not add up to the report's")
        listed = sum(row.outstanding_minor for row in report.rows if row.document.currency == currency)
        if listed != total.net:
            raise TotalsDisagree(f"the documents listed in {currency} do not add up to the report's net")


def _require_identities(totals: BucketTotals) -> None:
    if totals.gross != sum(totals.buckets.values()):
        raise TotalsDisagree("gross is not the sum of the buckets")
    if totals.net != totals.gross + totals.unapplied:
        raise TotalsDisagree("net is not gross plus unapplied")
    if totals.gross != totals.not_due + totals.past_due:
        raise TotalsDisagree("not due and past due do not add up to gross")


def total_by_currency(rows: Iterable[AgedRow], scheme: BucketScheme) -> dict[str, BucketTotals]:
    tallies: defaultdict[str, Tally] = defaultdict(lambda: Tally(scheme))
    for row in rows:
        tallies[row.document.currency].add_row(row)
    return {currency: tallies[currency].totals() for currency in sorted(tallies)}


def add_totals(totals: Iterable[BucketTotals], scheme: BucketScheme) -> BucketTotals:
    """The sum of totals in one and the same currency."""
    tally = Tally(scheme)
    for part in totals:
        for key, amount in part.buckets.items():
            tally.buckets[key] += amount
        tally.gross += part.gross
        tally.unapplied += part.unapplied
        tally.net += part.net
        tally.not_due += part.not_due
        tally.past_due += part.past_due
    return tally.totals()


@dataclass(slots=True)
class Tally:
    """Totals while they are being summed; `add_part` takes one amount with its place."""

    scheme: BucketScheme
    buckets: dict[str, int] = field(init=False)
    gross: int = 0
    unapplied: int = 0
    net: int = 0
    not_due: int = 0
    past_due: int = 0

    def __post_init__(self) -> None:
        self.buckets = dict.fromkeys(self.scheme.keys, 0)

    def add_row(self, row: AgedRow) -> None:
        for part in row.parts:
            if part.bucket is not None:
                self.add_part(part.bucket, part.days_past_due, part.outstanding_minor)

    def add_part(self, bucket: str, days_past_due: int | None, amount_minor: int) -> None:
        self.net += amount_minor
        if bucket == UNAPPLIED:
            self.unapplied += amount_minor
            return
        self.buckets[bucket] += amount_minor
        self.gross += amount_minor
        if days_past_due is not None and days_past_due >= 1:
            self.past_due += amount_minor
        else:
            self.not_due += amount_minor

    def totals(self) -> BucketTotals:
        return BucketTotals(dict(self.buckets), self.gross, self.unapplied, self.net, self.not_due, self.past_due)


@dataclass(frozen=True, slots=True)
class _View:
    """How the reader asked to see the ledger."""

    as_of: date
    basis: Basis
    scheme: BucketScheme
    credits: CreditView

    def days_since(self, day: date) -> int:
        return (self.as_of - day).days

    def bucket_of(self, day: date) -> str:
        return self.scheme.bucket_for(self.days_since(day)).key


def _row(document: Document, open_minor: int, view: _View, schedule: Sequence[Instalment]) -> AgedRow:
    if open_minor < 0 and view.credits is CreditView.SEPARATE:
        return _whole_row(document, open_minor, None, UNAPPLIED)
    if open_minor > 0 and schedule and view.basis is Basis.DUE:
        return _split_row(document, open_minor, view, schedule)
    since = basis_date(document, view.basis)
    row = _whole_row(document, open_minor, view.days_since(since), view.bucket_of(since))
    due_missing = view.basis is Basis.DUE and document.due_date is None and _is_invoice(document)
    return replace(row, due_missing=due_missing)


def _whole_row(document: Document, open_minor: int, days_past_due: int | None, bucket: str) -> AgedRow:
    part = AgedPart(open_minor, days_past_due, bucket)
    return AgedRow(document, open_minor, days_past_due, bucket, False, (part,))


def _split_row(document: Document, open_minor: int, view: _View, schedule: Sequence[Instalment]) -> AgedRow:
    """Each instalment in the bucket of its own due date (R11)."""
    parts = tuple(
        AgedPart(
            left,
            view.days_since(instalment.due_date),
            view.bucket_of(instalment.due_date) if left else None,
        )
        for instalment, left in split_by_schedule(open_minor, schedule)
    )
    earliest_open = next(part for part in parts if part.outstanding_minor)
    return AgedRow(document, open_minor, earliest_open.days_past_due, SPLIT, False, parts)


def _is_invoice(document: Document) -> bool:
    return document.kind is DocumentKind.INVOICE


def basis_date(document: Document, basis: Basis) -> date:
    """The due date only of an invoice: a credit's own date is the day it was given (R5, R7)."""
    if basis is Basis.DUE and document.due_date and _is_invoice(document):
        return document.due_date
    return document.issued_date


def _by_customer(rows: Iterable[AgedRow], scheme: BucketScheme) -> dict[str, dict[str, BucketTotals]]:
    by_customer: defaultdict[str, list[AgedRow]] = defaultdict(list)
    for row in rows:
        by_customer[row.document.customer_id].append(row)
    return {customer: total_by_currency(by_customer[customer], scheme) for customer in sorted(by_customer)}
