"""Does the vendor's own report add up to the ledger it is drawn from?"""

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from sandbox.agedreceivable import as_of_day, open_items
from sandbox.books import Books, tables_of
from sandbox.clock import Clock
from sandbox.generator import generate
from sandbox.profiles import profile_named
from sandbox.wire import instant
from tests.sandbox.test_generator import NOT_RECEIVABLE, paid_and_credited
from tests.sandbox.test_lists import walk

ZERO = Decimal(0)


def exact(answer):
    return json.loads(answer.text, parse_float=Decimal)


def fetched(get, connection):
    """Every object of the company, over HTTP, amounts exact."""
    found = {}
    for category, kinds in {"accounting": ("invoice", "creditmemo"), "payment": ("payment", "refund")}.items():
        for kind in kinds:
            rows = walk(lambda path, **params: Exact(get(path, **params)), f"/{category}/{connection.id}/{kind}", 100)
            found[kind] = rows
    return found


class Exact:
    def __init__(self, answer):
        self.answer = answer

    def json(self):
        return exact(self.answer)


def balances(books):
    """Per currency: invoice balances, less open credit memos, less cash that paid nothing."""
    memos = {row["id"] for row in books["creditmemo"]}
    reduced = paid_and_credited(books)
    totals = defaultdict(lambda: ZERO)
    for row in books["invoice"]:
        if row["type"] == "INVOICE" and row["status"] not in NOT_RECEIVABLE:
            settled = ZERO if row["status"] == "PAID" else row["total_amount"] - reduced.get(row["id"], ZERO)
            totals[row["currency"]] += row.get("balance_amount", settled)
        assert row["type"] != "CREDITMEMO" or row["id"] in memos
    for row in books["creditmemo"]:
        totals[row["currency"]] -= row["balance_amount"]
    known = {row["id"] for row in books["invoice"]}
    spent = defaultdict(lambda: ZERO)
    for row in books["invoice"]:
        for part in row.get("payments", []):
            spent[part["payment_id"]] += part["amount"]
    for row in books["payment"]:
        if "allocations" in row:
            spent[row["id"]] = sum((p["amount"] for p in row["allocations"] if p["object_id"] in known), ZERO)
        elif "invoice_id" in row:
            spent[row["id"]] = row["total_amount"]
    for row in books["refund"]:
        spent[row["payment_id"]] += row["total_amount"]
    for row in books["payment"]:
        if row["status"] == "SUCCEEDED" and row["type"] == "INVOICE":
            totals[row["currency"]] -= row["total_amount"] - spent[row["id"]]
    return {currency: total for currency, total in totals.items() if total}


@pytest.mark.parametrize("profile", ["small", "mid"])
def test_each_currency_totals_the_balances_of_its_documents(sandbox, get, profile):
    connection = sandbox.connect(profile)
    reports = exact(get(f"/accounting/{connection.id}/agedreceivable"))
    assert {row["currency"]: row["total_amount"] for row in reports} == balances(fetched(get, connection))


def test_a_report_adds_up_within_itself(sandbox, get):
    connection = sandbox.connect("mid")
    for report in exact(get(f"/accounting/{connection.id}/agedreceivable")):
        current, *overdue = report["periods"]
        assert report["total_current_amount"] == current["total_amount"]
        assert report["total_overdue_amount"] == sum(period["total_amount"] for period in overdue)
        assert report["total_amount"] == report["total_current_amount"] + report["total_overdue_amount"]
        for period in report["periods"]:
            assert period["total_amount"] == sum(item["balance_amount"] for item in period["sub_items"])


def test_credits_are_negative_rows_and_late_rows_sit_in_the_period_of_their_age(sandbox, get):
    connection = sandbox.connect("mid")
    today = sandbox.world.clock.today()
    bounds = {"1 - 30": (1, 30), "31 - 60": (31, 60), "61 - 90": (61, 90), "91 and over": (91, 10_000)}
    seen_credit = False
    for report in exact(get(f"/accounting/{connection.id}/agedreceivable")):
        for period in report["periods"]:
            for item in period["sub_items"]:
                late = (today - date.fromisoformat(item["due_at"][:10])).days
                seen_credit |= item["balance_amount"] < 0
                if period["name"] == "Current":
                    assert late <= 0 or item["balance_amount"] < 0
                else:
                    low, high = bounds[period["name"]]
                    assert low <= late <= high and item["balance_amount"] > 0
    assert seen_credit


def test_end_lt_is_an_exclusive_end():
    assert as_of_day(instant("2026-03-01"), date(2026, 3, 18)) == date(2026, 2, 28)
    assert as_of_day(instant("2026-03-01T12:00:00Z"), date(2026, 3, 18)) == date(2026, 3, 1)
    assert as_of_day(None, date(2026, 3, 18)) == date(2026, 3, 18)


def test_a_past_day_is_reported_as_it_was_seen_on_that_day(sandbox):
    """The books of January know what today's books say about January, but for what was voided or cleared since."""
    then, today = date(2026, 1, 20), sandbox.world.clock.today()
    profile = profile_named("small")
    past, present = (
        Books(tables_of(generate(profile, seed=1, today=day)), Clock(day)) for day in (then + timedelta(days=1), today)
    )
    since = {row["id"] for row in present.objects("invoice") if row["status"] == "VOIDED"}
    for row in past.objects("payment"):
        if row["status"] == "PENDING":
            since |= {row["id"], row.get("invoice_id"), *(part["object_id"] for part in row.get("allocations", []))}
    expected = {item.id: item.open for item in open_items(past, then) if item.open and item.id not in since}
    found = {item.id: item.open for item in open_items(present, then) if item.open and item.id not in since}
    assert found == expected and len(found) > 80


def test_a_payment_told_by_two_doors_counts_once():
    invoice = {
        "id": "i", "status": "PARTIALLY_PAID", "currency": "USD", "posted_at": "2026-01-05", "total_amount": 100,
        "payments": [{"payment_id": "p", "amount": 40, "allocated_at": "2026-02-01"}],
    }  # fmt: skip
    payment = {"id": "p", "invoice_id": "i", "currency": "USD", "paid_at": "2026-02-01", "total_amount": 40}
    books = Books(tables_of({"invoice": [invoice], "payment": [payment]}), Clock(date(2026, 3, 18)))
    assert [(item.id, item.open) for item in open_items(books, date(2026, 3, 18)) if item.open] == [("i", 60)]
    assert [(item.id, item.open) for item in open_items(books, date(2026, 1, 31)) if item.open] == [("i", 100)]


def test_a_report_may_be_limited_to_one_customer_and_fetched_by_its_id(sandbox, get):
    connection = sandbox.connect("small")
    path = f"/accounting/{connection.id}/agedreceivable"
    whole = get(path).json()[0]
    assert get(f"{path}/{whole['id']}").json() == whole
    contact = next(item for period in whole["periods"] for item in period["sub_items"])["contact"]["id"]
    theirs = get(path, contact_id=contact).json()[0]
    assert {item["contact"]["id"] for period in theirs["periods"] for item in period["sub_items"]} == {contact}


def test_the_report_follows_a_payment_at_once(sandbox, get):
    connection = sandbox.connect("small")
    path = f"/accounting/{connection.id}/agedreceivable"
    before = exact(get(path))[0]["total_amount"]
    invoice = next(row for row in sandbox.books(connection).objects("invoice") if row["status"] == "AUTHORIZED")
    sandbox.post(connection, "pay_invoice", invoice_id=invoice["id"])
    assert exact(get(path))[0]["total_amount"] == before - invoice["balance_amount"]
