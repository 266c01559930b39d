"""Which report does this address ask for? The whole state of a page is in its query string, read once into a `State`.

A link shows a colleague the same thing, so what cannot be understood (a date that is none, a bucket that the company
does not have, a NUL) falls back to its default instead of failing, and defaults are left out of every link: the bare
address is canonical. Links are made here from the current state by changing a key, and no template builds one.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from aging.core.buckets import UNAPPLIED
from aging.core.dates import FIRST_YEAR, LAST_YEAR, month_end
from aging.queries.settings import Preferences, View

PAGE_SIZES = {"25": 25, "50": 50, "100": 100, "all": 500}
DEFAULT_SIZE = 50
LONGEST_QUERY = 100
MOST_PAGES = 999_999
LARGEST_ID = 2**63 - 1
BASES = {"due": "due", "issue": "issued"}
STATUSES = ("open", "settled", "excluded", "all")
TABS = ("statement", "history")

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"[0-9]{1,19}")
_CODE = re.compile(r"[a-z_]{1,48}")


@dataclass(frozen=True, slots=True)
class State:
    """`bucket` is a key of the scheme, "unapplied" or empty; `sort` is empty for the page's own order.

    `currency` is what the address names, which need not be one that anything is owed in.
    """

    today: date
    preferences: Preferences
    as_of: date
    basis: str
    currency: str = ""
    bucket: str = ""
    query: str = ""
    sort: str = ""
    page: int = 1
    size: int = DEFAULT_SIZE
    customer: int | None = None
    status: str = STATUSES[0]
    tab: str = TABS[0]
    with_settled: bool = False
    code: str = ""

    @property
    def view(self) -> View:
        return View(self.as_of, self.basis, self.preferences.scheme)

    @property
    def is_today(self) -> bool:
        return self.as_of == self.today

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def parameters(self) -> dict[str, str]:
        """What the address has to say; everything else is as it would be without."""
        said = {
            "as_of": "" if self.is_today else self.as_of.isoformat(),
            "ccy": self.currency,
            "basis": "" if self.basis == self.preferences.basis else _key_of(BASES, self.basis),
            "bucket": self._bucket_number(),
            "customer": "" if self.customer is None else str(self.customer),
            "status": "" if self.status == STATUSES[0] else self.status,
            "tab": "" if self.tab == TABS[0] else self.tab,
            "code": self.code,
            "settled": "yes" if self.with_settled else "",
            "q": self.query,
            "sort": self.sort,
            "page": "" if self.page == 1 else str(self.page),
            "per": "" if self.size == DEFAULT_SIZE else _key_of(PAGE_SIZES, self.size),
        }
        return {name: value for name, value in said.items() if value}

    def url(self, path: str, **changes: Any) -> str:
        """The address of `path` in this state with something changed, from its first page on."""
        parameters = replace(self, **{"page": 1, **changes}).parameters
        return f"{path}?{urlencode(parameters)}" if parameters else path

    def elsewhere(self, path: str, **changes: Any) -> str:
        """Another page, seen on the same day and basis; the filters of this one do not go along."""
        plain = State(self.today, self.preferences, self.as_of, self.basis)
        return plain.url(path, **changes)

    def _bucket_number(self) -> str:
        if self.bucket in ("", UNAPPLIED):
            return self.bucket
        return str(self.preferences.scheme.keys.index(self.bucket))


def read_state(
    given: Mapping[str, str], *, today: date, preferences: Preferences, orders: Collection[str] = ()
) -> State:
    """The state an address asks for. `orders` are the orders this page knows, without its default."""
    return State(
        today=today,
        preferences=preferences,
        as_of=_day(given.get("as_of", "")) or today,
        basis=BASES.get(given.get("basis", ""), preferences.basis),
        currency=_matching(_CURRENCY, given.get("ccy", "").strip().upper()),
        bucket=_bucket(given.get("bucket", ""), preferences.scheme.keys),
        query=_words(given.get("q", "")),
        sort=given["sort"] if given.get("sort") in orders else "",
        page=min(_whole(given.get("page", "")) or 1, MOST_PAGES),
        size=PAGE_SIZES.get(given.get("per", ""), DEFAULT_SIZE),
        customer=_whole(given.get("customer", "")),
        status=given["status"] if given.get("status") in STATUSES else STATUSES[0],
        tab=given["tab"] if given.get("tab") in TABS else TABS[0],
        with_settled=given.get("settled") == "yes",
        code=_matching(_CODE, given.get("code", "")),
    )


def month_end_before(day: date) -> date:
    """The last month end before `day`; the first day that can be asked for has none and stays."""
    before = day.replace(day=1)
    return before - timedelta(days=1) if before.year > FIRST_YEAR or before.month > 1 else day


def month_end_after(day: date) -> date:
    """The next month end after `day`, up to the last that can be asked for."""
    last = month_end(day)
    if last > day or (day.year, day.month) == (LAST_YEAR, 12):
        return last
    return month_end(day + timedelta(days=1))


def _day(text: str) -> date | None:
    if not _ISO_DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _whole(text: str) -> int | None:
    number = int(text) if _NUMBER.fullmatch(text) else 0
    return number if 0 < number <= LARGEST_ID else None


def _bucket(text: str, keys: tuple[str, ...]) -> str:
    if text == UNAPPLIED:
        return text
    return keys[int(text)] if _NUMBER.fullmatch(text) and int(text) < len(keys) else ""


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""


def _words(text: str) -> str:
    """What can be searched for: no control characters and no halves of characters, and not a novel."""
    return "".join(one for one in text if one.isprintable())[:LONGEST_QUERY].strip()


def _key_of(names: Mapping[str, Any], wanted: Any) -> str:
    return next(name for name, value in names.items() if value == wanted)
