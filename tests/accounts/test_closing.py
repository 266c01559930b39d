"""A company that is deleted is gone everywhere, with days to think it over."""

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.utils.timezone import now

from accounts import closing
from accounts.closing import NotMarked, call_off_deletion, delete_company, list_due, mark_for_deletion, what_is_left
from accounts.models import ApiToken, Invitation, Membership, User
from tenants.audit import Actor
from tenants.models import AuditEvent, Company, Connection, RunState, SyncRun, WebhookDelivery
from tenants.suspension import suspend
from tests.accounts.people import host_of, sign_in

BY = Actor("op@platform.example", "192.0.2.9")


def _filled(made: SimpleNamespace) -> Connection:
    """Something in every place where a company leaves something."""
    company, owner = made.company, made.owner
    connection = Connection.objects.create(
        company=company, external_id=f"ext-{company.slug}", integration_type="xero", integration_name="Xero"
    )
    SyncRun.objects.create(connection=connection, trigger="manual", requested_by=owner.email)
    WebhookDelivery.objects.create(connection=connection, webhook_id="w", nonce=company.slug)
    ApiToken.issue(company=company, user=owner, name=f"at {host_of(company)}")
    Invitation.objects.create(
        company=company, email="x@y.example", role="viewer", token_hash=company.slug, invited_by="o", expires_at=now()
    )
    return connection


def _removed(asked: list[str], answer: str = "") -> Callable[[Connection], str]:
    def disconnect(connection: Connection) -> str:
        asked.append(connection.external_id)
        return answer

    return disconnect


@pytest.mark.slow
def test_nothing_is_left_but_the_event_that_says_so(new_company: Callable[..., SimpleNamespace]) -> None:
    made, other = new_company(), new_company()
    connection, theirs = _filled(made), _filled(other)
    client = sign_in(made.owner, made.company)
    staying = sign_in(other.owner, other.company)
    assert client.get("/settings/profile").status_code == 200
    traces = closing.traces_of(made.company)
    before = list(what_is_left(traces))
    for words in ("schema t_", "role ", "tenants_connection", "tenants_domain", "accounts_apitoken", "1 sessions",
                  "accounts_membership"):  # fmt: skip
        assert any(words in line for line in before), (words, before)

    asked: list[str] = []
    deleted = delete_company(made.company, disconnect=_removed(asked), by=BY)
    assert (asked, deleted.left, deleted.problems) == ([connection.external_id], (), ())
    (tombstone,) = AuditEvent.objects.filter(subject=made.company.slug)
    assert (tombstone.action, tombstone.actor, tombstone.company_id) == ("company.deleted", BY.name, None)
    assert tombstone.details == {"company": made.company.pk, "connections": 1}
    assert client.get("/settings/profile").status_code == 404
    assert not Session.objects.filter(session_key=client.session.session_key).exists()
    assert User.objects.filter(pk=made.owner.pk).exists()

    assert staying.get("/settings/profile").status_code == 200
    assert Connection.objects.filter(pk=theirs.pk).exists() and Membership.objects.filter(user=other.owner).exists()


@pytest.mark.slow
def test_what_stayed_behind_is_found(new_company: Callable[..., SimpleNamespace]) -> None:
    made = new_company()
    _filled(made)
    traces = closing.traces_of(made.company)
    delete_company(made.company, disconnect=_removed([]), by=BY)
    stray = AuditEvent.objects.create(actor="x", action="stray", details={"deep": [traces.external_ids[0]]})
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"CREATE ROLE {traces.role}")
        try:
            assert list(what_is_left(traces)) == [
                f"role {traces.role}",
                "1 rows of tenants_auditevent that name it",
            ]
        finally:
            cursor.execute(f"DROP ROLE {traces.role}")
            AuditEvent.objects.using("owner").filter(pk=stray.pk).delete()


@pytest.mark.slow
def test_an_api_that_does_not_answer_holds_nothing_up_and_is_told(new_company: Callable[..., SimpleNamespace]) -> None:
    made = new_company()
    _filled(made)
    deleted = delete_company(made.company, disconnect=_removed([], "ext: Unreachable"), by=BY)
    assert deleted.problems == ("ext: Unreachable",) and deleted.left == ()


@pytest.mark.django_db
def test_marking_shuts_the_company_and_stops_its_syncs(acme: Company) -> None:
    connection = Connection.objects.create(
        company=acme, external_id="e1", integration_type="xero", integration_name="Xero"
    )
    run = SyncRun.objects.create(connection=connection, trigger="manual")
    due_at = mark_for_deletion(acme, days=30, by=BY)
    acme.refresh_from_db()
    run.refresh_from_db()
    assert acme.is_suspended and acme.deletion_due_at == due_at and run.state == RunState.CANCELED
    assert list_due(now() + timedelta(days=29)) == [] and list_due(now() + timedelta(days=31)) == [acme]


@pytest.mark.django_db
@pytest.mark.parametrize("was_suspended", [False, True])
def test_calling_it_off_brings_the_company_back_as_it_was(acme: Company, was_suspended: bool) -> None:
    if was_suspended:
        suspend(acme, by=BY)
    mark_for_deletion(acme, days=30, by=BY)
    assert call_off_deletion(acme, by=BY) is not was_suspended
    acme.refresh_from_db()
    assert (acme.is_suspended, acme.deletion_due_at) == (was_suspended, None)
    with pytest.raises(NotMarked):
        call_off_deletion(acme, by=BY)


@pytest.mark.django_db
@pytest.mark.parametrize("confirm", ["", "beta", "Acme Ltd"])
def test_the_command_wants_the_address_typed_again(acme: Company, confirm: str) -> None:
    for more in ({}, {"now": True}):
        with pytest.raises(CommandError, match="Nothing was done"):
            call_command("delete_company", "acme", confirm=confirm, **more)
    acme.refresh_from_db()
    assert not acme.is_suspended


@pytest.mark.slow
def test_the_command_deletes_what_is_due_and_only_that(
    new_company: Callable[..., SimpleNamespace], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    due, later = new_company().company, new_company().company
    monkeypatch.setattr("aging.management.commands.delete_company.remove_at_source", _removed([]))
    call_command("delete_company", due.slug, "--confirm", due.slug, "--after-days", "0")
    call_command("delete_company", later.slug, "--confirm", later.slug)
    capsys.readouterr()
    call_command("delete_company", "--due", "--json")
    document = json.loads(capsys.readouterr().out)
    assert document == {"status": "success", "deleted": [{"tenant": due.slug, "left": [], "to_remove_at_unified": []}]}
    assert not Company.objects.filter(pk=due.pk).exists() and Company.objects.get(pk=later.pk).is_suspended
