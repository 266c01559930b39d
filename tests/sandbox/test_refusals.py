"""Who is refused, and with which status."""

import pytest
import requests


@pytest.mark.parametrize("header", ["sandbox-key", "Bearer sandbox-key", "bearer sandbox-key"])
def test_the_key_is_accepted_bare_and_as_bearer(sandbox, header):
    answer = requests.get(f"{sandbox.url}/unified/connection", headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["", "wrong", "Bearer wrong", "Basic sandbox-key"])
@pytest.mark.parametrize("path", ["/unified/connection", "/accounting/c/invoice", "/_sandbox/connections"])
def test_any_other_key_is_401(sandbox, path, header):
    answer = requests.get(f"{sandbox.url}{path}", headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 401


def test_integrations_of_the_workspace_are_public(sandbox):
    answer = requests.get(f"{sandbox.url}/unified/integration/workspace/sandbox?categories=accounting", timeout=10)
    names = {found["name"] for found in answer.json()}
    assert {"QuickBooks Online", "Xero", "NetSuite"} <= names
    assert all("logo_url" not in found for found in answer.json())
    assert requests.get(f"{sandbox.url}/unified/integration", timeout=10).status_code == 401
    assert requests.get(f"{sandbox.url}/unified/integration/workspace/other", timeout=10).status_code == 404


def test_an_unknown_connection_is_404(get):
    assert get("/accounting/000000000000000000000000/invoice").status_code == 404
    assert get("/unified/connection/000000000000000000000000").status_code == 404


def test_a_broken_connection_is_401_and_says_so_about_itself(sandbox, get, send):
    connection = sandbox.connect("empty")
    send("PATCH", f"/_sandbox/connections/{connection.id}", {"health": "broken"})
    assert get(f"/accounting/{connection.id}/invoice").status_code == 401
    described = get(f"/unified/connection/{connection.id}").json()
    assert described["last_unhealthy_code"] == 401
    assert described["last_unhealthy_at"] > described["last_healthy_at"]
    send("PATCH", f"/_sandbox/connections/{connection.id}", {"health": "healthy"})
    assert get(f"/accounting/{connection.id}/invoice").status_code == 200


def test_a_paused_connection_is_refused_and_marked(sandbox, get, send):
    connection = sandbox.connect("empty")
    send("PATCH", f"/_sandbox/connections/{connection.id}", {"health": "paused"})
    assert get(f"/accounting/{connection.id}/invoice").status_code == 403
    assert get(f"/unified/connection/{connection.id}").json()["is_paused"] is True


def test_a_scope_that_was_not_granted_is_403(sandbox, get):
    connection = sandbox.connect("empty", permissions=["accounting_invoice_read"])
    assert get(f"/accounting/{connection.id}/invoice").status_code == 200
    assert get(f"/payment/{connection.id}/payment").status_code == 403


def test_an_object_that_the_integration_lacks_is_501(sandbox, get):
    wave = sandbox.connect("empty", integration_type="wave")
    assert get(f"/accounting/{wave.id}/creditmemo").status_code == 501
    assert get(f"/accounting/{wave.id}/invoice").status_code == 200


def test_an_object_is_found_only_under_its_own_category(sandbox, get):
    connection = sandbox.connect("empty")
    assert get(f"/accounting/{connection.id}/payment").status_code == 404
    assert get(f"/payment/{connection.id}/invoice").status_code == 404


def test_deleting_a_connection_takes_its_webhooks_along(sandbox, get, send):
    connection = sandbox.connect("empty")
    wishes = {"connection_id": connection.id, "event": "updated", "object_type": "accounting_invoice"}
    webhook = send("POST", "/unified/webhook", wishes).json()
    assert send("DELETE", f"/unified/connection/{connection.id}").status_code == 200
    assert get(f"/unified/connection/{connection.id}").status_code == 404
    assert get(f"/unified/webhook/{webhook['id']}").status_code == 404


def test_connections_are_listed_by_environment_and_external_reference(sandbox, get, send):
    body = {"integration_type": "xero", "external_xref": "tenant-77", "environment": "Sandbox", "profile": "empty"}
    made = send("POST", "/unified/connection", body).json()
    assert [row["id"] for row in get("/unified/connection", env="Sandbox", external_xref="tenant-77").json()] == [
        made["id"]
    ]
    assert get("/unified/connection", external_xref="tenant-77").json() == []
    assert len(made["id"]) == 24 and made["categories"] == ["accounting", "payment"]
