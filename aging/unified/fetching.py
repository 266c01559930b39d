"""How is a whole list fetched quickly, without holding it in memory and without flooding the source?

Pages are fetched ahead of their turn while the list behaves: after a full page the next offsets are
predictable. The number in flight doubles from one to `workers`, so a short list costs no call in vain.
Whether a page fetched ahead may be used is not decided here but by the same check that every page must pass:
it has to share a row with what was read before. The first refusal stops the walk and cancels what has not
been sent.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from aging.unified.client import UnifiedClient
from aging.unified.decoding import Row
from aging.unified.objects import object_type as object_type_named
from aging.unified.paging import OVERLAP, PAGE_SIZE, Fetch, Page, iterate_pages


def fetch_all(
    client: UnifiedClient,
    connection_id: str,
    object_type: str,
    *,
    updated_gte: datetime | None = None,
    workers: int = 4,
    page_size: int = PAGE_SIZE,
    sort: str = "created_at",
) -> Iterator[list[Row]]:
    """The records of one kind, a list for each page, each id once; bad records as `Quarantined`.

    After a full pass, make a second one with `updated_gte` set to the first one's start minus a lookback: it
    brings what changed while the first was under way, which may include ids seen before.
    """

    def fetch(offset: int, limit: int) -> Page[Row]:
        return client.list_page(
            connection_id, object_type, offset=offset, limit=limit, sort=sort, updated_gte=updated_gte
        )

    may_ignore_offset = not object_type_named(object_type).is_ledger
    executor = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="unified") if workers > 1 else None
    try:
        source = _Ahead(fetch, executor, workers) if executor else fetch
        yield from iterate_pages(source, page_size=page_size, may_ignore_offset=may_ignore_offset)
    finally:
        if executor:
            executor.shutdown(wait=False, cancel_futures=True)


class _Ahead:
    """A fetch that also starts the ones that will be asked for next."""

    def __init__(self, fetch: Fetch[Row], executor: ThreadPoolExecutor, workers: int) -> None:
        self._fetch = fetch
        self._executor = executor
        self._workers = workers
        self._depth = 0
        self._started: dict[int, Future[Page[Row]]] = {}

    def __call__(self, offset: int, limit: int) -> Page[Row]:
        started = self._started.pop(offset, None)
        if started is None:
            self._give_up()
        page = started.result() if started else self._fetch(offset, limit)
        if len(page.rows) == limit:
            self._start_next(offset, limit, page.total)
        else:
            self._give_up()
        return page

    def _start_next(self, offset: int, limit: int, total: int | None) -> None:
        self._depth = min(self._workers, max(1, 2 * self._depth))
        step = limit - OVERLAP
        for following in range(offset + step, offset + step * self._depth + 1, step):
            if following not in self._started and (total is None or following < total):
                self._started[following] = self._executor.submit(self._fetch, following, limit)

    def _give_up(self) -> None:
        """The list did not continue as predicted: what was fetched ahead is not what will be asked for."""
        for started in self._started.values():
            started.cancel()
        self._started.clear()
        self._depth = 0
