"""One real PostgreSQL, two companies, the real roles.

The database is made once per test process, with the product's own set-up: roles, public migrations and provisioning.
Tests marked `django_db`, or using `acme` or `beta`, run in a transaction on the tenant and the control alias and are
rolled back. What needs real commits (browsers, syncs, sign-up) uses `committed_db` and a company of its own from
`new_company`.
"""

import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests import examples  # noqa: F401  # loads its profile
from tests.browser.chromium import MISSING, chromium, found  # noqa: F401  # a fixture

BOTH_ALIASES = ["default", "control"]


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    if os.environ.get("REQUIRE_BROWSER") and found() is None:
        pytest.exit(f"REQUIRE_BROWSER is set. {MISSING}", returncode=1)

    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    name = f"receivables_test_{worker}_{os.getpid()}"
    for alias in ("default", "control", "owner"):
        database = settings.DATABASES[alias]
        if alias != "owner":
            database["USER"] = f"{name}_{'tenant' if alias == 'default' else 'control'}"
        database["NAME"] = name


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("django_db"):
            mark.kwargs.setdefault("databases", BOTH_ALIASES)
        names = getattr(item, "fixturenames", ())
        if "db" in names and "committed_db" not in names and not item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.django_db(databases=BOTH_ALIASES))
    if hasattr(config, "workerinput"):  # the longest first, so that the processes end together
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    from django.conf import settings
    from django.db import connections

    from tenants import database
    from tenants.provisioning import provision

    with django_db_blocker.unblock():
        database.set_up()
        for slug, currency in (("acme", "USD"), ("beta", "EUR")):
            provision(slug=slug, name=f"{slug.title()} Ltd", currency=currency, timezone="UTC")
    yield
    with django_db_blocker.unblock():
        for connection in connections.all():
            connection.close()
            if hasattr(connection, "close_pool") and connection.alias != "owner":
                connection.close_pool()
    _drop_database(settings.DATABASES["owner"]["NAME"])


def _drop_database(name: str) -> None:
    from tenants.database import owner_parameters

    with psycopg.connect(**owner_parameters("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        roles = connection.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [name + "_"]
        ).fetchall()
        for (role,) in roles:
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def _company(slug: str):  # type: ignore[no-untyped-def]
    from tenants.models import Company

    return Company.objects.get(slug=slug)


@pytest.fixture
def acme(db: None):  # type: ignore[no-untyped-def]
    return _company("acme")


@pytest.fixture
def beta(db: None):  # type: ignore[no-untyped-def]
    return _company("beta")


@pytest.fixture
def in_acme(acme) -> Iterator[None]:  # type: ignore[no-untyped-def]
    from tenants.context import tenant_context

    with tenant_context(acme):
        yield


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Real commits; whoever uses it removes what it made, most easily by working in a `new_company`."""
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        _forget_what_was_audited()
        for connection in connections.all():
            connection.close()


def _forget_what_was_audited() -> None:
    """An audit event outlives its company, and only the owner of the database can take it back."""
    from django.db import connections

    from tenants.models import AuditEvent
    from tenants.router import OWNER_ALIAS

    connections[OWNER_ALIAS].set_schema_to_public()
    AuditEvent.objects.using(OWNER_ALIAS).all().delete()


@pytest.fixture
def new_company(committed_db: None) -> Iterator[Callable[..., SimpleNamespace]]:
    """Makes companies with an owner that exist for other processes too, and removes them afterwards."""
    from accounts.companies import create_company
    from accounts.models import User
    from tenants.models import Company
    from tenants.provisioning import drop

    made: list[tuple[int, int]] = []

    def make(slug: str = "", **fields: object) -> SimpleNamespace:
        from allauth.account.models import EmailAddress

        slug = slug or f"co-{uuid4().hex[:10]}"
        password = f"long enough {uuid4().hex}"
        owner = User.objects.create_user(email=f"owner@{slug}.example", password=password)
        EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
        company = create_company(owner=owner, slug=slug, **{"name": slug.title(), **fields})
        made.append((company.pk, owner.pk))
        return SimpleNamespace(company=company, owner=owner, password=password)

    yield make
    for company_pk, owner_pk in made:
        company = Company.objects.filter(pk=company_pk).first()
        if company is not None:
            drop(company)
        User.objects.filter(pk=owner_pk).delete()
