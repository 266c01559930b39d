"""No page of allauth's appears in anything but our frame, whatever state a person is in."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import allauth
import pytest
from allauth.account.views import ConfirmEmailVerificationCodeView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.template.loader import get_template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from tenants.models import Company
from tests.accounts.people import PASSWORD, browser, host_of, log_in, member_of, sign_in
from tests.accounts.software_key import SoftwareKey

ALLAUTH = Path(allauth.__path__[0]) / "templates"
ELEMENTS = sorted(path.name for path in (ALLAUTH / "allauth/elements").glob("*.html"))

# Logging in by a mailed code is off; its page can be addressed but answers with a redirect.
SWITCHED_OFF = {"account/confirm_login_code.html"}


def _patterns(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def _library_views() -> list[Any]:
    found = [ConfirmEmailVerificationCodeView]
    for pattern in _patterns(get_resolver("config.urls_tenant").url_patterns):
        view = getattr(pattern.callback, "view_class", None)
        if view is not None and view.__module__.startswith("allauth.") and getattr(view, "template_name", None):
            found.append(view)
    return found


def _template_names() -> set[str]:
    return {view.template_name for view in _library_views() if view.template_name.endswith(".html")}


@pytest.mark.parametrize("name", ELEMENTS)
def test_every_element_is_drawn_by_us(name: str) -> None:
    assert get_template(f"allauth/elements/{name}").backend.name == "jinja2"


def test_allauth_s_base_layout_is_ours() -> None:
    assert "accounts" in Path(get_template("allauth/layouts/base.html").origin.name).parts


class Walk:
    """Every page seen, each checked for the frame as it goes by."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def see(self, answer: Any) -> str:
        assert answer.status_code == 200, (answer.status_code, answer.headers.get("location"))
        names = answer.template_name
        self.seen.update([names] if isinstance(names, str) else names)
        html: str = answer.content.decode()
        assert '<div class="entry' in html and "css/tokens.css" in html, names
        assert html.count("<h1") == 1 and html.count("<!doctype html>") == 1, names
        assert "Menu:" not in html and "&lt;" not in html, names
        assert not re.search(r"<script(?![^>]*(\ssrc=|type=\"application/json\"))", html), names
        assert not re.search(r"\s(style|on[a-z]+)=\"", html), names
        return html


@pytest.mark.django_db
def test_every_page_of_allauth_stands_in_our_frame(acme: Company) -> None:
    walk = Walk()
    _walk_signed_out(walk, acme)
    user = member_of(acme).user
    client = browser(acme)
    log_in(client, user.email)
    _walk_signed_in(walk, client)
    secret = _walk_authenticator_app(walk, client)
    _walk_keys(walk, client, acme)
    _walk_second_step(walk, acme, user, secret)
    _walk_reauthentication(walk, acme, user)
    assert _template_names() - walk.seen == SWITCHED_OFF


@pytest.mark.parametrize("name", sorted(SWITCHED_OFF))
def test_a_page_that_no_setting_leads_to_is_written_out_all_the_same(name: str) -> None:
    assert get_template(name).backend.name == "jinja2"


def _walk_signed_out(walk: Walk, acme: Company) -> None:
    client = browser(acme)
    for path in ("login/", "signup/", "inactive/", "password/reset/", "password/reset/done/"):
        walk.see(client.get(f"/accounts/{path}"))
    walk.see(browser().get("/accounts/signup/"))
    bare = browser()
    bare.post("/accounts/signup/", {"email": "walker@people.example", "password1": PASSWORD})
    walk.see(bare.get("/accounts/confirm-email/"))
    client.post("/accounts/password/reset/", {"email": member_of(acme).user.email})
    walk.see(client.get("/accounts/password/reset/confirm/"))
    client.post("/accounts/password/reset/confirm/", {"code": _code_in_mail()})
    walk.see(client.get("/accounts/password/reset/complete/"))


def _walk_signed_in(walk: Walk, client: Client) -> None:
    for path in ("logout/", "password/change/", "email/", "sessions/", "2fa/"):
        walk.see(client.get(f"/accounts/{path}"))


def _walk_authenticator_app(walk: Walk, client: Client) -> str:
    asked = client.get("/accounts/2fa/totp/activate/").headers["location"]
    walk.see(client.get(asked))
    assert client.post(asked, {"password": PASSWORD}).headers["location"] == "/accounts/2fa/totp/activate/"
    html = walk.see(client.get("/accounts/2fa/totp/activate/"))
    match = re.search(r'id="authenticator_secret" type="text" value="([A-Z2-7]+)"', html)
    assert match
    answer = client.post("/accounts/2fa/totp/activate/", {"code": _totp(match[1])})
    assert answer.headers["location"] == "/accounts/2fa/recovery-codes/"
    walk.see(client.get("/accounts/2fa/recovery-codes/"))
    walk.see(client.get("/accounts/2fa/recovery-codes/generate/"))
    walk.see(client.get("/accounts/2fa/totp/deactivate/"))
    return match[1]


def _walk_keys(walk: Walk, client: Client, acme: Company) -> None:
    html = walk.see(client.get("/accounts/2fa/webauthn/add/"))
    key = SoftwareKey(host_of(acme))
    credential = key.register(_data_block(html)["creation_options"])
    answer = client.post("/accounts/2fa/webauthn/add/", {"name": "My key", "credential": credential})
    assert answer.status_code == 302, answer.content.decode()
    walk.see(client.get("/accounts/2fa/webauthn/"))
    pk = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).pk
    walk.see(client.get(f"/accounts/2fa/webauthn/keys/{pk}/edit/"))
    walk.see(client.get(f"/accounts/2fa/webauthn/keys/{pk}/remove/"))
    walk.see(client.get("/accounts/2fa/"))


def _walk_second_step(walk: Walk, acme: Company, user: User, secret: str) -> None:
    client = browser(acme)
    assert log_in(client, user.email).headers["location"] == "/accounts/2fa/authenticate/"
    walk.see(client.get("/accounts/2fa/authenticate/"))


def _walk_reauthentication(walk: Walk, acme: Company, user: User) -> None:
    client = sign_in(user, acme)
    for path in ("reauthenticate/", "2fa/reauthenticate/", "2fa/webauthn/reauthenticate/"):
        walk.see(client.get(f"/accounts/{path}"))
    fresh = sign_in(_without_password(member_of(acme).user), acme)
    walk.see(fresh.get("/accounts/password/set/"))


def _without_password(user: User) -> User:
    user.set_unusable_password()
    user.save()
    return user


def _code_in_mail() -> str:
    match = re.search(r"^([A-Z0-9]{3,}(-[A-Z0-9]{3,})*)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert match
    return match[1]


def _data_block(html: str) -> dict[str, Any]:
    match = re.search(r'<script id="js_data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert match
    data: dict[str, Any] = json.loads(unescape(match[1]))
    return data


def _totp(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
