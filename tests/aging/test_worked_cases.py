"""The worked cases, told as a source would tell them, through HTTP, sync and report: what comes out is what they
expect.
"""

import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from aging.core.buckets import DEFAULT_EDGES
from aging.ingest import steps
from aging.ingest.publishing import rebuild_steps
from aging.models import ReportSettings
from sandbox.testing import Sandbox, serve
from tenants.context import tenant_context
from tenants.models import Connection, SyncRun
from tests.aging.core.cases import CASES

pytestmark = pytest.mark.slow
STATUS = {"open": "AUTHORIZED", "draft": "DRAFT", "void": "VOIDED", "deleted": "DELETED"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve() as running:
        yield running


@pytest.fixture
def company(new_company, settings, sandbox):
    settings.UNIFIED_API_URL = sandbox.url
    settings.UNIFIED_API_KEY = sandbox.api_key
    settings.UNIFIED_ENV = "Sandbox"
    return new_company()


def as_told_by_a_source(case: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The case as lists of Unified.to objects. A write-off is told as a credit memo, a bounced payment as a refund."""
    rows = [*case["invoices"], *case["payments"]]
    told: dict[str, list[dict[str, Any]]] = {
        "contact": [{"id": one, "name": f"Customer {one}"} for one in sorted({row["customer"] for row in rows})],
        "invoice": [],
        "creditmemo": [],
        "payment": [],
        "refund": [],
    }
    for row in case["invoices"]:
        told["invoice" if row["kind"] == "invoice" else "creditmemo"].append(_receivable(row))
    for row in case["payments"]:
        if row.get("kind") in ("write_off", "discount"):
            told["creditmemo"].append(_memo(row, row["amount"], row["date"]))
            continue
        told["payment"].append(_payment(row))
        if row.get("reversed_on"):
            told["refund"].append(
                {
                    "id": f"refund-{row['id']}",
                    "payment_id": row["id"],
                    "total_amount": _number(row["amount"]),
                    "currency": row["currency"],
                    "refunded_at": row["reversed_on"],
                    "status": "SUCCEEDED",
                }
            )
    return told


def _number(text: str) -> Any:
    return json.loads(text)


def _receivable(row: dict[str, Any]) -> dict[str, Any]:
    if row["kind"] == "credit_memo":
        return {**_memo(row, row["total"], row["issued"]), "status": STATUS[row["status"]]}
    told = {
        "id": row["id"],
        "type": "INVOICE",
        "invoice_number": f"NO-{row['id']}",
        "contact_id": row["customer"],
        "currency": row["currency"],
        "posted_at": row["issued"],
        "total_amount": _number(row["total"]),
        "status": STATUS[row["status"]],
    }
    return {**told, "due_at": row["due"]} if row["due"] else told


def _memo(row: dict[str, Any], total: str, day: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "creditmemo_number": f"CN-{row['id']}",
        "contact_id": row["customer"],
        "currency": row["currency"],
        "posted_at": day,
        "total_amount": _number(total),
        "status": "AUTHORIZED",
        "applications": [
            {
                "object_id": one["invoice"],
                "object_type": "INVOICE",
                "amount": _number(one["amount"]),
                **({"applied_at": one["date"]} if one.get("date") else {}),
            }
            for one in row.get("applied_to", ())
        ],
    }


def _payment(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "type": "INVOICE",
        "status": "SUCCEEDED",
        "contact_id": row["customer"],
        "currency": row["currency"],
        "paid_at": row["date"],
        "total_amount": _number(row["amount"]),
        "allocations": [
            {
                "object_id": one["invoice"],
                "object_type": "INVOICE",
                "amount": _number(one["amount"]),
                "currency": row["currency"],
                **({"allocated_at": one["date"]} if one.get("date") else {}),
            }
            for one in row["applied_to"]
        ],
    }


def synced(company: SimpleNamespace, sandbox: Sandbox, case: dict[str, Any]) -> None:
    tenant = company.company
    tenant.timezone = case["options"].get("timezone", "UTC")
    tenant.save(update_fields=["timezone"])
    buckets = case["options"]["buckets"]
    edges = DEFAULT_EDGES if buckets == "default" else [one["to"] for one in buckets if "to" in one]
    with tenant_context(tenant):
        ReportSettings.objects.update_or_create(pk=1, defaults={"bucket_edges": list(edges)})
        rebuild_steps()
    source = sandbox.connect(profile=None, recorded=as_told_by_a_source(case), id=uuid4().hex[:24])
    linked = Connection.objects.create(
        company=tenant, external_id=source.id, integration_type="quickbooks", integration_name="QuickBooks"
    )
    run = SyncRun.objects.create(connection=linked, trigger="command", state="running")
    steps.open_source(run)
    for step in steps.OBJECT_STEPS:
        steps.land(run, step, on_progress=lambda count: None)
    steps.publish(run)


def printed(company: SimpleNamespace, case: dict[str, Any]) -> dict[str, Any]:
    out = io.StringIO()
    arguments = ["--json", "--as-of", case["as_of"], "--basis", case["options"]["basis"], "--detail", "invoices"]
    call_command("aging", company.company.slug, *arguments, stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def flat(totals: dict[str, Any]) -> dict[str, str]:
    kept = {name: totals[name] for name in ("gross", "unapplied", "net", "not_due", "past_due")}
    return {**totals["buckets"], **kept}


def expected_totals(totals: dict[str, str]) -> dict[str, str]:
    return {name: amount for name, amount in totals.items() if name != "disputed"}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_worked_case_comes_out_of_the_report_as_expected(company, sandbox, case):
    synced(company, sandbox, case)
    document = printed(company, case)
    expected = case["expected"]

    assert {part["currency"]: flat(part["totals"]) for part in document["currencies"]} == {
        currency: expected_totals(totals) for currency, totals in expected["totals"].items()
    }
    customers = {
        (one["customer_id"], part["currency"]): flat(one)
        for part in document["currencies"]
        for one in part["customers"]
    }
    assert customers == {
        (customer, currency): expected_totals(totals)
        for customer, held in expected["per_customer"].items()
        for currency, totals in held.items()
    }
    invoices = {
        one["invoice_id"]: one
        for part in document["currencies"]
        for one in part["invoices"]
        if one["kind"] != "payment"
    }
    still_open = {name: one for name, one in expected["per_invoice"].items() if one["outstanding"].strip("-0.") != ""}
    assert set(invoices) == set(still_open)
    for name, one in still_open.items():
        assert invoices[name]["outstanding"] == one["outstanding"]
        if one["bucket"] != "split":  # the source has no field for instalments
            assert (invoices[name]["days_past_due"], invoices[name]["bucket"]) == (one["days_past_due"], one["bucket"])
    unapplied = {
        one["invoice_id"]: one["outstanding"]
        for part in document["currencies"]
        for one in part["invoices"]
        if one["kind"] == "payment"
    }
    assert unapplied == expected.get("unapplied_payments", {})
    with tenant_context(company.company), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM quarantined_record")
        assert cursor.fetchone() == (0,)
