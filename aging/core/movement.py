"""How did what is owed get from one day to another?

Opening and closing are the reports of two days (`aging.core.aging`): every bucket, and the unapplied column. Between
them stands everything that happened after the first day, up to and including the second, and nothing else:

- M1 Every ledger entry stands in one line, by what it is: invoiced; payments (cash received and what it was applied
  to); credits (memos given and what they were applied to); adjustments; reversals; refunds. An application takes from
  a bucket what it gives back to the unapplied column, so that over all columns the line of payments is the cash.
- M2 An entry stands in the bucket in which its document stood on the entry's day. Amounts age at the turn of the day,
  entries come after it; entries of one line, document and day are one. Where an entry takes a document from owed to
  credit, each side stands in its own column.
- M3 An open amount that reaches the next bucket's first day is aged out of the one and into the other, at every edge
  that it crosses, without any entry.
- M4 Flows say what became of what: each document's opening amount is still open in the bucket of the closing, or was
  settled (used, for credits); what was opened in the period comes from "new". What came and went within the period
  flows from new to settled or used. Of an amount that fell and rose again, what is left stays the old one.
- M5 Where the opening is one that was reported earlier, two lines lead to the opening as known now: re-dated (the same
  amount in another bucket, because a date was changed since) and restated (everything else that was changed since).

All amounts are signed as receivables: opening + every line = closing, in each column and in total. The alternative to
M2, to count an entry in the bucket of the opening, was refused: a payment of what fell 31 days late meanwhile would not
be found in the bucket in which it was collected. Documents are taken whole; a schedule of instalments is not followed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from aging.core.aging import Basis, BucketTotals, age, basis_date
from aging.core.buckets import UNAPPLIED, BucketScheme
from aging.core.ledger import Entry, EntryKind, Ledger
from aging.core.records import Document, DocumentKey, DocumentKind

NEW, SETTLED, USED = "new", "settled", "used"


class Line(StrEnum):
    """In the order in which they are told; on one day, entries count in this order too."""

    RESTATED = "restated"
    REDATED = "redated"
    INVOICED = "invoiced"
    PAYMENTS = "payments"
    CREDITS = "credits"
    ADJUSTMENTS = "adjustments"
    REVERSALS = "reversals"
    REFUNDS = "refunds"
    AGED_IN = "aged_in"
    AGED_OUT = "aged_out"


ENTRY_LINES = (Line.INVOICED, Line.PAYMENTS, Line.CREDITS, Line.ADJUSTMENTS, Line.REVERSALS, Line.REFUNDS)
_LINE_OF_ISSUE = {
    DocumentKind.INVOICE: Line.INVOICED,
    DocumentKind.PAYMENT: Line.PAYMENTS,
    DocumentKind.CREDIT_MEMO: Line.CREDITS,
}
_LINE_OF_ENTRY = {
    EntryKind.PAYMENT: Line.PAYMENTS,
    EntryKind.CREDIT: Line.CREDITS,
    EntryKind.ADJUSTMENT: Line.ADJUSTMENTS,
    EntryKind.REVERSAL: Line.REVERSALS,
    EntryKind.REFUND: Line.REFUNDS,
}


class BadPeriod(ValueError):
    """A period ends on the day it opens, or later."""


class MovementDisagrees(ArithmeticError):
    """Opening and lines do not lead to the closing, or the flows to neither."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the end of one day to the end of another, and how the reports of both are asked for."""

    opened_on: date
    closed_on: date
    basis: str
    scheme: BucketScheme

    def __post_init__(self) -> None:
        if self.closed_on < self.opened_on:
            raise BadPeriod(f"the period ends on {self.closed_on}, before it opens on {self.opened_on}")

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.scheme.keys, UNAPPLIED)


Columns = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Movement:
    """One currency, in minor units. Columns are the buckets' keys and "unapplied"; what is zero may be missing.

    `flows` maps (from, to) to an amount: from a column or "new", to a column, "settled" or "used" (M4).
    """

    currency: str
    period: Period
    opening: Columns
    lines: Mapping[Line, Columns]
    closing: Columns
    flows: Mapping[tuple[str, str], int]

    def total(self, line: Line) -> int:
        return sum(self.lines.get(line, {}).values())


@dataclass(frozen=True, slots=True)
class Standing:
    """What one document had open on a day, and from which date its days count; for what was told of it when (M5)."""

    open_minor: int
    basis_date: date


def build_movements(ledger: Ledger, period: Period, *, reported: Ledger | None = None) -> dict[str, Movement]:
    """By currency. With `reported`, the opening is the one that that earlier ledger gave for its day (M5)."""
    tallies: dict[str, _Tally] = {}
    for key, document in ledger.documents.items():
        if ledger.entries[key]:
            tally = tallies.setdefault(document.currency, _Tally(period))
            tally.add_document(document, ledger.entries[key])
    if reported:
        _restate(tallies, period, reported, ledger)
    first = _totals(reported or ledger, period.opened_on, period)
    last = _totals(ledger, period.closed_on, period)
    movements = {
        currency: tallies[currency].movement(currency, first.get(currency), last.get(currency))
        for currency in sorted(tallies)
    }
    return {currency: one for currency, one in movements.items() if one.flows or any(one.lines.values())}


def check_movement(movement: Movement) -> Movement:
    """The movement itself, once it is known to add up (R12). Raises MovementDisagrees."""
    for column in movement.period.columns:
        moved = sum(amounts.get(column, 0) for amounts in movement.lines.values())
        opening, closing = movement.opening.get(column, 0), movement.closing.get(column, 0)
        if opening + moved != closing:
            raise MovementDisagrees(f"{column}: {opening} and {moved} are not {closing}")
        known = opening + sum(movement.lines.get(line, {}).get(column, 0) for line in (Line.RESTATED, Line.REDATED))
        if sum(amount for (source, _), amount in movement.flows.items() if source == column) != known:
            raise MovementDisagrees(f"what flows out of {column} is not its opening")
        if sum(amount for (_, target), amount in movement.flows.items() if target == column) != closing:
            raise MovementDisagrees(f"what flows into {column} is not its closing")
    if movement.total(Line.AGED_IN) + movement.total(Line.AGED_OUT) or movement.total(Line.REDATED):
        raise MovementDisagrees("what moves between buckets must not change the total")
    return movement


def columns_of(totals: BucketTotals | None) -> dict[str, int]:
    """A report's totals as the columns of a movement; none for a currency in which nothing was open."""
    return {**totals.buckets, UNAPPLIED: totals.unapplied} if totals else {}


def restate(
    lines: dict[Line, Counter[str]], period: Period, *, reported: Standing | None, known: Standing | None
) -> None:
    """Take one document from the opening that was reported to the one known now, in one currency (M5)."""
    before, after = (_placed(one, period) for one in (reported, known))
    if before == after:
        return
    stayed = _stayed(before[1], after[1])
    lines[Line.REDATED].update({before[0]: -stayed})
    lines[Line.REDATED].update({after[0]: stayed})
    lines[Line.RESTATED].update({before[0]: stayed - before[1]})
    lines[Line.RESTATED].update({after[0]: after[1] - stayed})


def _placed(standing: Standing | None, period: Period) -> tuple[str, int]:
    if standing is None or not standing.open_minor:
        return "", 0
    return _column(standing.open_minor, standing.basis_date, period.opened_on, period.scheme), standing.open_minor


def _column(amount_minor: int, since: date, day: date, scheme: BucketScheme) -> str:
    return UNAPPLIED if amount_minor < 0 else scheme.bucket_for((day - since).days).key


def _stayed(before: int, after: int) -> int:
    """The part of an amount that is still the same after it changed: none across zero."""
    if (before > 0) != (after > 0):
        return 0
    return min(before, after, key=abs)


def _totals(ledger: Ledger, day: date, period: Period) -> Mapping[str, BucketTotals]:
    return age(ledger, as_of=day, basis=period.basis, scheme=period.scheme).totals


def _restate(tallies: dict[str, "_Tally"], period: Period, reported: Ledger, ledger: Ledger) -> None:
    for key in {**reported.documents, **ledger.documents}:
        told, known = (_standings(one, key, period) for one in (reported, ledger))
        for currency in {**told, **known}:
            lines = tallies.setdefault(currency, _Tally(period)).lines
            restate(lines, period, reported=told.get(currency), known=known.get(currency))


def _standings(ledger: Ledger, key: DocumentKey, period: Period) -> dict[str, Standing]:
    """Nothing or one: the document's standing at the opening, under its currency."""
    document = ledger.documents.get(key)
    if document is None:
        return {}
    open_minor = ledger.open_minor(key, as_of=period.opened_on)
    return {document.currency: Standing(open_minor, basis_date(document, Basis(period.basis)))}


@dataclass(frozen=True, slots=True)
class _Step:
    """The entries of one line of one document on one day, with what was open before and after."""

    day: date
    line: Line
    before: int
    after: int


@dataclass(slots=True)
class _Tally:
    """One currency's lines and flows while documents are being added."""

    period: Period
    lines: dict[Line, Counter[str]] = field(default_factory=lambda: {line: Counter() for line in Line})
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add_document(self, document: Document, entries: Iterable[Entry]) -> None:
        since = basis_date(document, Basis(self.period.basis))
        opened = sum(entry.amount_minor for entry in entries if entry.effective_date <= self.period.opened_on)
        steps = list(_steps(document, entries, self.period, opened))
        for step in steps:
            for amount, sign in ((step.before, -1), (step.after, 1)):
                if amount:
                    column = _column(amount, since, step.day, self.period.scheme)
                    self.lines[step.line][column] += sign * amount
        self._age(since, opened, steps)
        self._flow(since, opened, steps)

    def _age(self, since: date, opened: int, steps: Iterable[_Step]) -> None:
        """Each stretch between two changes crosses the edges that lie between their days (M3)."""
        keys, scheme = self.period.scheme.keys, self.period.scheme
        day, amount = self.period.opened_on, opened
        ends = [*((step.day, step.after) for step in steps), (self.period.closed_on, 0)]
        for until, after in ends:
            if amount > 0:
                first, last = (keys.index(scheme.bucket_for((on - since).days).key) for on in (day, until))
                for number in range(first, last):
                    self.lines[Line.AGED_OUT][keys[number]] -= amount
                    self.lines[Line.AGED_IN][keys[number + 1]] += amount
            day, amount = until, after

    def _flow(self, since: date, opened: int, steps: list[_Step]) -> None:
        """Owed and credit apart: what stayed, what was new, what went (M4)."""
        closed = steps[-1].after if steps else opened
        for sign, gone in ((1, SETTLED), (-1, USED)):
            first, last = _side(opened, sign), _side(closed, sign)
            risen = sum(max(_side(step.after, sign) - _side(step.before, sign), 0) for step in steps)
            stayed = min(first, last)
            source = _column(sign, since, self.period.opened_on, self.period.scheme)
            target = _column(sign, since, self.period.closed_on, self.period.scheme)
            new = last - stayed
            self.flows[source, target] += sign * stayed
            self.flows[source, gone] += sign * (first - stayed)
            self.flows[NEW, target] += sign * new
            self.flows[NEW, gone] += sign * (risen - new)

    def movement(self, currency: str, first: BucketTotals | None, last: BucketTotals | None) -> Movement:
        lines = {line: {column: amount for column, amount in self.lines[line].items() if amount} for line in Line}
        flows = {cell: amount for cell, amount in self.flows.items() if amount}
        return check_movement(
            Movement(currency, self.period, columns_of(first), lines, columns_of(last), flows),
        )


def _side(amount: int, sign: int) -> int:
    """What of an amount is owed (1) or credit (-1), without its sign."""
    return max(sign * amount, 0)


def _steps(document: Document, entries: Iterable[Entry], period: Period, opened: int) -> Iterator[_Step]:
    sums: Counter[tuple[date, Line]] = Counter()
    for entry in entries:
        if period.opened_on < entry.effective_date <= period.closed_on:
            sums[entry.effective_date, line_of(document.kind, entry.entry_kind)] += entry.amount_minor
    order = tuple(Line)
    before = opened
    for (day, line), amount in sorted(sums.items(), key=lambda one: (one[0][0], order.index(one[0][1]))):
        if amount:
            yield _Step(day, line, before, before + amount)
            before += amount


def line_of(kind: DocumentKind, entry_kind: EntryKind) -> Line:
    """The line in which an entry stands (M1)."""
    return _LINE_OF_ISSUE[kind] if entry_kind is EntryKind.ISSUED else _LINE_OF_ENTRY[entry_kind]
