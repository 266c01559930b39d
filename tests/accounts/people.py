"""People for the tests: accounts, memberships, and browsers that are signed in on one host."""

from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client

from accounts.models import Membership, Role, User
from accounts.sessions import COMPANY_KEY
from tenants.models import Company

PASSWORD = "a long enough passphrase"


def host_of(company: Company | None) -> str:
    return f"{company.slug}.localhost" if company else "localhost"


def browser(company: Company | None = None, **options: Any) -> Client:
    """One browser that only ever opens this host, as a host-only cookie would have it."""
    return Client(headers={"host": host_of(company)}, **options)


def operators_browser() -> Client:
    return Client(headers={"host": settings.OPERATORS_HOST})


def person(email: str = "", **fields: Any) -> User:
    email = email or f"p{uuid4().hex[:10]}@people.example"
    user = User.objects.create_user(email=email, password=PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def member_of(company: Company, role: Role = Role.VIEWER, **fields: Any) -> Membership:
    return Membership.objects.create(user=person(**fields), company=company, role=role)


def sign_in(user: User, company: Company | None = None, **options: Any) -> Client:
    """A browser whose session on this host was made by an ordinary log-in, minus the typing."""
    client = browser(company, **options)
    client.force_login(user)
    session = client.session
    session[COMPANY_KEY] = company.pk if company else None
    session.save()
    return client


def log_in(client: Client, email: str, password: str = PASSWORD, **extra: str) -> Any:
    """By the log-in form."""
    return client.post("/accounts/login/", {"login": email, "password": password, **extra})
