"""What does the aging report show? The page at `/`, and the table of customers it shares with `/customers`.

Three identities hold in every record built here, per currency: the tiles add up to `balance.gross`; gross
plus unapplied is `balance.net`; the rows of all pages add up to `totals`. Past due comes from days, never
from the buckets, because Current holds invoices up to 30 days late (R8).
"""

from dataclasses import dataclass
from datetime import date

from aging.web.pages.common import (
    CurrencyTab,
    EmptyState,
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
    TieOut,
)

_WIDE_FROM = 10**10


@dataclass(frozen=True, slots=True)
class Balance:
    """`change` is the ratio against the balance at `compared_with`, or None when there is none to compare."""

    net: int
    gross: int
    unapplied: int
    past_due: int
    past_due_share: float | None
    change: float | None = None
    compared_with: date | None = None


@dataclass(frozen=True, slots=True)
class CurrentSplit:
    """Current in its two shades, and when its undue part falls due."""

    not_due: int
    late: int
    due_in_7_days: int
    due_in_8_to_30_days: int
    due_later: int


@dataclass(frozen=True, slots=True)
class BucketTile:
    """`url` filters the table by this bucket, or clears that filter when the tile is pressed."""

    key: str
    label: str
    title: str
    swatch: str
    minor: int
    share: float | None
    customers: int
    url: str
    is_pressed: bool = False


@dataclass(frozen=True, slots=True)
class TrendColumn:
    """A month end; `amounts` in the legend's order, `url` is the report as of that day."""

    day: date
    amounts: tuple[int, ...]
    total: int
    past_due_share: float | None
    url: str


@dataclass(frozen=True, slots=True)
class Cell:
    minor: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """`cells` follow the buckets, `bar` the legend. `oldest_days` is None when nothing is late.

    `source` names the connection and is only set where the company has several.
    """

    id: str
    name: str
    url: str
    cells: tuple[Cell, ...]
    bar: tuple[int, ...]
    unapplied: int
    total: int
    past_due: int
    oldest_days: int | None = None
    oldest_swatch: str = "late"
    source: str = ""


@dataclass(frozen=True, slots=True)
class MatrixTotals:
    """The sum over all pages, `amounts` in the order of the buckets."""

    customers: int
    amounts: tuple[int, ...]
    unapplied: int
    total: int
    past_due: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Customers by bucket in one currency. `largest` is the gross amount that fills a whole mini bar.

    `headers` are customer, one a bucket, unapplied, total, overdue, oldest, in this order. `of_customers`
    counts the customers before search and bucket filter; `filter_note` puts that filter in words.
    """

    currency: str
    legend: tuple[LegendEntry, ...]
    headers: tuple[SortHeader, ...]
    rows: tuple[MatrixRow, ...]
    totals: MatrixTotals
    largest: int
    pager: Pager
    of_customers: int
    query: str = ""
    filter_note: str = ""
    clear_url: str = ""
    empty_text: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether the amounts have so many digits that the table scrolls sideways on any screen."""
        return abs(self.totals.total) >= _WIDE_FROM


@dataclass(frozen=True, slots=True)
class AgingPage:
    """`form_url` receives the filter form by GET with as_of, q and sort; `hidden` carries the rest of the
    state.

    `announcement` is read out after a change: "21 of 44 customers, total $1,289,332.28".
    With `empty` set there are no figures, and `balance` and what follows it may be left out.
    """

    period: Period
    freshness: Freshness
    tie_out: TieOut | None
    form_url: str
    tabs: tuple[CurrencyTab, ...] = ()
    hidden: tuple[HiddenField, ...] = ()
    sorts: tuple[Option, ...] = ()
    notices: tuple[Notice, ...] = ()
    exports: tuple[Link, ...] = ()
    announcement: str = ""
    empty: EmptyState | None = None
    balance: Balance | None = None
    current: CurrentSplit | None = None
    tiles: tuple[BucketTile, ...] = ()
    legend: tuple[LegendEntry, ...] = ()
    bar: tuple[int, ...] = ()
    trend: tuple[TrendColumn, ...] = ()
    measures: tuple[Measure, ...] = ()
    matrix: Matrix | None = None


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """The table alone, with the customers who owe nothing on request."""

    period: Period
    freshness: Freshness
    form_url: str
    tabs: tuple[CurrencyTab, ...] = ()
    hidden: tuple[HiddenField, ...] = ()
    sorts: tuple[Option, ...] = ()
    notices: tuple[Notice, ...] = ()
    exports: tuple[Link, ...] = ()
    announcement: str = ""
    empty: EmptyState | None = None
    includes_settled: bool = False
    settled_url: str = ""
    matrix: Matrix | None = None
