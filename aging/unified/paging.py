"""How is a list read to its end while it changes, without losing a row?

The API pages by offset over live data. A row deleted before the offset shifts all others left, and plain
paging then steps over as many rows as were deleted. So every request overlaps the one before: a page that
shares a row with what was read already cannot have skipped any, because rows keep their order
(`sort=created_at`). If it shares none, we step back. The argument is about the pages' contents and not about
when they were fetched, which is why pages may also be fetched ahead of their turn.

A short page is not the end: some systems cap pages below the size asked for, some filter after fetching. The
end is a page with nothing new, and nothing after it either. What changed meanwhile is for a second pass with
`updated_gte` set to before the first began; deletions are found by what a full pass no longer shows.

Refused: trusting `X-Total-Count` alone (optional, and a moving target), and pages by number (the API has
none).
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from aging.unified.errors import PagingLoop

OVERLAP = 10
PAGE_SIZE = 100
REMEMBERED = 200_000  # ids; beyond, a list that shifts by as much may show a row twice, never lose one
_BARREN_CALLS = 50


class Identified(Protocol):
    @property
    def id(self) -> object: ...
    @property
    def updated_at(self) -> object: ...


R = TypeVar("R", bound=Identified)


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """The rows of one answer and the total that the source claims, if it does."""

    rows: Sequence[R]
    total: int | None = None


Fetch = Callable[[int, int], Page[R]]


def iterate_pages(
    fetch: Fetch[R], *, page_size: int = PAGE_SIZE, overlap: int = OVERLAP, may_ignore_offset: bool = False
) -> Iterator[list[R]]:
    """Lists of rows not seen before, until the end is confirmed; each id once.

    `may_ignore_offset` is for short reference lists that some systems answer whole, whatever the offset: the
    same answer again is then the end. For ledger records it is a `PagingLoop`, since a cap would look just the
    same.
    """
    return _Walk(fetch, page_size, overlap, may_ignore_offset).pages()


class _Walk(Generic[R]):
    def __init__(self, fetch: Fetch[R], page_size: int, overlap: int, may_ignore_offset: bool) -> None:
        self._fetch = fetch
        self._page_size = page_size
        self._overlap = overlap
        self._may_ignore_offset = may_ignore_offset
        self._position = 0  # how many rows of the list lie behind us
        self._seen: OrderedDict[object, None] = OrderedDict()
        self._anchors: deque[object] = deque(maxlen=2 * page_size)
        self._calls = 0
        self._fruitful = 0
        self._empty_starts = 0

    def pages(self) -> Iterator[list[R]]:
        while True:
            start = max(0, self._position - self._overlap)
            page = self._ask(start)
            if not page.rows and start == 0:
                self._empty_starts += 1
                if self._empty_starts == 2:
                    return
                continue
            if not self._joins(page.rows, start):
                self._step_back()
                continue
            fresh = self._take(page.rows)
            if fresh:
                yield fresh
            if self._is_end(page, start, bool(fresh)):
                return
            self._position = start + len(page.rows)

    def _ask(self, start: int) -> Page[R]:
        self._calls += 1
        if self._calls > _BARREN_CALLS + 3 * self._fruitful:
            raise PagingLoop(f"{self._calls} calls for {self._fruitful} pages")
        return self._fetch(start, self._page_size)

    def _joins(self, rows: Sequence[R], start: int) -> bool:
        """Whether nothing can lie between what was read and this page."""
        if start == 0 or self._overlap == 0:
            return bool(rows)
        anchors = set(self._anchors)
        return any(row.id in anchors for row in rows)

    def _step_back(self) -> None:
        self._position = max(0, self._position - max(1, self._page_size - self._overlap))

    def _take(self, rows: Sequence[R]) -> list[R]:
        fresh: dict[object, R] = {}
        for row in rows:
            if row.id not in self._seen and _is_newest(row, fresh.get(row.id)):
                fresh[row.id] = row
        self._anchors.extend(row.id for row in rows)
        self._seen.update(dict.fromkeys(fresh))
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        self._fruitful += bool(fresh)
        return list(fresh.values())

    def _is_end(self, page: Page[R], start: int, brought_new: bool) -> bool:
        behind = start + len(page.rows)
        if page.total is not None and behind >= page.total and len(page.rows) < self._page_size:
            return True
        return not brought_new and self._nothing_beyond(page, behind)

    def _nothing_beyond(self, page: Page[R], behind: int) -> bool:
        """Asks once more past a page that brought nothing new."""
        beyond = self._ask(behind)
        if not beyond.rows:
            return True
        if {row.id for row in beyond.rows} == {row.id for row in page.rows}:
            if self._may_ignore_offset:
                return True
            raise PagingLoop("another offset gave the same records")
        if len(page.rows) <= self._overlap:  # the source caps its pages below our overlap
            self._overlap = len(page.rows) // 2
        return False


def _is_newest(row: Identified, other: Identified | None) -> bool:
    """Of a record given twice in one page, the one changed last stands; of equals, the later."""
    return other is None or str(row.updated_at or "") >= str(other.updated_at or "")
