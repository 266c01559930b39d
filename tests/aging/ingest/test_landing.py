"""What a sync reads is counted once, however often the source shows it."""

import pytest

from aging.ingest import steps
from aging.models import QuarantinedRecord, SourceState
from aging.unified.objects import READ_SCOPES
from sandbox.testing import serve
from tenants.context import tenant_context
from tenants.models import Connection, SyncRun

GRANTED = [scope for scope in READ_SCOPES if scope != "accounting_creditmemo_read"]
UNDATED = {
    "contact": [{"id": "c1", "name": "Customer"}],
    "invoice": [
        {"id": "i1", "contact_id": "c1", "currency": "USD", "posted_at": "2026-01-05", "total_amount": 10},
        {"id": "i2", "contact_id": "c1", "currency": "USD", "posted_at": "2026-01-05"},
        {"id": "b1", "type": "BILL", "currency": "USD", "posted_at": "2026-01-05", "total_amount": 5},
    ],
}


@pytest.fixture
def landed(new_company, settings):
    """Records without a date of change, which the second look of a full sweep brings again."""
    with serve() as sandbox:
        settings.UNIFIED_API_URL, settings.UNIFIED_API_KEY = sandbox.url, sandbox.api_key
        company = new_company().company
        source = sandbox.connect(profile=None, recorded=UNDATED)
        linked = Connection.objects.create(
            company=company, external_id=source.id, integration_type="quickbooks", integration_name="QuickBooks"
        )
        run = SyncRun.objects.create(connection=linked, trigger="command", state="running")
        steps.open_source(run)
        yield company, {step: steps.land(run, step, on_progress=lambda count: None) for step in steps.OBJECT_STEPS}


def test_a_record_that_a_second_look_brings_again_is_counted_once(landed):
    company, counted = landed
    invoices = counted["invoices"]
    assert (invoices.fetched, invoices.staged, invoices.quarantined, invoices.skipped) == (3, 1, 1, 1)
    assert counted["customers"].fetched == counted["customers"].staged == 1
    with tenant_context(company):
        assert QuarantinedRecord.objects.count() == 1


def test_what_the_source_withholds_is_remembered_until_it_gives_it(new_company, settings):
    with serve() as sandbox:
        settings.UNIFIED_API_URL, settings.UNIFIED_API_KEY = sandbox.url, sandbox.api_key
        company = new_company().company
        source = sandbox.connect("empty", unsupported=["refund"], permissions=GRANTED)
        linked = Connection.objects.create(
            company=company, external_id=source.id, integration_type="quickbooks", integration_name="QuickBooks"
        )
        run = SyncRun.objects.create(connection=linked, trigger="command", state="running")
        steps.open_source(run)
        for step in steps.OBJECT_STEPS:
            steps.land(run, step, on_progress=lambda count: None)
        with tenant_context(company):
            assert SourceState.objects.get().withheld == {"refund": "unsupported", "creditmemo": "forbidden"}
        source.habits.unsupported = frozenset()
        steps.land(run, "payments", on_progress=lambda count: None)
        with tenant_context(company):
            assert SourceState.objects.get().withheld == {"creditmemo": "forbidden"}
