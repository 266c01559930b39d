"""The business with fifty thousand invoices: whole, walkable, and readable by the vendor's client."""

import pytest
import requests
from unified_python_sdk import UnifiedTo
from unified_python_sdk.models import shared

from tests.sandbox.test_official_client import lists, offsets, rows_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def large(sandbox):
    return sandbox.connect("large", integration_type="xero")


def test_every_one_of_its_fifty_thousand_invoices_is_met_by_walking_the_pages(sandbox, large):
    ids, page = [], None
    with requests.Session() as session:
        session.headers.update(sandbox.headers)
        while page is None or page:
            params = {"limit": 100, "offset": len(ids), "fields": "id"}
            page = session.get(f"{sandbox.url}/accounting/{large.id}/invoice", params=params, timeout=60).json()
            ids += [row["id"] for row in page]
    assert len(ids) == len(set(ids)) == 50_000
    assert sandbox.books(large).count("contact") == 2000


def test_nothing_was_applied_to_invoices_older_than_the_ones_kept(sandbox, large):
    books = sandbox.books(large)
    kept = {row.id for row in books.rows("invoice")}
    assert all(part["object_id"] in kept for row in books.objects("payment") for part in row.get("allocations", []))
    assert all(part["object_id"] in kept for row in books.objects("creditmemo") for part in row.get("applications", []))


@pytest.mark.parametrize("kind", ["invoice", "contact", "payment", "creditmemo", "refund"])
def test_the_vendor_s_client_reads_its_pages(sandbox, large, kind):
    client = UnifiedTo(security=shared.Security(jwt=sandbox.api_key), server_url=sandbox.url, timeout_ms=60_000)
    call, request = lists(client)[kind]
    for offset in offsets(sandbox.books(large).count(kind)):
        assert rows_of(call(request=request(connection_id=large.id, limit=100, offset=offset)))
