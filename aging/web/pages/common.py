"""What do the pages share? The shell around them, and the small records every table and header is made of.

A template shows a page record and nothing else: no query, no arithmetic, no address built by hand. So a
record carries finished values (integer minor units with their currency, dates, ratios, whole sentences) and
finished addresses, and only the writing of a number is left to the template's filters. The refused choice
is passing the models and the request: it would let a template ask a question of its own, and a page could
then disagree with the report beside it.

The records that the operators' and the entry pages are made of too live in `tenants.pages` and are handed on here.

An address left empty means the person may not follow it: the template then shows the text without a link or
leaves the button out.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from tenants.pages import Chip, EmptyState, Fact, Link, NavItem, Notice, Option, Pager, SortHeader, Tone

__all__ = [
    "Chip",
    "CurrencyTab",
    "EmptyState",
    "Fact",
    "Freshness",
    "HiddenField",
    "LegendEntry",
    "Link",
    "Measure",
    "NavItem",
    "Notice",
    "Option",
    "Pager",
    "Period",
    "Shell",
    "SortHeader",
    "TieOut",
    "Tone",
    "initials",
]


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame around a company's pages: whose they are, who reads them, where one can go from here.

    `locale` ("en_US", "de_DE") decides how every figure on the page is written. `demo_note` and
    `operator_note` are whole sentences, shown above the page when not empty.
    """

    company_name: str
    user_name: str
    role: str
    nav: tuple[NavItem, ...]
    data_nav: tuple[NavItem, ...] = ()
    companies: tuple[Link, ...] = ()
    locale: str = "en_US"
    demo_note: str = ""
    operator_note: str = ""
    profile_url: str = ""
    shortcuts: bool = True

    @property
    def initials(self) -> str:
        return initials(self.company_name)


@dataclass(frozen=True, slots=True)
class Freshness:
    """`sync_url` takes a POST and is set for people who may ask for a sync; `url` leads to the runs.

    While a sync is running `poll_url` gives this same fragment (connections/_freshness.html) anew.
    """

    state: Literal["fresh", "stale", "failed", "running", "never"]
    text: str
    url: str = ""
    sync_url: str = ""
    poll_url: str = ""


@dataclass(frozen=True, slots=True)
class TieOut:
    """Whether our figures agree with the ledger's own (R12); green only when the difference is zero."""

    state: Literal["agrees", "differs", "unknown"]
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One colour of a bar. `swatch` is one of charts.SWATCHES; bars list their amounts in the legend's
    order.
    """

    swatch: str
    label: str


@dataclass(frozen=True, slots=True)
class HiddenField:
    """A part of the page's state that the filter form has to carry along unchanged."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class CurrencyTab:
    code: str
    minor: int
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """The as-of date, with the month ends before and after it; `is_today` when the address names no date."""

    as_of: date
    basis: Literal["due date", "issue date"]
    previous_url: str
    next_url: str
    today_url: str
    is_today: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of collection health. `value` is None when it cannot be computed, and `reason` then says
    why.

    `change` is written out with its sign ("−1.8 d"); `is_better` says what the change means, because for
    some measures down is good. `points` draw the small line, oldest first.
    """

    label: str
    note: str
    value: str | None
    reason: str = ""
    change: str = ""
    is_better: bool | None = None
    points: tuple[float, ...] = ()


def initials(name: str) -> str:
    """Two letters for the square beside a name: "Acme Holdings" is AH."""
    words = [word for word in name.split() if word[:1].isalnum()]
    letters = [word[0] for word in words[:2]] or ["?"]
    return "".join(letters).upper()
