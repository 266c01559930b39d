"""What did the address of a list ask for, and what is the address of the list beside it?

All state is in the query string; what is unknown or malformed is dropped and never an error.
"""

from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from tenants.pages import Pager

PAGE_SIZES = (50, 100, 200)
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class ListQuery:
    search: str = ""
    state: str = ""
    sort: str = ""
    page: int = 1
    per: int = PAGE_SIZES[0]

    @classmethod
    def read(cls, given: QueryDict, *, states: tuple[str, ...], sorts: tuple[str, ...] = ("",)) -> "ListQuery":
        search = given.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        return cls(
            search=search.encode("utf-8", "ignore").decode(),
            state=_one_of(given.get("state", ""), states, ""),
            sort=_one_of(given.get("sort", ""), sorts, sorts[0]),
            page=_number(given.get("page", ""), 1),
            per=_one_of(_number(given.get("per", ""), PAGE_SIZES[0]), PAGE_SIZES, PAGE_SIZES[0]),
        )

    @property
    def first(self) -> int:
        return (self.page - 1) * self.per

    def url(self, base: str, **changes: Any) -> str:
        """The same list with changes; back at its first page unless that is what changes."""
        wanted = replace(self, **{"page": 1, **changes})
        names = {"search": "q"}
        default = ListQuery()
        given = {
            names.get(field.name, field.name): getattr(wanted, field.name)
            for field in fields(wanted)
            if getattr(wanted, field.name) != getattr(default, field.name)
        }
        return f"{base}?{urlencode(given)}" if given else base

    def pager(self, base: str, *, shown: int, total: int) -> Pager:
        is_last = self.first + shown >= total
        most = PAGE_SIZES[-1]
        return Pager(
            first=self.first + 1 if shown else 0,
            last=self.first + shown,
            total=total,
            previous_url=self.url(base, page=self.page - 1) if self.page > 1 else "",
            next_url="" if is_last else self.url(base, page=self.page + 1),
            all_url=self.url(base, per=most) if self.per < total <= most else "",
        )


def _one_of(value: Any, allowed: tuple[Any, ...], otherwise: Any) -> Any:
    return value if value in allowed else otherwise


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) > 0 else otherwise
