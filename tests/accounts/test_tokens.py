"""API tokens: shown once, good for one company, gone with the membership; and the commands that make people."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from accounts.models import ApiToken, Membership, Role, User
from accounts.tokens import authenticate, issue
from tenants.audit import Actor
from tenants.models import AuditEvent, Company
from tests.accounts.people import PASSWORD, log_in, member_of, operators_browser, person, sign_in

pytestmark = pytest.mark.django_db


def _token(company: Company, **fields: Any) -> tuple[ApiToken, str]:
    token, text = issue(company=company, user=member_of(company).user, name="sheet", by=Actor("x"))
    ApiToken.objects.filter(pk=token.pk).update(**fields)
    return token, text


def _run(command: str, *arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def test_a_token_speaks_for_its_member(acme: Company) -> None:
    token, text = _token(acme)
    found = authenticate(f"Bearer {text}", acme)
    assert found is not None and found.pk == token.pk and found.user == token.user
    assert authenticate(f"bearer {text}", acme) == found


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic {}", "{}", "Bearer {}x", "\x00"])
def test_what_is_not_exactly_the_token_is_refused(acme: Company, header: str | None) -> None:
    _, text = _token(acme)
    assert authenticate(header.format(text) if header else header, acme) is None


def test_a_token_opens_no_other_company_even_to_a_member_of_both(acme: Company, beta: Company) -> None:
    token, text = _token(acme)
    Membership.objects.create(user=token.user, company=beta, role=Role.OWNER)
    assert authenticate(f"Bearer {text}", beta) is None


@pytest.mark.parametrize("ending", ["expired", "revoked", "member removed", "member deactivated", "account", "company"])
def test_a_token_ends_with_what_it_rests_on(acme: Company, ending: str) -> None:
    token, text = _token(acme)
    assert authenticate(f"Bearer {text}", acme) is not None
    member = Membership.objects.filter(user=token.user, company=acme)
    if ending == "expired":
        ApiToken.objects.update(expires_at=now())
    elif ending == "revoked":
        ApiToken.objects.update(revoked_at=now())
    elif ending == "member removed":
        member.delete()
    elif ending == "member deactivated":
        member.update(is_active=False)
    elif ending == "account":
        User.objects.filter(pk=token.user_id).update(is_active=False)
    else:
        Company.objects.filter(pk=acme.pk).update(is_suspended=True)
    assert authenticate(f"Bearer {text}", acme) is None


def test_every_refusal_costs_the_same_single_query(acme: Company) -> None:
    _, text = _token(acme, revoked_at=now())
    for header in (None, "nonsense", "Bearer rcv_unknown", f"Bearer {text}"):
        with CaptureQueriesContext(connections["control"]) as queries:
            assert authenticate(header, acme) is None
        assert len(queries) == 1


def test_the_last_use_is_written_once_a_minute(acme: Company) -> None:
    token, text = _token(acme)
    authenticate(f"Bearer {text}", acme)
    token.refresh_from_db()
    first = token.last_used_at
    authenticate(f"Bearer {text}", acme)
    token.refresh_from_db()
    assert first is not None and token.last_used_at == first
    ApiToken.objects.update(last_used_at=now() - timedelta(minutes=2))
    authenticate(f"Bearer {text}", acme)
    token.refresh_from_db()
    assert token.last_used_at > first


def test_a_token_is_shown_once_and_kept_as_a_hash(acme: Company) -> None:
    client = sign_in(member_of(acme, Role.ADMIN).user, acme)
    answer = client.post("/settings/tokens/issue", {"name": "Month end", "days": "90"})
    text = answer.content.decode().split('value="rcv_')[1].split('"')[0]
    assert "no-store" in answer.headers["cache-control"]
    token = ApiToken.objects.get(name="Month end")
    assert timedelta(days=89) < token.expires_at - now() <= timedelta(days=90)
    assert authenticate(f"Bearer rcv_{text}", acme) == token
    assert text not in str(ApiToken.objects.values()) + str(AuditEvent.objects.values())
    again = client.get("/settings/tokens").content.decode()
    assert text not in again and token.prefix in again


def test_a_revoked_token_is_gone_and_another_company_cannot_revoke_it(acme: Company, beta: Company) -> None:
    token, text = _token(acme)
    sign_in(member_of(beta, Role.OWNER).user, beta).post(f"/settings/tokens/{token.pk}/revoke")
    assert authenticate(f"Bearer {text}", acme) is not None
    client = sign_in(member_of(acme, Role.ADMIN).user, acme)
    client.post(f"/settings/tokens/{token.pk}/revoke")
    assert authenticate(f"Bearer {text}", acme) is None
    client.get("/settings/tokens")
    assert "No token is in use." in client.get("/settings/tokens").content.decode()
    actions = AuditEvent.objects.filter(company=acme, subject="sheet").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["token.issued", "token.revoked"]


def test_the_command_prints_a_token_that_works(acme: Company) -> None:
    email = member_of(acme).user.email
    document = _run("create_api_token", "acme", "--email", email.upper())
    assert document.keys() == {"status", "tenant", "email", "token", "prefix"}
    assert (document["status"], document["tenant"], document["email"]) == ("success", "acme", email)
    assert document["token"].startswith(document["prefix"])
    assert authenticate(f"Bearer {document['token']}", acme) is not None


def test_the_command_names_what_is_missing(acme: Company, beta: Company) -> None:
    stranger = member_of(beta).user.email
    for arguments, complaint in (
        (("nowhere", "--email", stranger), "There is no company"),
        (("acme", "--email", "nobody@people.example"), "There is no account"),
        (("acme", "--email", stranger), "is not a member of"),
        (("acme", "--email", stranger, "--days", "-1"), "counts the days"),
    ):
        with pytest.raises(CommandError, match=complaint):
            call_command("create_api_token", *arguments)


def test_the_command_makes_an_operator_who_can_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    document = _run("create_operator", "Ops@People.example", "--password-stdin")
    assert document == {"status": "success", "email": "ops@people.example", "url": "http://ops.localhost:8000/"}
    assert log_in(operators_browser(), "ops@people.example").status_code == 302
    assert AuditEvent.objects.filter(action="operator.made", subject="ops@people.example").exists()


def test_the_command_makes_an_operator_of_somebody_who_is_here() -> None:
    user = person()
    _run("create_operator", user.email)
    user.refresh_from_db()
    assert user.is_operator and user.check_password(PASSWORD)


@pytest.mark.parametrize(("email", "password"), [("not an address", PASSWORD), ("ops@people.example", "short")])
def test_the_command_refuses_bad_addresses_and_weak_passwords(
    monkeypatch: pytest.MonkeyPatch, email: str, password: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    with pytest.raises(CommandError):
        call_command("create_operator", email, "--password-stdin")
    assert not User.objects.exists()
