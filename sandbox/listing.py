"""Which rows does a list request select, in which order, and which page of them is sent?

Follows the vendor's documented parameters: `limit=100.0` is a number, `updated_gte` includes its own
instant, `raw` comes only when named in `fields`. A connection may be told to ignore a parameter, since
integrations do. The last few selections are remembered, because a client walks the pages of one selection;
any change of the books forgets them.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from starlette.datastructures import QueryParams

from sandbox.agedreceivable import aged_receivables
from sandbox.books import Books, Row
from sandbox.wire import MalformedInstant, Object, encode, instant

_SORTS: dict[str, Callable[[Row], tuple[object, str]]] = {
    "created_at": lambda row: (row.created, row.id),
    "updated_at": lambda row: (row.updated, row.id),
    "name": lambda row: (row.name, row.id),
}
_REMEMBERED = 8


class BadQuery(ValueError):
    """A parameter the vendor would answer with 400."""


@dataclass(frozen=True, slots=True)
class Query:
    limit: int
    offset: int
    fields: tuple[str, ...]
    sort: str = ""
    descending: bool = False
    updated_gte: int | None = None
    start_gte: int | None = None
    end_lt: int | None = None
    contact_id: str = ""
    org_id: str = ""
    type: str = ""
    refers_to: str = ""
    query: str = ""

    @property
    def selection(self) -> tuple[object, ...]:
        return (
            self.sort, self.descending, self.updated_gte, self.start_gte, self.end_lt,
            self.contact_id, self.org_id, self.type, self.refers_to, self.query,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    body: bytes
    total: int


def read_query(params: QueryParams, *, default_limit: int, page_max: int, ignored: frozenset[str]) -> Query:
    def text(key: str) -> str:
        return "" if key in ignored else params.get(key, "")

    sort, order = text("sort"), text("order")
    if sort and sort not in _SORTS:
        raise BadQuery(f"sort={sort!r} is not supported")
    return Query(
        limit=min(_whole(text("limit"), default_limit, "limit"), page_max),
        offset=_whole(text("offset"), 0, "offset"),
        fields=field_names(params),
        sort=sort,
        descending=order == "desc",
        updated_gte=_instant(text("updated_gte")),
        start_gte=_instant(text("start_gte")),
        end_lt=_instant(text("end_lt")),
        contact_id=text("contact_id"),
        org_id=text("org_id"),
        type=text("type"),
        refers_to=text("invoice_id") or text("payment_id"),
        query=text("query").casefold(),
    )


def field_names(params: QueryParams) -> tuple[str, ...]:
    """`fields=a&fields=b` and `fields=a,b` are both seen in first-party code."""
    return tuple(name for value in params.getlist("fields") for name in value.split(",") if name)


def _whole(text: str, default: int, name: str) -> int:
    if not text:
        return default
    try:
        number = int(float(text))
    except (ValueError, OverflowError) as error:
        raise BadQuery(f"{name}={text!r} is not a number") from error
    if number < 0:
        raise BadQuery(f"{name}={text!r} is negative")
    return number


def _instant(text: str) -> int | None:
    try:
        return instant(text.replace(" ", "+")) if text else None
    except MalformedInstant as error:
        raise BadQuery(f"{text!r} is not a date or time") from error


@dataclass(slots=True)
class Shelf:
    """A company's remembered selections."""

    books: Books
    _version: int = -1
    _selections: OrderedDict[tuple[object, ...], list[Row]] = field(default_factory=OrderedDict)
    _aged: dict[tuple[date, str], list[Object]] = field(default_factory=dict)

    def page(self, kind: str, query: Query) -> Page:
        rows = self._select(kind, query)
        chosen = rows[query.offset : query.offset + query.limit]
        bodies = (row.body for row in chosen) if not query.fields else (_projected(r, query.fields) for r in chosen)
        return Page(b"[" + b",".join(bodies) + b"]", len(rows))

    def aged(self, as_of: date, contact_id: str = "") -> list[Object]:
        self._forget_if_changed()
        key = (as_of, contact_id)
        if key not in self._aged:
            self._aged = {key: aged_receivables(self.books, as_of, contact_id)}
        return self._aged[key]

    def _forget_if_changed(self) -> None:
        if self._version != self.books.version:
            self._selections.clear()
            self._aged = {}
            self._version = self.books.version

    def _select(self, kind: str, query: Query) -> list[Row]:
        self._forget_if_changed()
        key = (kind, *query.selection)
        if key not in self._selections:
            self._selections[key] = _matching(self.books, kind, query)
            while len(self._selections) > _REMEMBERED:
                self._selections.popitem(last=False)
        self._selections.move_to_end(key)
        return self._selections[key]


def _matching(books: Books, kind: str, query: Query) -> list[Row]:
    rows = [row for row in books.rows(kind) if _wanted(row, query)]
    if query.sort:
        rows.sort(key=_SORTS[query.sort], reverse=query.descending)
    return rows


def _wanted(row: Row, query: Query) -> bool:
    return not (
        (query.updated_gte is not None and row.updated < query.updated_gte)
        or (query.start_gte is not None and row.dated < query.start_gte)
        or (query.end_lt is not None and row.dated >= query.end_lt)
        or (query.contact_id and row.contact_id != query.contact_id)
        or (query.org_id and row.organization_id != query.org_id)
        or (query.type and row.type != query.type)
        or (query.refers_to and query.refers_to not in row.refers_to)
        or (query.query and query.query not in row.name.casefold())
    )


def _projected(row: Row, fields: tuple[str, ...]) -> bytes:
    found = row.object_with_raw() if "raw" in fields else row.object()
    return encode(project(found, fields))


def project(found: Mapping[str, object], fields: tuple[str, ...]) -> Object:
    """The id always; unknown names are ignored; a dotted name (`raw.x`) asks for its first part."""
    wanted = {"id", *(name.partition(".")[0] for name in fields)}
    return {key: value for key, value in found.items() if key in wanted}
