"""A company that demands a second factor of everybody who enters it."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import get_resolver

from accounts.models import ApiToken, Role, User
from tenants.models import AuditEvent, Company
from tests.accounts.people import PASSWORD, browser, log_in, member_of, sign_in

pytestmark = pytest.mark.django_db
SET_UP = "/accounts/2fa/"


def _with_factor(user: User, kind: str = Authenticator.Type.TOTP) -> User:
    Authenticator.objects.create(user=user, type=kind, data={})
    return user


def _demanding(company: Company) -> Company:
    company.require_mfa = True
    company.save()
    return company


def _confirmed(company: Company, user: User) -> Client:
    """Signed in, and having typed the password a moment ago once more."""
    client = browser(company)
    log_in(client, user.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def _switch(client: Client, on: bool) -> int:
    return client.post("/settings/security", {"require_mfa": "on"} if on else {}).status_code


@pytest.mark.parametrize("path", ["/", "/settings/members", "/settings/profile", "/accounts/email/", "/api/v1/aging"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.OWNER])
def test_a_member_without_a_second_factor_is_led_to_set_one_up(acme: Company, path: str, role: Role) -> None:
    member = member_of(_demanding(acme), role)
    answer = sign_in(member.user, acme).get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, SET_UP)


def test_such_a_member_changes_nothing_and_reads_nothing_on_any_address(acme: Company) -> None:
    member = member_of(_demanding(acme), Role.OWNER)
    other = member_of(acme)
    client = sign_in(member.user, acme)
    for pattern in get_resolver("config.urls_tenant").url_patterns:
        path = str(pattern.pattern)
        if path and not path.startswith("accounts/"):
            assert client.post(f"/{path}").headers["location"] == SET_UP
    assert client.post(f"/settings/members/{other.pk}/remove").headers["location"] == SET_UP
    assert client.get("/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == SET_UP
    assert acme.memberships.filter(pk=other.pk).exists()


def test_the_way_to_a_second_factor_and_out_stays_open(acme: Company) -> None:
    client = _confirmed(_demanding(acme), member_of(acme).user)
    html = client.get("/", follow=True).content.decode()
    assert "Your company asks for a second factor" in html
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302


@pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
def test_a_member_with_a_second_factor_notices_nothing(acme: Company, kind: str) -> None:
    user = _with_factor(member_of(_demanding(acme)).user, kind)
    assert sign_in(user, acme).get("/settings/profile").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(acme: Company) -> None:
    user = _with_factor(member_of(_demanding(acme)).user, Authenticator.Type.RECOVERY_CODES)
    assert sign_in(user, acme).get("/settings/profile").status_code == 302


def test_one_company_s_demand_is_not_the_other_s(acme: Company, beta: Company) -> None:
    _demanding(acme)
    assert sign_in(member_of(beta).user, beta).get("/settings/profile").status_code == 200


def test_a_token_of_a_member_without_a_second_factor_is_refused(acme: Company) -> None:
    member = member_of(_demanding(acme), Role.ADMIN)
    _, text = ApiToken.issue(company=acme, user=member.user, name="sheet")
    client = browser(acme)
    answer = client.get("/api/v1/runs", headers={"authorization": f"Bearer {text}"})
    assert answer.status_code == 403 and answer.headers["content-type"] == "application/problem+json"
    assert "second factor" in answer.json()["detail"]
    _with_factor(member.user)
    assert client.get("/api/v1/runs", headers={"authorization": f"Bearer {text}"}).status_code == 200


def test_nobody_locks_themselves_out(acme: Company) -> None:
    client = _confirmed(acme, member_of(acme, Role.ADMIN).user)
    answer = client.post("/settings/security", {"require_mfa": "on"})
    assert answer.status_code == 422 and "locked out yourself" in answer.content.decode()
    assert not Company.objects.get(pk=acme.pk).require_mfa


def test_the_demand_counts_at_once_and_is_written_down(acme: Company) -> None:
    admin, other = member_of(acme, Role.ADMIN).user, member_of(acme).user
    reading, client = sign_in(other, acme), _confirmed(acme, admin)
    assert reading.get("/settings/profile").status_code == 200
    _with_factor(admin)
    assert _switch(client, True) == 302
    assert reading.get("/settings/profile").headers["location"] == SET_UP
    event = AuditEvent.objects.get(action="company.second_factor_required")
    assert (event.actor, event.company_id, event.details) == (admin.email, acme.pk, {"before": False, "after": True})
    assert other.email in client.get("/settings/security").content.decode()
    assert _switch(client, False) == 302
    assert reading.get("/settings/profile").status_code == 200


def test_it_takes_the_password_once_more(acme: Company) -> None:
    admin = _with_factor(member_of(acme, Role.OWNER).user)
    answer = sign_in(admin, acme).post("/settings/security", {"require_mfa": "on"})
    assert "/reauthenticate/" in answer.headers["location"]
    assert not Company.objects.get(pk=acme.pk).require_mfa


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE])
def test_the_page_is_for_admins(acme: Company, role: Role) -> None:
    client = sign_in(_with_factor(member_of(acme, role).user), acme)
    assert client.get("/settings/security").status_code == 403
    assert _switch(client, True) == 403
    assert not Company.objects.get(pk=acme.pk).require_mfa
