"""Every address of people's that changes something wants the form's own token, and no GET changes anything."""

from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import Role
from tenants.models import Company
from tests.accounts.people import PASSWORD, browser, member_of, sign_in

pytestmark = pytest.mark.django_db

# It takes a signed single-use token instead: no cookie of its host exists on the page that posts to it.
NOT_BY_CSRF = {"handoff"}
ARGUMENTS = {"pk": 1, "token": "x", "slug": "acme"}


def _addresses(urlconf: str) -> dict[str, str]:
    """Name and path of every pattern of this package and of allauth, with some argument where one is wanted."""
    found = {}

    def walk(patterns: list[Any], arguments: dict[str, Any]) -> None:
        for pattern in patterns:
            wanted = arguments | {name: ARGUMENTS.get(name) for name in pattern.pattern.converters}
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, wanted)
            elif pattern.lookup_str.startswith(("accounts.", "allauth.")):
                found[str(pattern.name)] = reverse(str(pattern.name), urlconf=urlconf, kwargs=wanted)

    walk(get_resolver(urlconf).url_patterns, {})
    return found


@pytest.mark.parametrize("urlconf", ["config.urls_tenant", "config.urls_public"])
def test_a_post_without_the_form_s_token_is_refused_everywhere(acme: Company, urlconf: str) -> None:
    company = acme if urlconf == "config.urls_tenant" else None
    user = member_of(acme, Role.OWNER).user
    addresses = _addresses(urlconf)
    assert len(addresses) > 20
    for client in (browser(company, enforce_csrf_checks=True), sign_in(user, company, enforce_csrf_checks=True)):
        for name, path in addresses.items():
            answer = client.post(path)
            if name in NOT_BY_CSRF:
                assert "has expired or was used already" in answer.content.decode(), name
            else:
                assert answer.status_code == 403 and "This form is out of date." in answer.content.decode(), name


def test_a_post_with_the_form_s_token_is_taken(acme: Company) -> None:
    member = member_of(acme)
    client = browser(acme, enforce_csrf_checks=True)
    client.get("/accounts/login/")
    token = _token_in(client, "/accounts/login/")
    form = {"login": member.user.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/accounts/login/", form).status_code == 302


def test_a_token_from_another_browser_is_refused(acme: Company) -> None:
    member = member_of(acme)
    client = browser(acme, enforce_csrf_checks=True)
    client.get("/accounts/login/")
    foreign = _token_in(browser(acme, enforce_csrf_checks=True), "/accounts/login/")
    form = {"login": member.user.email, "password": PASSWORD, "csrfmiddlewaretoken": foreign}
    assert client.post("/accounts/login/", form).status_code == 403


@pytest.mark.parametrize(
    "name",
    [
        "invitation-accept",
        "member-invite",
        "member-role",
        "member-remove",
        "invitation-resend",
        "invitation-revoke",
        "token-issue",
        "token-revoke",
        "handoff",
    ],
)
def test_what_changes_something_cannot_be_reached_by_a_link(acme: Company, name: str) -> None:
    path = _addresses("config.urls_tenant")[name]
    assert sign_in(member_of(acme, Role.OWNER).user, acme).get(path).status_code == 405


def test_a_signed_out_reader_is_sent_to_log_in_from_every_page_behind_it(acme: Company) -> None:
    for path in ("/settings/members", "/settings/profile", "/settings/tokens", "/accounts/2fa/", "/accounts/sessions/"):
        assert browser(acme).get(path).headers["location"].startswith("/accounts/login/?next="), path


def _token_in(client: Client, path: str) -> str:
    html = client.get(path).content.decode()
    return html.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
