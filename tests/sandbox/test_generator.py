"""Are the invented books believable, consistent, and the same every time?"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from sandbox.generator import generate
from sandbox.profiles import profile_named
from sandbox.wire import encode

TODAY = date(2026, 3, 18)
NOT_RECEIVABLE = {"DRAFT", "SUBMITTED", "VOIDED", "DELETED"}


@pytest.fixture(scope="module")
def small():
    return generate(profile_named("small"), seed=1, today=TODAY)


@pytest.fixture(scope="module")
def mid():
    return generate(profile_named("mid"), seed=1, today=TODAY)


def receivables(books):
    return [row for row in books["invoice"] if row["type"] == "INVOICE" and row["status"] not in NOT_RECEIVABLE]


def days_late(row):
    return (TODAY - date.fromisoformat(row.get("due_at", row["posted_at"])[:10])).days


def paid_and_credited(books):
    """What left each invoice, each payment counted once whichever of the three doors tells of it."""
    parts = defaultdict(dict)
    moved = {row["id"] for row in books["payment"] if row["status"] == "SUCCEEDED" and row["type"] == "INVOICE"}
    for invoice in books["invoice"]:
        for part in invoice.get("payments", []):
            parts[invoice["id"]][part["payment_id"]] = part["amount"]
    for payment in books["payment"]:
        if payment["id"] in moved:
            for part in payment.get("allocations", []):
                parts[part["object_id"]][payment["id"]] = part["amount"]
            if "invoice_id" in payment:
                parts[payment["invoice_id"]][payment["id"]] = payment["total_amount"]
    for memo in books["creditmemo"]:
        for part in memo.get("applications", []):
            parts[part["object_id"]][memo["id"]] = part["amount"]
    return {invoice_id: sum(sources.values()) for invoice_id, sources in parts.items()}


def test_the_same_seed_and_day_give_the_same_bytes(small):
    assert encode(generate(profile_named("small"), seed=1, today=TODAY)) == encode(small)
    assert encode(generate(profile_named("small"), seed=2, today=TODAY)) != encode(small)
    assert encode(generate(profile_named("small:2"), seed=1, today=TODAY)) != encode(small)


def test_later_books_only_add_to_earlier_ones_and_every_change_shows_in_updated_at(small):
    later_books = generate(profile_named("small"), seed=1, today=TODAY + timedelta(days=4))
    moved = 0
    for kind, rows in small.items():
        then = {row["id"]: row for row in later_books[kind]}
        assert {row["id"] for row in rows} <= set(then)
        for row in rows:
            if then[row["id"]] != row:
                assert then[row["id"]]["updated_at"] > row["updated_at"]
                moved += 1
    assert moved


def test_sizes_are_as_announced(small, mid):
    assert len(small["contact"]) == 40 and 900 < len(small["invoice"]) < 1500
    assert len(mid["contact"]) == 250 and 5000 < len(mid["invoice"]) < 7500
    assert {row["currency"] for row in small["invoice"]} == {"USD"}
    assert {"USD", "EUR", "GBP", "JPY"} <= {row.get("currency") for row in mid["invoice"]}


def test_what_was_paid_and_credited_explains_the_balances(small):
    reduced = paid_and_credited(small)
    unexplained = []
    for row in receivables(small):
        if row["total_amount"] - reduced.get(row["id"], Decimal(0)) != row["balance_amount"]:
            unexplained.append(row)
    assert all(row["status"] == "PAID" and row["balance_amount"] == 0 for row in unexplained), "silent write-offs only"
    assert 0 < len(unexplained) < len(small["invoice"]) / 50


def test_status_and_balance_agree(small):
    for row in receivables(small):
        balance, total = row["balance_amount"], row["total_amount"]
        expected = "PAID" if balance == 0 else "AUTHORIZED" if balance == total else "PARTIALLY_PAID"
        assert row["status"] == expected and 0 <= balance <= total


def test_lines_and_tax_add_up_to_the_total(mid):
    for row in mid["invoice"]:
        if row["type"] == "INVOICE":
            assert sum(line["total_amount"] for line in row["lineitems"]) == row["total_amount"]
            assert row["sub_total_amount"] + row["tax_amount"] == row["total_amount"]


def test_amounts_have_the_decimals_of_their_currency(mid):
    for row in mid["invoice"]:
        expected = 0 if row.get("currency") == "JPY" else -2
        assert row["total_amount"].as_tuple().exponent == expected


@pytest.mark.parametrize("name", ["small", "small:2", "mid"])
def test_a_tenth_to_a_sixth_is_open_and_most_of_that_is_current(name):
    books = generate(profile_named(name), seed=1, today=TODAY)
    rows = receivables(books)
    open_rows = [row for row in rows if row.get("balance_amount", 0) > 0]
    assert 0.08 < len(open_rows) / len(rows) < 0.17
    buckets = Counter(min(max(days_late(row) - 1, 0) // 30, 4) for row in open_rows)
    assert buckets[0] > 0.6 * len(open_rows)
    assert all(buckets[bucket] for bucket in (1, 2, 4))


def test_money_reaches_invoices_through_all_three_doors(small):
    payments = [row for row in small["payment"] if row["status"] == "SUCCEEDED"]
    assert any(len(row.get("allocations", [])) > 1 for row in payments)
    assert any("invoice_id" in row for row in payments)
    mirrored = {part["payment_id"] for row in small["invoice"] for part in row.get("payments", [])}
    assert any("allocations" not in row and "invoice_id" not in row and row["id"] in mirrored for row in payments)


def test_there_are_overpayments_prepayments_refunds_and_open_credit(mid):
    allocated = [row for row in mid["payment"] if row["status"] == "SUCCEEDED" and "allocations" in row]
    over = [row for row in allocated if sum(part["amount"] for part in row["allocations"]) < row["total_amount"]]
    ahead = [row for row in allocated if any(part["allocated_at"] > row["paid_at"] for part in row["allocations"])]
    payments = {row["id"] for row in mid["payment"]}
    assert over and ahead and mid["refund"]
    assert all(row["payment_id"] in payments for row in mid["refund"])
    assert any(row["balance_amount"] == row["total_amount"] for row in mid["creditmemo"])
    assert {row["status"] for row in mid["payment"]} >= {"SUCCEEDED", "FAILED"}
    assert {"DRAFT", "VOIDED", "SUBMITTED"} <= {row["status"] for row in mid["invoice"]}


def test_some_credit_memos_are_seen_among_the_invoices_too(mid):
    twice = {row["id"] for row in mid["invoice"] if row["type"] == "CREDITMEMO"}
    assert twice and twice <= {row["id"] for row in mid["creditmemo"]}


def test_contradictions_exist_and_are_few(mid):
    contacts = {row["id"] for row in mid["contact"]}
    odd = [
        row
        for row in mid["invoice"]
        if row["contact_id"] not in contacts
        or row["type"] == "BILL"
        or (row.get("due_at", "9") < row["posted_at"] and row["type"] == "INVOICE")
        or (row["status"] == "PAID" and row.get("balance_amount", 0) and row["type"] == "INVOICE")
        or row["status"] == "IN_COLLECTION"
    ]
    assert 5 <= len(odd) <= 12
    documents = {row["id"] for row in mid["invoice"]}
    astray = [p for p in mid["payment"] for part in p.get("allocations", []) if part["object_id"] not in documents]
    assert 1 <= len(astray) <= 3


def test_nothing_is_dated_after_the_day_before(mid):
    today = TODAY.isoformat()
    for rows in mid.values():
        assert all(row["updated_at"][:10] < today for row in rows)
    for key, when in (("allocations", "allocated_at"), ("applications", "applied_at"), ("payments", "allocated_at")):
        parts = [part for rows in mid.values() for row in rows for part in row.get(key, [])]
        assert parts and max(part[when] for part in parts) < today


def test_customers_have_distinct_names_and_some_belong_to_others(mid):
    names = [row["name"] for row in mid["contact"]]
    assert len(set(names)) == len(names)
    ids = {row["id"] for row in mid["contact"]}
    parents = [row["associated_contacts"][0]["id"] for row in mid["contact"] if "associated_contacts" in row]
    assert parents and set(parents) <= ids
