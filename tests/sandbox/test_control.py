"""Steering the sandbox: connections, postings, faults and the request log."""

import time
from decimal import Decimal

import pytest
import requests

FIXED_ID = "5de520f96e439b002043d8dc"


@pytest.fixture
def connection(sandbox):
    return sandbox.connect("small")


def test_a_connection_can_have_a_fixed_id_and_is_replaced_by_a_second_one(get, send):
    made = send("POST", "/_sandbox/connections", {"id": FIXED_ID, "profile": "empty", "external_xref": "t-1"}).json()
    assert made["id"] == FIXED_ID and made["sandbox"]["profile"] == "empty"
    send("POST", "/_sandbox/connections", {"id": FIXED_ID, "profile": "small", "external_xref": "t-2"})
    assert get(f"/unified/connection/{FIXED_ID}").json()["external_xref"] == "t-2"
    assert [row["id"] for row in get("/_sandbox/connections").json()].count(FIXED_ID) == 1


def test_a_paid_invoice_moves_and_nothing_else_does(sandbox, get, send, connection):
    path = f"/accounting/{connection.id}/invoice"
    row = next(row for row in sandbox.books(connection).objects("invoice") if row["status"] == "AUTHORIZED")
    newest = get(path, limit=1, sort="updated_at", order="desc").json()[0]["updated_at"]
    body = {"action": "pay_invoice", "invoice_id": row["id"], "amount": str(row["total_amount"] - 1)}
    changed = send("POST", f"/_sandbox/connections/{connection.id}/books", body).json()
    found = get(path, updated_gte=newest[:-1] + "1Z" if newest.endswith("0Z") else newest).json()
    assert [invoice["id"] for invoice in found if invoice["updated_at"] > newest] == [row["id"]]
    after = get(f"{path}/{row['id']}").json()
    assert after["status"] == "PARTIALLY_PAID" and after["balance_amount"] == 1
    payment = get(f"/payment/{connection.id}/payment/{changed[0]['id']}").json()
    assert payment["allocations"][0]["object_id"] == row["id"]


def test_an_overpayment_leaves_the_rest_unapplied(sandbox, connection):
    invoice = sandbox.post(connection, "add_invoice", total="100.00")[0]
    payment, settled = sandbox.post(connection, "pay_invoice", invoice_id=invoice["id"], amount="130")
    assert settled["status"] == "PAID" and settled["balance_amount"] == 0
    assert payment["total_amount"] == 130 and payment["allocations"][0]["amount"] == 100


def test_a_pending_payment_does_not_reduce_the_invoice(sandbox, connection):
    invoice = sandbox.post(connection, "add_invoice", total=100)[0]
    sandbox.post(connection, "pay_invoice", invoice_id=invoice["id"], status="PENDING")
    assert sandbox.books(connection).get("invoice", invoice["id"])["balance_amount"] == 100


def test_voiding_and_crediting_keep_the_books_consistent(sandbox, connection):
    first, second = (sandbox.post(connection, "add_invoice", total=100)[0] for _ in range(2))
    assert sandbox.post(connection, "void_invoice", invoice_id=first["id"])[0]["status"] == "VOIDED"
    memo, reduced = sandbox.post(connection, "credit", invoice_id=second["id"], amount="30.25")
    assert reduced["balance_amount"] == Decimal("69.75") and memo["balance_amount"] == 0
    standing = sandbox.post(connection, "credit", contact_id=second["contact_id"], amount=12)[0]
    assert standing["balance_amount"] == 12 and "applications" not in standing


def test_a_deleted_row_vanishes_without_a_trace(sandbox, get, connection):
    invoice = sandbox.post(connection, "add_invoice", total=100)[0]
    count = sandbox.books(connection).count("invoice")
    sandbox.post(connection, "delete", object="invoice", id=invoice["id"])
    assert get(f"/accounting/{connection.id}/invoice/{invoice['id']}").status_code == 404
    assert int(get(f"/accounting/{connection.id}/invoice", limit=1).headers["X-Total-Count"]) == count - 1


def test_one_company_s_postings_do_not_show_in_another_with_the_same_profile(sandbox, connection):
    other = sandbox.connect("small")
    before = sandbox.books(other).count("invoice")
    sandbox.post(connection, "add_invoice", total=100)
    assert sandbox.books(other).count("invoice") == before


@pytest.mark.parametrize(
    "body",
    [
        {"action": "dance"},
        {"action": "add_invoice"},
        {"action": "add_invoice", "total": "NaN"},
        {"action": "pay_invoice"},
        {"action": "put", "object": "invoice", "row": {}},
        {"action": "add_invoice", "total": 5, "due": "soon"},
    ],
)
def test_senseless_postings_are_refused(send, connection, body):
    assert send("POST", f"/_sandbox/connections/{connection.id}/books", body).status_code == 400


def test_the_books_are_summarised_with_what_is_open(get, sandbox):
    empty = sandbox.connect("empty")
    sandbox.post(empty, "add_invoice", total="75.10", contact_id="c-1", currency="EUR")
    sandbox.post(empty, "credit", amount=5, contact_id="c-1", currency="EUR")
    found = get(f"/_sandbox/connections/{empty.id}/books").json()
    assert found["totals"] == {"EUR": {"open": 75.10, "unapplied": -5}}
    assert found["counts"]["invoice"] == 1


def test_a_fault_strikes_the_chosen_requests_of_the_chosen_object(sandbox, get, send, connection):
    rule = {"connection_id": connection.id, "object": "invoice", "first": 2, "times": 2, "status": 429}
    made = send("POST", "/_sandbox/faults", rule | {"retry_after": "7", "message": "Too many requests"}).json()
    assert get(f"/accounting/{connection.id}/contact").status_code == 200
    answers = [get(f"/accounting/{connection.id}/invoice", limit=1) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["Retry-After"] == "7" and answers[1].text == "Too many requests"
    logged = get("/_sandbox/requests", connection_id=connection.id, object="invoice").json()
    assert [entry["fault"] for entry in logged] == ["", made["id"], made["id"], ""]
    send("DELETE", f"/_sandbox/faults/{made['id']}")


def test_a_429_may_come_without_retry_after(sandbox, get, send, connection):
    send("POST", "/_sandbox/faults", {"connection_id": connection.id, "status": 429})
    answer = get(f"/accounting/{connection.id}/invoice")
    assert answer.status_code == 429 and "Retry-After" not in answer.headers


def test_a_body_can_be_cut_replaced_or_turned_into_html(sandbox, get, send, connection):
    path = f"/accounting/{connection.id}/invoice"
    send("POST", "/_sandbox/faults", {"connection_id": connection.id, "way": "truncated"})
    with pytest.raises(requests.exceptions.RequestException):
        get(path)
    send("POST", "/_sandbox/faults", {"connection_id": connection.id, "way": "html"})
    assert get(path).headers["Content-Type"].startswith("text/html")
    send("POST", "/_sandbox/faults", {"connection_id": connection.id, "way": "body", "body": "null"})
    assert get(path).text == "null"
    assert isinstance(get(path).json(), list)


def test_a_hanging_request_outlasts_an_impatient_client(sandbox, send, connection):
    send("POST", "/_sandbox/faults", {"connection_id": connection.id, "way": "hang", "seconds": 20})
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{sandbox.url}/accounting/{connection.id}/invoice", headers=sandbox.headers, timeout=0.2)


def test_unknown_faults_are_refused(send):
    assert send("POST", "/_sandbox/faults", {"way": "earthquake"}).status_code == 400
    assert send("POST", "/_sandbox/faults", {"wey": "hang"}).status_code == 400


def test_latency_is_paid_on_every_page(sandbox, get, send, connection):
    sandbox.books(connection)
    send("PATCH", f"/_sandbox/connections/{connection.id}", {"latency_ms": 120})
    began = time.perf_counter()
    get(f"/accounting/{connection.id}/contact", limit=1)
    assert time.perf_counter() - began >= 0.12


def test_the_log_tells_who_asked_for_what_without_the_key(sandbox, get, connection):
    get(f"/accounting/{connection.id}/invoice", limit=2)
    entry = next(entry for entry in reversed(sandbox.requests) if entry.connection_id == connection.id)
    assert (entry.object, entry.status, entry.query, entry.scheme) == ("invoice", 200, "limit=2", "bearer")
    assert entry.bytes > 100 and sandbox.api_key not in str(entry)
