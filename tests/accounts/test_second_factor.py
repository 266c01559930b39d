"""Authenticator apps, recovery codes and passkeys, all the way through."""

import json
import re
from html import unescape
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.db import transaction
from django.test import Client

from accounts.adapter import SecondFactorAdapter
from accounts.models import User
from tenants.models import AuditEvent, Company
from tests.accounts.people import PASSWORD, browser, host_of, log_in, member_of
from tests.accounts.software_key import SoftwareKey

pytestmark = pytest.mark.django_db


def _confirmed(client: Client, user: User) -> Client:
    """Signed in, and asked for the password a second time as these pages do."""
    log_in(client, user.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def _totp(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def _switch_on_app(client: Client) -> tuple[str, list[str]]:
    html = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = html.split('id="authenticator_secret" type="text" value="')[1].split('"')[0]
    shown = client.post("/accounts/2fa/totp/activate/", {"code": _totp(secret)}, follow=True).content.decode()
    codes = re.search(r'<pre class="codes">(.*?)</pre>', shown, re.DOTALL)
    assert codes
    return secret, codes[1].split()


def _add_key(client: Client, company: Company) -> SoftwareKey:
    key = SoftwareKey(host_of(company))
    html = client.get("/accounts/2fa/webauthn/add/").content.decode()
    block = re.search(r'<script id="js_data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert block
    credential = key.register(json.loads(unescape(block[1]))["creation_options"])
    form = {"name": "Laptop", "credential": credential, "passwordless": "on"}
    assert client.post("/accounts/2fa/webauthn/add/", form).status_code == 302
    return key


def test_with_an_app_the_password_alone_is_not_enough(acme: Company) -> None:
    user = member_of(acme).user
    _switch_on_app(_confirmed(browser(acme), user))
    client = browser(acme)
    assert log_in(client, user.email).headers["location"] == "/accounts/2fa/authenticate/"
    assert client.get("/settings/profile").status_code == 302
    assert "not right" in client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
    assert client.get("/settings/profile").status_code == 302


def test_a_recovery_code_lets_in_once(acme: Company) -> None:
    user = member_of(acme).user
    _, codes = _switch_on_app(_confirmed(browser(acme), user))
    assert len(codes) == 10
    answers = []
    for _ in range(2):
        client = browser(acme)
        log_in(client, user.email)
        answers.append(client.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code)
    assert answers == [302, 200]


def test_recovery_codes_are_not_shown_a_second_time(acme: Company) -> None:
    user = member_of(acme).user
    secret, codes = _switch_on_app(_confirmed(browser(acme), user))
    client = browser(acme)
    log_in(client, user.email)
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    shown = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert "9 of 10 codes are unused" in shown and not [code for code in codes if code in shown]
    assert secret not in shown


def test_the_app_s_key_is_encrypted_at_rest(acme: Company) -> None:
    secret, _ = _switch_on_app(_confirmed(browser(acme), member_of(acme).user))
    kept = Authenticator.objects.get(type=Authenticator.Type.TOTP).data
    assert secret not in str(kept)
    assert SecondFactorAdapter().decrypt(kept["secret"]) == secret


def test_these_pages_ask_for_the_password_first(acme: Company) -> None:
    client = browser(acme)
    log_in(client, member_of(acme).user.email)
    for path in ("totp/activate/", "webauthn/add/"):
        assert "/reauthenticate/" in client.get(f"/accounts/2fa/{path}").headers["location"]


def test_a_passkey_signs_in_on_its_company_s_host(acme: Company) -> None:
    user = member_of(acme).user
    key = _add_key(_confirmed(browser(acme), user), acme)
    client = browser(acme)
    assert "Sign in with a passkey" in client.get("/accounts/login/").content.decode()
    options = client.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": key.sign(options["request_options"])})
    assert answer.status_code == 302
    assert client.get("/settings/profile").status_code == 200


def test_a_passkey_of_a_stranger_opens_nothing(acme: Company, beta: Company) -> None:
    user = member_of(acme).user
    key = _add_key(_confirmed(browser(acme), user), acme)
    user.memberships.all().delete()
    client = browser(acme)
    options = client.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": key.sign(options["request_options"])})
    assert answer.status_code == 403
    assert client.get("/settings/profile").status_code == 302


def test_a_change_of_second_factors_is_mailed_and_written_down(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    # The test's own transaction never commits; outside of one, what waits for the commit runs at once.
    monkeypatch.setattr(transaction, "on_commit", lambda act, **_: act())
    user = member_of(acme).user
    _switch_on_app(_confirmed(browser(acme), user))
    assert "Authenticator app switched on" in [message.subject for message in mail.outbox]
    body = next(str(message.body) for message in mail.outbox if message.subject == "Authenticator app switched on")
    assert "127.0.0.1" in body and "reset your password now" in body
    actions = AuditEvent.objects.filter(subject=user.email).values_list("action", flat=True)
    assert "person.second_factor_added" in actions


def test_a_passkey_counts_on_every_host_below_the_base_domain(settings: Any) -> None:
    from allauth.core.context import request_context
    from django.test import RequestFactory

    settings.ALLOWED_HOSTS = [".receivables.example"]
    settings.BASE_DOMAIN = "receivables.example"
    settings.IS_LOCAL = False
    with request_context(RequestFactory().get("/", headers={"host": "acme.receivables.example"})):
        entity = SecondFactorAdapter().get_public_key_credential_rp_entity()
    assert entity == {"id": "receivables.example", "name": "Ledgerline"}
