"""People of a company with their browsers, and a Unified.to of their own, for the tests of connections and syncs."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Membership, Role, User
from accounts.sessions import COMPANY_KEY
from sandbox.testing import Sandbox, serve
from tenants.models import Company, Connection

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(user: User, company: Company) -> Client:
    """A browser with a session of this person, made on this company's host."""
    client = Client(HTTP_HOST=f"{company.slug}.localhost")
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[COMPANY_KEY] = company.pk
    session.save()
    return client


@pytest.fixture
def member(db: None) -> Callable[..., Client]:
    """A new member of the company, signed in there."""

    def make(company: Company, role: Role = Role.ADMIN, email: str = "") -> Client:
        email = email or f"{role}@{company.slug}.example"
        user = User.objects.filter(email=email).first() or User.objects.create_user(email)
        Membership.objects.get_or_create(user=user, company=company, defaults={"role": role})
        return signed_in(user, company)

    return make


@pytest.fixture
def admin(member, acme) -> Client:
    return member(acme, Role.ADMIN)


@pytest.fixture
def finance(member, acme) -> Client:
    return member(acme, Role.FINANCE)


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[Sandbox]:
    with serve() as running:
        yield running


@pytest.fixture
def unified(_sandbox: Sandbox, settings) -> Sandbox:
    """The settings of an installation that uses this sandbox."""
    cache.clear()
    settings.UNIFIED_API_URL = _sandbox.url
    settings.UNIFIED_API_KEY = _sandbox.api_key
    settings.UNIFIED_WORKSPACE_ID = _sandbox.world.options.workspace_id
    settings.UNIFIED_WORKSPACE_SECRET = _sandbox.world.options.workspace_secret
    settings.ROOT_URLCONF = "tests.aging.web.company_urls"
    settings.COMPANY_SHELL = "aging.web.shell.company_shell"
    return _sandbox


@pytest.fixture
def launched(monkeypatch) -> list[int]:
    """The runs that would have been posted to Dagster."""
    runs: list[int] = []
    for module in ("tenants.connections", "aging.web.hooks"):
        monkeypatch.setattr(f"{module}.launch", lambda run: runs.append(run.pk))
    return runs


def make_connection(company: Company, external_id: str = "c1", **fields: object) -> Connection:
    named = {"integration_name": "QuickBooks Online", "organization_name": "Acme Books"}
    known = {"company": company, "external_id": external_id, "integration_type": "quickbooks"}
    return Connection.objects.create(**known, **(named | fields))


def words_of(page: SimpleNamespace) -> str:
    """A page's text as one reads it: no runs of white space."""
    return " ".join(page.content.decode().split())
