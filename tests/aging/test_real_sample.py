"""Real replies of the vendor's sandbox: contradictory amounts, dozens of currencies, bills among invoices. Nothing is
lost.
"""

import io
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils.html import escape
from django.utils.timezone import now

from aging.ingest import steps
from aging.models import Document, Finding, QuarantinedRecord
from sandbox.testing import serve
from tenants.context import tenant_context
from tenants.models import Connection, SyncRun
from tests.accounts.people import sign_in

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "unified" / "sandbox-sample.json"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLE.exists(), reason="the vendor's sample is not part of this repository"),
]


@pytest.fixture
def sample_run(new_company, settings):
    records = json.loads(SAMPLE.read_text())
    with serve() as sandbox:
        settings.UNIFIED_API_URL, settings.UNIFIED_API_KEY = sandbox.url, sandbox.api_key
        settings.UNIFIED_ENV = "Sandbox"
        made = new_company()
        company = made.company
        source = sandbox.connect(profile=None, recorded=records)
        linked = Connection.objects.create(
            company=company, external_id=source.id, integration_type="quickbooks", integration_name="QuickBooks"
        )
        run = SyncRun.objects.create(connection=linked, trigger="command", state="running")
        steps.open_source(run)
        landed = {step: steps.land(run, step, on_progress=lambda count: None) for step in steps.OBJECT_STEPS}
        steps.publish(run)
        steps.compare(run)
        SyncRun.objects.filter(pk=run.pk).update(state="succeeded")
        Connection.objects.filter(pk=linked.pk).update(last_success_at=now())
        yield SimpleNamespace(company=company, owner=made.owner, records=records, landed=landed)


def test_every_record_is_a_document_a_payable_or_set_aside_with_a_reason(sample_run):
    company, records, landed = sample_run.company, sample_run.records, sample_run.landed
    bills = {one["id"] for one in records["invoice"] if one["type"] == "BILL"}
    with tenant_context(company):
        documents = set(Document.objects.values_list("source_id", flat=True))
        set_aside = {one.source_id: one.reason for one in QuarantinedRecord.objects.all()}
    assert all(one.adds_up() for one in landed.values())
    assert landed["invoices"].skipped == len(bills)
    assert documents | set(set_aside) == {one["id"] for one in records["invoice"]} - bills
    assert all(set_aside.values())
    assert landed["customers"].staged == len(records["contact"])


def test_what_contradicts_itself_is_reported(sample_run):
    company, records = sample_run.company, sample_run.records
    paid_with_balance = [
        one["id"]
        for one in records["invoice"]
        if one["type"] != "BILL" and one["status"] == "PAID" and one.get("balance_amount", 0) > 0
    ]
    with tenant_context(company):
        found = Counter(Finding.objects.values_list("code", flat=True))
        reported = set(Finding.objects.filter(code="paid_with_balance").values_list("source_id", flat=True))
    assert reported == set(paid_with_balance)
    assert found["due_before_issue"] and found["customer_missing"]


def test_no_currency_is_added_to_another(sample_run):
    company, records = sample_run.company, sample_run.records
    out = io.StringIO()
    call_command("aging", company.slug, "--json", "--as-of", "2027-01-01", "--detail", "invoices", stdout=out)
    document = json.loads(out.getvalue())
    by_id = {one["id"]: one for one in records["invoice"]}
    assert len(document["currencies"]) > 10
    for part in document["currencies"]:
        assert {by_id[one["invoice_id"]]["currency"] for one in part["invoices"]} == {part["currency"]}
        assert sum(Decimal(one["outstanding"]) for one in part["invoices"]) == Decimal(part["totals"]["net"])


def test_every_page_shows_it_in_each_of_its_currencies(sample_run):
    reader = sign_in(sample_run.owner, sample_run.company)
    out = io.StringIO()
    call_command("aging", sample_run.company.slug, "--json", "--detail", "customers", stdout=out)
    parts = json.loads(out.getvalue())["currencies"]
    for part in parts:
        page = reader.get("/", {"ccy": part["currency"]})
        assert page.status_code == 200
        assert all(escape(one["name"]) in page.text for one in part["customers"][:5])
    for address in ("/customers", "/invoices", "/invoices?status=all", "/data-quality", "/connections", "/sync-runs"):
        assert reader.get(address).status_code == 200
