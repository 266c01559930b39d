"""The small records that every page is made of, whichever package fills them.

They stand at the bottom of the import order so that the operators' pages, the entry pages and the companies' pages can
share one set of template macros without one of them importing another.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["info", "warn", "bad", "good"]
RunState = Literal["queued", "running", "success", "partial", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class NavItem:
    """`icon` names a drawing in components/icons.html; `shortcut` is the second key after `g`."""

    icon: str
    label: str
    url: str
    count: int | None = None
    is_current: bool = False
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence about the page's figures, such as "Partial: payments not loaded yet"."""

    tone: Tone
    text: str
    action: Link | None = None


@dataclass(frozen=True, slots=True)
class EmptyState:
    """What stands in place of the figures. While `poll_url` is set the page asks again by itself."""

    title: str
    text: str = ""
    action: Link | None = None
    poll_url: str = ""


@dataclass(frozen=True, slots=True)
class SortHeader:
    """`key` also names the column for the style sheet; `direction` is empty unless the table is sorted by
    it.
    """

    key: str
    label: str
    url: str = ""
    direction: Literal["", "ascending", "descending"] = ""
    is_numeric: bool = True


@dataclass(frozen=True, slots=True)
class Pager:
    """The line "Showing 1-50 of 312". Totals cover all rows, never one page of them."""

    first: int
    last: int
    total: int
    previous_url: str = ""
    next_url: str = ""
    all_url: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter; `remove_url` is the same page without it."""

    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class RunMark:
    """One run in a strip of the last runs, oldest first; `text` is its title and its hidden words."""

    state: RunState
    text: str
    url: str = ""
