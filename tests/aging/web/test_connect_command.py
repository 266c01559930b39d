"""`manage.py connect`: an operator links a connection, and every way in which it may not be linked is one sentence."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from aging.ingest import connecting
from sandbox.testing import Sandbox
from tenants.audit import COMMAND_LINE
from tenants.models import AuditEvent, ConnectAttempt, Connection, Health, SyncRun
from tests.aging.web.sources import make_connection

pytestmark = pytest.mark.usefixtures("acme", "unified")


def connect(slug: str, connection_id: str, capsys) -> dict:
    call_command("connect", slug, connection_id=connection_id, json=True)
    return json.loads(capsys.readouterr().out)


def refusal(slug: str, connection_id: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("connect", slug, connection_id=connection_id)
    assert not Connection.objects.filter(company__slug=slug, external_id=connection_id).exists()
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


def test_a_connection_that_names_nobody_is_linked(unified: Sandbox, acme, capsys):
    theirs = unified.connect(external_xref="")
    document = connect("acme", theirs.id, capsys)
    connection = Connection.objects.get(company=acme)
    assert document == {
        "status": "success",
        "tenant": "acme",
        "connection_id": theirs.id,
        "integration": "quickbooks",
        "organization": unified.world.organization("small"),
        "partition_key": f"conn_{connection.pk}",
    }
    assert connection.next_sync_at is not None
    assert AuditEvent.objects.get(company=acme).actor == "command line"
    assert not SyncRun.objects.exists(), "the operator starts the first sync"


def test_without_json_it_is_told_in_a_sentence(unified: Sandbox, capsys):
    call_command("connect", "acme", connection_id=unified.connect(external_xref="acme").id)
    assert "Acme Ltd is connected to" in capsys.readouterr().out


def test_linking_twice_is_harmless_and_brings_a_disconnected_one_back(unified: Sandbox, acme, capsys):
    theirs = unified.connect(external_xref="acme")
    first = connect("acme", theirs.id, capsys)
    Connection.objects.update(health=Health.DISCONNECTED, next_sync_at=None)
    assert connect("acme", theirs.id, capsys) == first
    connection = Connection.objects.get()
    assert connection.health == Health.HEALTHY
    assert connection.next_sync_at is not None


def test_a_connection_authorized_in_an_attempt_of_this_company_is_linked(unified: Sandbox, acme, capsys):
    attempt, _ = connecting.begin_attempt(acme, user_id=1, integration_type="quickbooks")
    assert connect("acme", unified.connect(external_xref=attempt.external_xref).id, capsys)["status"] == "success"


@pytest.mark.parametrize("xref", ["beta", "nobody known", "ACME"])
def test_a_connection_authorized_for_somebody_else_is_refused(unified: Sandbox, beta, xref):
    theirs = unified.connect(external_xref=xref)
    assert refusal("acme", theirs.id) == "The connection was authorized for somebody else than acme."
    assert not AuditEvent.objects.filter(action="connection.linked").exists()


def test_an_attempt_of_another_company_does_not_vouch_for_this_one(unified: Sandbox, beta):
    attempt, _ = connecting.begin_attempt(beta, user_id=1, integration_type="quickbooks")
    assert "somebody else" in refusal("acme", unified.connect(external_xref=attempt.external_xref).id)
    assert ConnectAttempt.objects.count() == 1


@pytest.mark.parametrize("health", [Health.HEALTHY, Health.DISCONNECTED])
def test_a_connection_of_another_company_is_refused_even_after_it_disconnected(unified: Sandbox, beta, health):
    theirs = unified.connect(external_xref="")
    make_connection(beta, theirs.id, health=health)
    assert refusal("acme", theirs.id) == "This connection belongs to another company."
    assert Connection.objects.get().company == beta


def test_two_companies_that_link_one_connection_at_once_do_not_both_get_it(unified: Sandbox, acme, monkeypatch):
    def too_late(*_: object, **__: object) -> None:
        raise IntegrityError("duplicate key")

    monkeypatch.setattr(Connection, "save", too_late)
    with pytest.raises(connecting.LinkRefused, match="belongs to another company"):
        connecting.link_connection(acme, unified.connect(external_xref="").id, by=COMMAND_LINE)


def test_an_unknown_company_is_named(unified: Sandbox):
    assert "There is no company “nobody”" in refusal("nobody", unified.connect().id)


def test_an_unknown_connection_is_named():
    assert refusal("acme", "f" * 24) == f"Unified.to knows no connection “{'f' * 24}”."


@pytest.mark.parametrize("connection_id", ["../webhook", "", "a b", "x" * 65, "ä"])
def test_what_cannot_be_an_id_is_not_asked_for(unified: Sandbox, connection_id):
    before = len(unified.requests)
    assert refusal("acme", connection_id) == "That is no connection id of Unified.to."
    assert len(unified.requests) == before


def test_a_wrong_key_names_the_variable(unified: Sandbox, settings):
    settings.UNIFIED_API_KEY = "wrong"
    assert refusal("acme", unified.connect().id).endswith("Check UNIFIED_API_KEY.")


def test_a_missing_key_names_the_variable_and_its_remedy(settings):
    settings.UNIFIED_API_KEY = ""
    assert refusal("acme", "c" * 24).startswith("UNIFIED_API_KEY is not set. Copy the workspace's API token")


def test_an_api_that_cannot_be_reached_is_named(settings, monkeypatch):
    settings.UNIFIED_API_URL = "http://127.0.0.1:9"
    monkeypatch.setattr("aging.unified.transport.time.sleep", lambda seconds: None)
    assert refusal("acme", "c" * 24) == (
        "Unified.to cannot be reached. Check UNIFIED_API_URL, which is http://127.0.0.1:9."
    )


def test_another_workspace_environment_or_kind_of_system_is_refused(unified: Sandbox, settings):
    sandboxed, crm = unified.connect(environment="Sandbox"), unified.connect(categories=["crm"])
    assert "environment Sandbox; this installation uses Production" in refusal("acme", sandboxed.id)
    assert refusal("acme", crm.id) == "The connection is not one to an accounting system."
    settings.UNIFIED_WORKSPACE_ID = "another"
    assert "another Unified.to workspace" in refusal("acme", unified.connect().id)


@pytest.mark.parametrize(("state", "health"), [("broken", Health.NEEDS_REAUTH), ("paused", Health.PAUSED)])
def test_the_health_of_the_connection_is_taken_over(unified: Sandbox, capsys, state, health):
    theirs = unified.connect(external_xref="acme")
    unified.world.connections.change(theirs.id, {"health": state})
    connect("acme", theirs.id, capsys)
    assert Connection.objects.get().health == health


def test_the_name_of_the_books_is_a_courtesy_and_no_condition(unified: Sandbox, capsys):
    theirs = unified.connect(external_xref="acme", permissions=["accounting_invoice_read"])
    assert connect("acme", theirs.id, capsys)["organization"] == ""
