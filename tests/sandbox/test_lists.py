"""Paging, filtering and projecting, over HTTP."""

import json
from decimal import Decimal

import pytest


def walk(get, path, limit, **params):
    """All rows of a list, advancing by what was received, as a careful client does."""
    rows, page = [], None
    while page is None or page:
        page = get(path, limit=limit, offset=len(rows), **params).json()
        rows += page
    return rows


@pytest.fixture
def small(sandbox):
    return sandbox.connect("small", integration_type="xero")


def test_walking_the_pages_meets_every_invoice_once(sandbox, get, small):
    rows = walk(get, f"/accounting/{small.id}/invoice", 73)
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)) == sandbox.books(small).count("invoice") > 1000


def test_a_page_holds_at_most_a_hundred_rows_and_limits_may_be_floats(get, small):
    path = f"/accounting/{small.id}/invoice"
    assert len(get(path, limit="1000.0").json()) == 100
    assert len(get(path, limit="7.0", offset="2.0").json()) == 7
    assert get(path, limit=3).json()[1:] == get(path, limit="2.0", offset="1.0").json()


def test_an_integration_may_serve_shorter_pages(sandbox, get):
    freshbooks = sandbox.connect("small", integration_type="freshbooks")
    assert len(get(f"/accounting/{freshbooks.id}/invoice", limit=100).json()) == 50


def test_updated_gte_includes_its_own_instant_and_reads_dates_as_utc(get, small):
    path = f"/accounting/{small.id}/invoice"
    stamps = sorted(row["updated_at"] for row in walk(get, path, 100))
    chosen = stamps[len(stamps) // 2]
    found = walk(get, path, 100, updated_gte=chosen)
    assert min(row["updated_at"] for row in found) == chosen
    assert len(found) == sum(stamp >= chosen for stamp in stamps)
    day = chosen[:10]
    assert len(walk(get, path, 100, updated_gte=day)) == sum(stamp >= f"{day}T00:00:00" for stamp in stamps)
    assert len(walk(get, path, 100, updated_gte=f"{day}T05:30:00+05:30")) == len(walk(get, path, 100, updated_gte=day))


@pytest.mark.parametrize("key", ["created_at", "updated_at", "name"])
def test_lists_sort_both_ways(get, small, key):
    path = f"/accounting/{small.id}/contact"
    rising = [row[key] for row in walk(get, path, 100, sort=key, order="asc")]
    falling = [row[key] for row in walk(get, path, 100, sort=key, order="desc")]
    assert rising == sorted(rising) and falling == rising[::-1] and len(set(rising)) > 1


def test_fields_may_be_repeated_or_joined_and_always_carry_the_id(get, small):
    path = f"/accounting/{small.id}/invoice"
    joined = get(path, limit=2, fields="total_amount,no_such_field").json()
    repeated = get(path, limit=2, fields=["total_amount", "no_such_field"]).json()
    assert joined == repeated
    assert set(joined[0]) == {"id", "total_amount"}


def test_a_list_asked_for_again_shows_what_was_booked_in_between(sandbox, get, small):
    path = f"/accounting/{small.id}/invoice"
    before = get(path, limit=1, sort="created_at", order="desc").json()
    booked = sandbox.post(small, "add_invoice", total=9)[0]
    after = get(path, limit=1, sort="created_at", order="desc").json()
    assert after[0]["id"] == booked["id"] != before[0]["id"]


def test_raw_is_sent_only_when_asked_for(sandbox, get):
    row = {"id": "i-1", "total_amount": 5, "raw": {"DocNumber": "77"}}
    recorded = sandbox.connect("recorded-with-raw", recorded={"invoice": [row]})
    path = f"/accounting/{recorded.id}/invoice"
    assert "raw" not in get(path).json()[0] and "raw" not in get(f"{path}/i-1").json()
    assert get(path, fields="raw").json() == [{"id": "i-1", "raw": {"DocNumber": "77"}}]


def test_invoices_filter_by_contact_and_type(get, small):
    path = f"/accounting/{small.id}/invoice"
    contact = get(path, limit=1).json()[0]["contact_id"]
    theirs = walk(get, path, 100, contact_id=contact)
    assert theirs and {row["contact_id"] for row in theirs} == {contact}
    assert get(path, type="CREDITMEMO").json() == []


def test_payments_filter_by_the_invoice_they_paid(sandbox, get, small):
    payment = next(p for p in sandbox.books(small).objects("payment") if p.get("allocations"))
    invoice_id = payment["allocations"][0]["object_id"]
    found = get(f"/payment/{small.id}/payment", invoice_id=invoice_id).json()
    assert payment["id"] in {row["id"] for row in found} and len(found) < 5


def test_one_object_is_served_by_id_and_an_unknown_one_is_404(get, small):
    path = f"/accounting/{small.id}/invoice"
    row = get(path, limit=1).json()[0]
    assert get(f"{path}/{row['id']}").json() == row
    assert get(f"{path}/nothing").status_code == 404


def test_absent_values_are_absent_keys_and_amounts_keep_their_exact_text(get, small):
    answer = get(f"/accounting/{small.id}/invoice", limit=100)
    rows = json.loads(answer.text, parse_float=Decimal)
    assert all(value is not None for row in rows for value in row.values())
    assert all(row["total_amount"].as_tuple().exponent == -2 for row in rows)


def test_a_connection_reports_the_total_count_only_where_the_integration_does(sandbox, get, small):
    sage = sandbox.connect("small", integration_type="sageaccounting")
    counted = get(f"/accounting/{small.id}/contact", limit=1).headers["X-Total-Count"]
    assert int(counted) == sandbox.books(small).count("contact")
    assert "X-Total-Count" not in get(f"/accounting/{sage.id}/contact", limit=1).headers


def test_every_reply_tells_its_response_time(get, small):
    answer = get(f"/accounting/{small.id}/contact", limit=1)
    for name in ("X-Response-Time", "X-EndApi-Response-Time", "X-Unified-Response-Time"):
        assert int(answer.headers[name]) >= 0


def test_a_connection_may_ignore_parameters(sandbox, get):
    careless = sandbox.connect("small", ignored=["updated_gte", "offset"])
    path = f"/accounting/{careless.id}/invoice"
    assert get(path, limit=5).json() == get(path, limit=5, offset=50, updated_gte="2999-01-01").json()


@pytest.mark.parametrize("params", [{"limit": "many"}, {"offset": "-1"}, {"updated_gte": "soon"}, {"sort": "size"}])
def test_senseless_parameters_are_refused(get, small, params):
    assert get(f"/accounting/{small.id}/invoice", **params).status_code == 400


def test_a_company_that_sold_nothing_has_an_organization_and_empty_lists(sandbox, get):
    empty = sandbox.connect("empty")
    assert get(f"/accounting/{empty.id}/invoice").json() == []
    assert get(f"/accounting/{empty.id}/agedreceivable").json() == []
    assert get(f"/accounting/{empty.id}/organization").json()[0]["currency"] == "USD"
