"""The operators' host as seen by an operator, by a company's owner, and by nobody in particular."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from accounts.sessions import COMPANY_KEY, OPERATORS
from tenants.models import Company, Connection

HOST = "ops.localhost"


def signed_in(user: User, place: int | str | None, host: str) -> Client:
    """A browser with a session of this person that was made on that host."""
    client = Client(HTTP_HOST=host)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[COMPANY_KEY] = place
    session.save()
    return client


@pytest.fixture
def operator(db: None) -> Client:
    return signed_in(User.objects.create_user("op@platform.example", is_operator=True), OPERATORS, HOST)


@pytest.fixture
def outsider(db: None) -> Client:
    """Somebody with an account and a session on this very host, who is no operator."""
    return signed_in(User.objects.create_user("somebody@acme.example"), OPERATORS, HOST)


@pytest.fixture
def connect(db: None) -> Callable[..., Connection]:
    def make(company: Company, external_id: str, **fields: object) -> Connection:
        named = {"integration_type": "quickbooks", "integration_name": "QuickBooks Online", **fields}
        return Connection.objects.create(company=company, external_id=external_id, **named)

    return make
