"""The way in, in a real browser: cookies of one host, forms from host to host, passkeys under the content policy."""

import copy
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core import mail
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from tenants.models import Company
from tenants.provisioning import drop
from tests.browser.accessibility import SCHEMES_AND_WIDTHS, require_accessible

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "a long enough passphrase"


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Requests are not printed."""


@dataclass(frozen=True, slots=True)
class Site:
    port: int

    def at(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"


@pytest.fixture
def site(committed_db: None, settings: Any) -> Iterator[Site]:
    """The product itself, on whatever port is free."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet, allow_reuse_address=False)
    port = server.server_port
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"] = ["'self'", f"http://localhost:{port}", f"http://*.localhost:{port}"]
    settings.CONTENT_SECURITY_POLICY = policy
    settings.PUBLIC_PORT_SUFFIX = f":{port}"
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(port)
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh browser profile in which anything the content policy or a script complains of fails the test."""
    context = chromium.new_context()
    context.set_default_timeout(10_000)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # Pages that other packages fill may be missing from a test's company; a 404 is not a complaint about this one.
    assert not [text for text in complaints if "404" not in text]


@pytest.fixture
def slug(committed_db: None) -> Iterator[str]:
    slug = f"co-{uuid4().hex[:10]}"
    yield slug
    company = Company.objects.filter(slug=slug).first()
    if company is not None:
        drop(company)
    User.objects.filter(email=f"{slug}@people.example").delete()


def _sign_up(page: Page, site: Site, email: str) -> None:
    page.goto(site.at("localhost"))
    page.get_by_role("link", name="Create your company").click()
    page.get_by_label("Work e-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Confirm your e-mail address")).to_be_visible()
    code = re.match(r"\S+", mail.outbox[-1].subject)
    assert code
    page.get_by_label("Code").fill(code[0])
    page.get_by_role("button", name="Continue").click()


def test_from_sign_up_into_one_s_own_company(page: Page, site: Site, slug: str) -> None:
    _sign_up(page, site, f"{slug}@people.example")
    page.get_by_role("link", name="Create a company").click()
    page.get_by_label("Company name").fill("Ada & Sons")
    page.get_by_label("Address").fill(slug)
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Create company").click()
    page.wait_for_url(site.at(f"{slug}.localhost"))
    cookies = {(cookie["name"], cookie["domain"]) for cookie in page.context.cookies()}
    assert {("__Host-sid", "localhost"), ("__Host-sid", f"{slug}.localhost")} <= cookies
    page.goto(site.at(f"{slug}.localhost", "/settings/members"))
    expect(page.get_by_role("rowheader", name=f"{slug}@people.example You")).to_be_visible()


def test_without_a_script_a_button_leads_into_the_company(
    chromium: Browser, site: Site, new_company: Callable[..., Any]
) -> None:
    made = new_company()
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(site.at("localhost", "/accounts/login/"))
    page.get_by_label("E-mail").fill(made.owner.email)
    page.get_by_label("Password").fill(made.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name=made.company.name).click()
    page.get_by_role("button", name=f"Continue to {made.company.name}").click()
    page.wait_for_url(site.at(f"{made.company.slug}.localhost"))
    page.goto(site.at(f"{made.company.slug}.localhost", "/settings/members"))
    expect(page.get_by_role("heading", name="Members", level=1)).to_be_visible()
    context.close()


def test_a_passkey_is_added_and_signs_in(page: Page, site: Site, new_company: Callable[..., Any]) -> None:
    made = new_company()
    host = f"{made.company.slug}.localhost"
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(site.at(host, "/accounts/login/?next=/accounts/2fa/"))
    page.get_by_label("E-mail").fill(made.owner.email)
    page.get_by_label("Password").fill(made.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Add one").click()
    page.get_by_label("Password").fill(made.password)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.context.clear_cookies()
    page.goto(site.at(host, "/accounts/login/?next=/accounts/2fa/"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), SCHEMES_AND_WIDTHS)
def test_entry_pages_meet_the_accessibility_rules(
    chromium: Browser, site: Site, new_company: Callable[..., Any], scheme: str, width: int
) -> None:
    made = new_company()
    host = f"{made.company.slug}.localhost"
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(10_000)
    pages = [site.at("localhost", path) for path in ("/", "/accounts/signup/", "/accounts/password/reset/")]
    pages.append(site.at(host, "/accounts/login/"))
    for address in pages:
        _check(page, address)
    page.get_by_label("E-mail").fill(made.owner.email)
    page.get_by_label("Password").fill(made.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(site.at(host))
    for path in ("/settings/members", "/settings/profile", "/settings/tokens", "/accounts/2fa/", "/accounts/sessions/"):
        _check(page, site.at(host, path))
    context.close()


def _check(page: Page, address: str) -> None:
    page.goto(address)
    require_accessible(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, address
