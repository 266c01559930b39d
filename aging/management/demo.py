"""What does the demo consist of, and how does it come to be?

Three companies of different size, their people, and their connections in the local sandbox, which are then linked by
the same code as everybody's. Every step looks first whether it is done, so that starting again costs nothing and keeps
what a person changed meanwhile. It works against a sandbox on this machine only: these passwords are public.
"""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.companies import create_company
from accounts.models import Membership, Role, User
from aging.ingest.connecting import link_connection
from tenants.audit import Actor
from tenants.models import Company, Connection, SyncRun, Trigger
from tenants.sync_requests import launch, request_sync

PASSWORD = "ledgerline-demo"  # noqa: S105 - known to everybody, and printed
OPERATOR = "operator@ledgerline.example"
FINANCE = "finance@acme.example"
DEMO = Actor("demo")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS = 60.0  # a large business takes the sandbox a while to invent


class DemoRefused(RuntimeError):
    """The demo has no business here; the message says why."""


@dataclass(frozen=True, slots=True)
class Demo:
    slug: str
    name: str
    currency: str
    timezone: str
    profile: str
    integration: str

    @property
    def owner(self) -> str:
        return f"owner@{self.slug}.example"

    @property
    def connection_id(self) -> str:
        """Always the same, so that a sandbox that forgot everything is given the same connection again."""
        return hashlib.sha256(f"demo connection of {self.slug}".encode()).hexdigest()[:24]


DEMOS = (
    Demo("acme", "Acme Supplies", "USD", "America/New_York", "small", "quickbooks"),
    Demo("globex", "Globex Trading", "USD", "Europe/Berlin", "mid", "xero"),
    Demo("initech", "Initech Industries", "EUR", "Europe/Berlin", "large", "netsuite"),
)


class SandboxControl:
    """The steering end of the sandbox: what no accounting system offers, and so no client of ours speaks."""

    def __init__(self) -> None:
        self.url = settings.UNIFIED_API_URL
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {settings.UNIFIED_API_KEY}"

    def require(self) -> None:
        """Raises DemoRefused unless a sandbox answers on this machine."""
        if urlsplit(self.url).hostname not in LOOPBACK:
            raise DemoRefused(
                f"The demo needs the local sandbox, and UNIFIED_API_URL is {self.url}. Run `make up` without "
                "UNIFIED_API_URL and UNIFIED_API_KEY; it starts a sandbox and creates the demo companies."
            )
        try:
            is_ready = self._call("GET", "/_sandbox/ready").get("ready") is True
        except (requests.RequestException, ValueError, AttributeError):
            is_ready = False
        if not is_ready:
            raise DemoRefused(f"No sandbox answers at {self.url}. `make up` starts one.")

    def ensure_connection(self, demo: Demo) -> None:
        """One that exists is left alone: somebody may have posted to its books."""
        if demo.connection_id not in {one["id"] for one in self._call("GET", "/_sandbox/connections")}:
            wishes = {"id": demo.connection_id, "profile": demo.profile, "integration_type": demo.integration}
            self._call("POST", "/_sandbox/connections", json=wishes)

    def _call(self, method: str, path: str, **options: Any) -> Any:
        answer = self._session.request(method, self.url + path, timeout=SECONDS, **options)
        answer.raise_for_status()
        return answer.json()


def make_people_and_company(demo: Demo) -> Company:
    """Raises DemoRefused when a company of somebody's own has that address."""
    company = Company.objects.filter(slug=demo.slug).first()
    owner = _person(demo.owner, f"{demo.name} owner")
    if company is None:
        company = create_company(
            owner=owner,
            slug=demo.slug,
            name=demo.name,
            timezone=demo.timezone,
            currency=demo.currency,
            is_demo=True,
        )
    if not company.is_demo:
        raise DemoRefused(
            f"The company {demo.slug} here is no demo; it is left alone. Use another VAR_DIR for the demo."
        )
    colleague = _person(FINANCE, "Finance colleague")
    Membership.objects.get_or_create(user=colleague, company=company, defaults={"role": Role.FINANCE})
    return company


def make_operator() -> User:
    operator = _person(OPERATOR, "Platform operator")
    User.objects.filter(pk=operator.pk).update(is_operator=True)
    return operator


def _person(email: str, name: str) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email=email, password=PASSWORD, name=name)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def link(demo: Demo, company: Company) -> Connection:
    kept = Connection.objects.select_related("company").filter(external_id=demo.connection_id, company=company).first()
    return kept or link_connection(company, demo.connection_id, by=DEMO)


def start_first_sync(connection: Connection) -> SyncRun | None:
    """None when the connection has figures already, or somebody disconnected it."""
    if connection.last_success_at is not None or not connection.is_active:
        return None
    run, is_new = request_sync(connection, trigger=str(Trigger.FIRST), by=DEMO.name)
    if is_new:
        launch(run)  # when nobody takes it, Dagster's sensor will
    return run
