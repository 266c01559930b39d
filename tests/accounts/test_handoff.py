"""Walking from the bare domain into a company, and everybody who may not."""

import re

import pytest
from django.core import signing
from django.test import Client

from accounts import handoff as handoffs
from accounts.handoff import HandoffRefused, hand_off, receive
from accounts.models import Membership, Role
from accounts.sessions import COMPANY_KEY
from tenants.models import Company
from tests.accounts.people import browser, member_of, person, sign_in

pytestmark = pytest.mark.django_db

PAGE = "/settings/profile"


def _arrive(company: Company, token: str, client: Client | None = None, **headers: str):  # type: ignore[no-untyped-def]
    return (client or browser(company)).post("/handoff", {"token": token}, headers=headers)


def test_the_list_of_companies_leads_into_each(acme: Company, beta: Company) -> None:
    member = member_of(acme)
    Membership.objects.create(user=member.user, company=beta, role=Role.VIEWER)
    html = sign_in(member.user).get("/").content.decode()
    assert "/companies/acme/enter" in html and "/companies/beta/enter" in html


def test_the_way_in_is_a_form_with_a_button_and_works_without_a_script(acme: Company) -> None:
    answer = sign_in(member_of(acme).user).get("/companies/acme/enter")
    html = answer.content.decode()
    assert '<form method="post" action="http://acme.localhost:8000/handoff"' in html
    assert f'<button class="button primary block">Continue to {acme.name}</button>' in html
    token = re.search(r'name="token" value="([^"]+)"', html)
    assert token
    assert answer.headers["referrer-policy"] == "strict-origin"
    client = browser(acme)
    assert _arrive(acme, token[1], client).headers["location"] == "/"
    assert client.get(PAGE).status_code == 200


def test_a_company_one_does_not_belong_to_is_not_there(acme: Company, beta: Company) -> None:
    client = sign_in(member_of(beta).user)
    there, nowhere = client.get("/companies/acme/enter"), client.get("/companies/no-such/enter")
    assert there.status_code == nowhere.status_code == 404
    assert there.content == nowhere.content


def test_a_token_works_once(acme: Company) -> None:
    token = hand_off(member_of(acme).user, acme).token
    assert _arrive(acme, token).status_code == 302
    again = browser(acme)
    assert _arrive(acme, token, again).status_code == 403
    assert again.get(PAGE).status_code == 302


def test_a_token_for_one_company_opens_no_other(acme: Company, beta: Company) -> None:
    member = member_of(acme)
    Membership.objects.create(user=member.user, company=beta, role=Role.VIEWER)
    assert _arrive(beta, hand_off(member.user, acme).token).status_code == 403


def test_a_token_is_too_old_after_half_a_minute(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    token = hand_off(member_of(acme).user, acme).token
    made_at = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: made_at + 31)
    answer = _arrive(acme, token)
    assert answer.status_code == 403
    assert "has expired or was used already" in answer.content.decode()


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "\x00", "é" * 2000])
def test_anything_but_a_token_of_ours_is_refused(acme: Company, token: str) -> None:
    assert _arrive(acme, token).status_code == 403


def test_something_we_signed_for_another_purpose_is_no_token(acme: Company) -> None:
    claims = {"user": member_of(acme).user_id, "company": acme.pk, "nonce": "n"}
    assert _arrive(acme, signing.dumps(claims, salt="something else")).status_code == 403


@pytest.mark.parametrize("ending", ["removed", "deactivated", "switched off"])
def test_a_token_is_worth_no_more_than_the_membership_behind_it(acme: Company, ending: str) -> None:
    member = member_of(acme)
    token = hand_off(member.user, acme).token
    if ending == "removed":
        member.delete()
    elif ending == "deactivated":
        Membership.objects.filter(pk=member.pk).update(is_active=False)
    else:
        type(member.user).objects.filter(pk=member.user_id).update(is_active=False)
    with pytest.raises(HandoffRefused):
        receive(token, acme)


def test_arriving_makes_a_new_session_for_this_company_alone(acme: Company) -> None:
    client = sign_in(member_of(acme).user, acme)
    before = client.session.session_key
    newcomer = member_of(acme)
    _arrive(acme, hand_off(newcomer.user, acme).token, client)
    assert client.session.session_key != before
    assert client.session[COMPANY_KEY] == acme.pk
    assert client.get(PAGE).wsgi_request.user == newcomer.user


def test_another_site_cannot_sign_its_visitors_in(acme: Company) -> None:
    member = member_of(acme)
    for origin in ("https://evil.example", "null", "http://beta.localhost:8000", "http://localhost.evil.example"):
        assert _arrive(acme, hand_off(member.user, acme).token, Origin=origin).status_code == 403
    assert _arrive(acme, hand_off(member.user, acme).token, Origin="http://localhost:8000").status_code == 302


def test_the_token_is_taken_from_a_form_only(acme: Company) -> None:
    token = hand_off(member_of(acme).user, acme).token
    assert browser(acme).get("/handoff", {"token": token}).status_code == 405
    assert browser(acme).post(f"/handoff?token={token}").status_code == 403


def test_nobody_signed_in_gets_no_token(acme: Company) -> None:
    assert browser().get("/companies/acme/enter").headers["location"].startswith("/accounts/login/")
    assert sign_in(person()).get("/companies/acme/enter").status_code == 404


def test_a_used_token_is_remembered_for_longer_than_it_is_valid() -> None:
    assert handoffs.REMEMBERED > handoffs.LIFETIME
