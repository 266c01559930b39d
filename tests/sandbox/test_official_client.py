"""Does the vendor's own client understand every reply?"""

from pathlib import Path

import pytest
from unified_python_sdk import UnifiedTo
from unified_python_sdk.models import operations as op
from unified_python_sdk.models import shared

from sandbox.wire import decode

SAMPLE = Path(__file__).parents[3] / "shared" / "unified" / "sandbox-sample.json"


@pytest.fixture
def client(sandbox):
    return UnifiedTo(security=shared.Security(jwt=sandbox.api_key), server_url=sandbox.url, timeout_ms=60_000)


def lists(client):
    """Every list of the contract: its call, its request, and where the client puts the rows."""
    accounting, payment = client.accounting, client.payment
    return {
        "contact": (accounting.list_accounting_contacts, op.ListAccountingContactsRequest),
        "invoice": (accounting.list_accounting_invoices, op.ListAccountingInvoicesRequest),
        "creditmemo": (accounting.list_accounting_creditmemoes, op.ListAccountingCreditmemoesRequest),
        "organization": (accounting.list_accounting_organizations, op.ListAccountingOrganizationsRequest),
        "agedreceivable": (accounting.list_accounting_agedreceivables, op.ListAccountingAgedreceivablesRequest),
        "paymentterm": (accounting.list_accounting_paymentterms, op.ListAccountingPaymenttermsRequest),
        "payment": (payment.list_payment_payments, op.ListPaymentPaymentsRequest),
        "refund": (payment.list_payment_refunds, op.ListPaymentRefundsRequest),
    }


def rows_of(answer):
    """The client answers with the rows themselves or, in other versions, with an envelope of its own."""
    if isinstance(answer, list):
        return answer
    return next((value for value in vars(answer).values() if isinstance(value, list)), [])


def offsets(count):
    """The first, a middle and the last page."""
    return sorted({0, count // 2 // 100 * 100, max(count - 1, 0) // 100 * 100})


def check_all_kinds(sandbox, client, connection):
    seen = {}
    for kind, (call, request) in lists(client).items():
        count = 1 if kind == "agedreceivable" else sandbox.books(connection).count(kind)
        for offset in offsets(count):
            rows = rows_of(call(request=request(connection_id=connection.id, limit=100, offset=offset)))
            assert all(row.id for row in rows)
            seen[kind] = seen.get(kind, 0) + len(rows)
        assert bool(seen[kind]) == bool(count) or kind == "agedreceivable", kind
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["small", "mid", "empty"])
def test_the_client_reads_every_kind_of_object_of_every_profile(sandbox, client, profile):
    seen = check_all_kinds(sandbox, client, sandbox.connect(profile))
    if profile != "empty":
        assert min(seen.values()) > 0


def test_objects_recorded_from_the_vendor_are_served_as_they_came(sandbox, client, get):
    if not SAMPLE.exists():
        pytest.skip(f"the vendor's sample is not at {SAMPLE}")
    recorded = decode(SAMPLE.read_bytes())
    connection = sandbox.connect("vendor-sample", recorded=recorded)
    seen = check_all_kinds(sandbox, client, connection)
    assert seen["invoice"] == len(recorded["invoice"]) == 50
    assert decode(get(f"/accounting/{connection.id}/invoice").content) == recorded["invoice"]


def test_the_client_manages_connections_integrations_and_webhooks(sandbox, client):
    connection = sandbox.connect("empty", environment="Sandbox", external_xref="tenant-sdk")
    unified = client.unified
    listed = rows_of(
        unified.list_unified_connections(
            request=op.ListUnifiedConnectionsRequest(env="Sandbox", external_xref="tenant-sdk")
        )
    )
    assert [row.id for row in listed] == [connection.id]
    workspace = op.ListUnifiedIntegrationWorkspacesRequest(workspace_id="sandbox", summary=True)
    assert len(rows_of(unified.list_unified_integration_workspaces(request=workspace))) >= 7
    assert rows_of(unified.list_unified_integrations(request=op.ListUnifiedIntegrationsRequest(type="xero")))
    wishes = shared.Webhook(connection_id=connection.id, event="updated", object_type="accounting_invoice")
    made = unified.create_unified_webhook(request=op.CreateUnifiedWebhookRequest(webhook=wishes))
    assert made is not None
    found = rows_of(unified.list_unified_webhooks(request=op.ListUnifiedWebhooksRequest(connection_id=connection.id)))
    assert [row.connection_id for row in found] == [connection.id]


def test_the_client_reads_the_authorization_address_as_text(sandbox, client):
    request = op.GetUnifiedIntegrationAuthRequest(
        workspace_id="sandbox", integration_type="xero", success_redirect="http://acme.localhost/done", state="s"
    )
    assert f"{sandbox.url}/consent/xero?" in str(client.unified.get_unified_integration_auth(request=request))
