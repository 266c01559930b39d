"""What does the reconciliation show? Verdicts per connection and currency, and each difference by its documents."""

from dataclasses import dataclass
from datetime import date, datetime

from aging.web.pages.common import EmptyState, Link, Notice
from tenants.pages import RunMark, Tone


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """Minor units. `reported` is None where the source's own report has no figure; `url` leads to the explanation."""

    currency: str
    ours: int
    balances: int
    reported: int | None
    difference: int
    tone: Tone
    state: str
    reason: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """None: not open on that side."""

    label: str
    url: str
    customer: str
    ours: int | None
    theirs: int | None
    difference: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """Documents with one cause; `rows` are the largest of `count`, and the sum is of all of them."""

    key: str
    title: str
    meaning: str
    count: int
    total: int
    rows: tuple[DifferenceRow, ...]


@dataclass(frozen=True, slots=True)
class ExplainedDifference:
    """One currency; `explained` and `unexplained` add up to `difference`."""

    key: str
    title: str
    currency: str
    difference: int
    explained: int
    unexplained: int
    unexplained_words: str
    groups: tuple[CauseGroup, ...]


@dataclass(frozen=True, slots=True)
class ConnectionVerdicts:
    key: str
    name: str
    system: str
    as_of: date | None
    compared_at: datetime | None
    run_url: str
    text: str
    rows: tuple[VerdictRow, ...]
    strip: tuple[RunMark, ...]
    explanations: tuple[ExplainedDifference, ...]


@dataclass(frozen=True, slots=True)
class ReconciliationPage:
    connections: tuple[ConnectionVerdicts, ...]
    notices: tuple[Notice, ...] = ()
    exports: tuple[Link, ...] = ()
    empty: EmptyState | None = None
