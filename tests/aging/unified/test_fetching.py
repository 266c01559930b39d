"""Whole lists from the local Unified.to, over real HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest

from aging.unified.client import UnifiedClient
from aging.unified.decoding import Quarantined
from aging.unified.errors import ForbiddenScope, NeedsReauth, PagingLoop, Paused, Unsupported
from aging.unified.fetching import fetch_all
from aging.unified.objects import OBJECT_TYPES
from aging.unified.paging import OVERLAP, PAGE_SIZE
from sandbox.faults import Rule
from sandbox.testing import Sandbox, serve
from tests.aging.unified.scripted import KEY, Asked, Play, reply, scripted

TODAY = date(2026, 3, 31)
INVOICE = {
    "type": "INVOICE",
    "status": "AUTHORIZED",
    "contact_id": "b904a339-89ff-471a-8ac8-5a6bfa861ee0",
    "currency": "EUR",
    "invoice_number": "INV-2026-000123",
    "posted_at": "2026-01-10T00:00:00Z",
    "due_at": "2026-02-09T00:00:00Z",
    "created_at": "2026-01-10T09:41:48.074Z",
    "updated_at": "2026-01-12T09:41:48.074Z",
    "total_amount": 1234.56,
    "balance_amount": 234.5,
    "paid_amount": 1000.06,
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve(today=TODAY) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[UnifiedClient]:
    sandbox.world.faults.clear()
    with UnifiedClient(sandbox.url, sandbox.api_key, sleep=lambda _: None) as made:
        yield made


def ids(client: UnifiedClient, connection_id: str, name: str, **options: object) -> list[str]:
    pages = fetch_all(client, connection_id, name, **options)  # type: ignore[arg-type]
    return [str(row.id) for page in pages for row in page if not isinstance(row, Quarantined)]


@pytest.mark.parametrize("kind", [one.name for one in OBJECT_TYPES])
@pytest.mark.parametrize("workers", [1, 4])
def test_every_kind_of_record_is_read_completely(
    sandbox: Sandbox, client: UnifiedClient, kind: str, workers: int
) -> None:
    connection = sandbox.connect("mid")
    found = ids(client, connection.id, kind, workers=workers)
    assert len(found) == len(set(found)) > 0
    if kind != "agedreceivable":
        assert set(found) == {row.id for row in sandbox.books(connection).rows(kind)}


def test_a_source_that_caps_its_pages_is_read_completely(sandbox: Sandbox, client: UnifiedClient) -> None:
    connection = sandbox.connect("small", page_max=30)
    found = ids(client, connection.id, "invoice")
    assert len(found) == len(list(sandbox.books(connection).rows("invoice")))


def test_a_source_that_ignores_the_offset_fails_instead_of_looking_complete(
    sandbox: Sandbox, client: UnifiedClient
) -> None:
    connection = sandbox.connect("small", ignored=["offset"])
    with pytest.raises(PagingLoop):
        ids(client, connection.id, "invoice")


def test_only_what_changed_since_a_moment_is_asked_for(sandbox: Sandbox, client: UnifiedClient) -> None:
    connection = sandbox.connect("small")
    since = datetime(2026, 3, 1, tzinfo=UTC)
    changed = ids(client, connection.id, "invoice", updated_gte=since)
    everything = ids(client, connection.id, "invoice")
    assert 0 < len(changed) < len(everything)


def test_a_short_list_costs_no_call_in_vain(sandbox: Sandbox, client: UnifiedClient) -> None:
    connection = sandbox.connect("small", total_count=True)
    ids(client, connection.id, "contact", workers=8)
    assert len([asked for asked in sandbox.requests if asked.connection_id == connection.id]) == 1


@pytest.mark.parametrize(
    ("wishes", "error"),
    [
        ({"health": "broken"}, NeedsReauth),
        ({"health": "paused"}, Paused),
        ({"unsupported": ["invoice"]}, Unsupported),
        ({"permissions": ["accounting_contact_read"]}, ForbiddenScope),
    ],
)
def test_the_states_of_a_connection_have_their_own_errors(
    sandbox: Sandbox, client: UnifiedClient, wishes: dict[str, object], error: type[Exception]
) -> None:
    connection = sandbox.connect("small")
    sandbox.world.connections.change(connection.id, wishes)
    with pytest.raises(error):
        ids(client, connection.id, "invoice")


@pytest.mark.parametrize("way", ["html", "truncated", "status"])
def test_a_failure_in_the_middle_is_repaired_without_loss(sandbox: Sandbox, client: UnifiedClient, way: str) -> None:
    connection = sandbox.connect("small")
    sandbox.world.faults.add(Rule(way=way, connection_id=connection.id, first=4, times=1))
    found = ids(client, connection.id, "invoice")
    assert len(found) == len(list(sandbox.books(connection).rows("invoice")))


def test_a_failure_that_stays_ends_the_walk_instead_of_the_list(sandbox: Sandbox, client: UnifiedClient) -> None:
    connection = sandbox.connect("small")
    sandbox.world.faults.add(Rule(connection_id=connection.id, status=401, first=4, times=None))
    pages = fetch_all(client, connection.id, "invoice", workers=4)
    with pytest.raises(NeedsReauth):
        list(pages)


@contextmanager
def long_list(count: int, before: Callable[[int], None] = lambda offset: None) -> Iterator[UnifiedClient]:
    """A client of a server with `count` invoices, prepared beforehand so that serving them costs next to nothing."""
    rows = [json.dumps(INVOICE | {"id": f"i{number:06}"}).encode() for number in range(count)]
    with scripted(reply()) as server:

        def play(asked: Asked) -> Play:
            offset = int(asked.target.partition("offset=")[2].partition("&")[0])
            before(offset)
            return reply(body=b"[" + b",".join(rows[offset : offset + 100]) + b"]")

        server.next_play = play  # type: ignore[method-assign]
        with UnifiedClient(server.url, KEY, sleep=lambda _: None) as client:
            yield client


def test_pages_are_really_fetched_at_the_same_time() -> None:
    """Four answers arrive only when four requests wait for one."""
    together = threading.Barrier(4, timeout=5)

    def before(offset: int) -> None:
        if 900 <= offset <= 1170:
            together.wait()

    with long_list(2_000, before) as client:
        found = ids(client, "c1", "invoice", workers=4)
    assert len(found) == len(set(found)) == 2_000


def test_leaving_early_stops_fetching(sandbox: Sandbox, client: UnifiedClient) -> None:
    connection = sandbox.connect("mid")
    pages = fetch_all(client, connection.id, "invoice", workers=2)
    next(pages)
    pages.close()  # type: ignore[attr-defined]
    assert len([asked for asked in sandbox.requests if asked.connection_id == connection.id]) <= 3


@pytest.mark.parametrize("workers", [1, 4])
def test_a_long_list_costs_one_request_a_page_and_a_few_to_be_sure_of_its_end(workers: int) -> None:
    asked: list[int] = []
    with long_list(9_000, asked.append) as client:
        found = ids(client, "c1", "invoice", workers=workers)
    assert len(found) == len(set(found)) == 9_000
    full_pages = 9_000 // (PAGE_SIZE - OVERLAP)
    assert full_pages <= len(asked) <= full_pages + 2 * workers
