"""A person connects, declines, and renews access in a browser without JavaScript."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

SUCCESS = "http://acme.localhost:8000/connect/done?company=7"
FAILURE = "http://acme.localhost:8000/connect/failed"


class Form(HTMLParser):
    """What a browser would submit: hidden fields and the chosen radio button."""

    def __init__(self, html):
        super().__init__()
        self.fields, self.choices = {}, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "input" and found["type"] == "radio":
            self.choices.append(found["value"])
        if tag == "input" and (found["type"] == "hidden" or "checked" in found):
            self.fields[found["name"]] = found["value"]


@pytest.fixture
def authorize(sandbox):
    def ask(kind="quickbooks", **params):
        asked = {"success_redirect": SUCCESS, "failure_redirect": FAILURE, "external_xref": "tenant-1", "state": "s&1"}
        url = f"{sandbox.url}/unified/integration/auth/sandbox/{kind}"
        return requests.get(url, params=asked | {"redirect": "1"} | params, allow_redirects=False, timeout=10)

    return ask


def decide(url, decision, **changes):
    form = Form(requests.get(url, timeout=10).text)
    data = form.fields | {"decision": decision} | changes
    answer = requests.post(url, data=data, allow_redirects=False, timeout=10)
    target = urlsplit(answer.headers["Location"])
    return answer.status_code, target, {key: values[0] for key, values in parse_qs(target.query).items()}


def test_without_redirect_the_answer_is_the_address_as_text(authorize, sandbox):
    answer = authorize(redirect="")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.startswith(f"{sandbox.url}/consent/quickbooks?")
    assert authorize().headers["Location"].startswith(f"{sandbox.url}/consent/quickbooks?")


def test_the_page_says_who_asks_for_what_and_not_for_which_tenant(authorize):
    page = requests.get(
        authorize(scopes="accounting_invoice_read,payment_payment_read").headers["Location"], timeout=10
    )
    assert "acme.localhost:8000 wants to read your books in QuickBooks Online" in page.text
    assert "<li>Invoices</li><li>Customer payments</li></ul>" in page.text
    assert ">tenant-1<" not in page.text
    assert "<script" not in page.text and "http" not in page.text.replace("http-equiv", "").split("<main>")[0]


def test_a_hostile_address_is_shown_as_text(authorize):
    page = requests.get(authorize(success_redirect="http://<script>alert(1)</script>/").headers["Location"], timeout=10)
    assert "<script" not in page.text


def test_approving_connects_the_chosen_business_and_returns_to_the_application(authorize, get, sandbox):
    url = authorize(env="Sandbox", scopes=["accounting_invoice_read", "accounting_contact_read"]).headers["Location"]
    assert {"small", "mid", "large", "empty"} <= set(Form(requests.get(url, timeout=10).text).choices)
    status, target, query = decide(url, "approve", profile="empty")
    assert status == 303 and target.netloc == "acme.localhost:8000" and target.path == "/connect/done"
    assert query["company"] == "7" and query["state"] == "s&1" and len(query["id"]) == 24
    connection = get(f"/unified/connection/{query['id']}").json()
    assert connection["external_xref"] == "tenant-1" and connection["environment"] == "Sandbox"
    assert connection["permissions"] == ["accounting_contact_read", "accounting_invoice_read"]
    assert connection["categories"] == ["accounting", "payment"]
    assert connection["auth"]["name"] == sandbox.world.organization("empty")


def test_naming_no_scope_grants_every_scope(authorize, get):
    _, _, query = decide(authorize().headers["Location"], "approve", profile="empty")
    assert "accounting_agedreceivable_read" in get(f"/unified/connection/{query['id']}").json()["permissions"]


def test_declining_connects_nothing(authorize, sandbox):
    before = len(list(sandbox.world.connections))
    status, target, query = decide(authorize().headers["Location"], "deny")
    assert (status, target.path) == (303, "/connect/failed")
    assert query == {"error": "access_denied", "state": "s&1"}
    assert len(list(sandbox.world.connections)) == before


def test_access_is_renewed_in_place_with_a_token_that_works_once(authorize, get, send, sandbox):
    connection = sandbox.connect("empty", external_xref="tenant-1")
    send("PATCH", f"/_sandbox/connections/{connection.id}", {"health": "broken"})
    token = send("POST", f"/unified/connection/{connection.id}/reauth").json()["reauth_token"]
    url = authorize(connection_id=connection.id, reauth_token=token).headers["Location"]
    _, _, query = decide(url, "approve")
    assert query["id"] == connection.id
    assert get(f"/accounting/{connection.id}/invoice").status_code == 200
    _, target, query = decide(url, "approve")
    assert target.path == "/connect/failed" and query["error"] == "invalid_reauth_token"


def test_a_token_of_one_connection_does_not_renew_another(authorize, send, sandbox):
    mine, other = sandbox.connect("empty"), sandbox.connect("empty")
    token = send("POST", f"/unified/connection/{mine.id}/reauth").json()["reauth_token"]
    _, _, query = decide(authorize(connection_id=other.id, reauth_token=token).headers["Location"], "approve")
    assert query["error"] == "invalid_reauth_token"


def test_an_unknown_workspace_or_integration_is_404(sandbox, authorize):
    assert authorize(kind="abacus").status_code == 404
    url = f"{sandbox.url}/unified/integration/auth/elsewhere/xero"
    assert requests.get(url, allow_redirects=False, timeout=10).status_code == 404
