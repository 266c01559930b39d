"""Companies whose only customer bears the name of the company's schema, so that a wrong row shows itself.

WALLS_COMPANIES, WALLS_REQUESTS and WALLS_READS make these tests as large as one likes; docs/tenancy.md says how.
"""

import os
from collections.abc import Iterator

import pytest
from django.db import connection

from aging.models import Customer
from tenants.context import tenant_context
from tenants.models import Company
from tenants.provisioning import drop, provision

COMPANIES = int(os.environ.get("WALLS_COMPANIES", "20"))


def mark(company: Company) -> None:
    with tenant_context(company):
        Customer.objects.create(connection_id=1, source_id="marker", name=company.schema_name)


def whose_rows() -> str:
    """The schema whose rows a query of this moment reads."""
    return Customer.objects.get().name


@pytest.fixture(scope="session")
def marked_companies(django_db_setup, django_db_blocker) -> Iterator[list[Company]]:  # type: ignore[no-untyped-def]
    with django_db_blocker.unblock():
        made = [provision(slug=f"walls-{number}", name=f"Walls {number}") for number in range(COMPANIES)]
        for company in made:
            mark(company)
        connection.close()
    yield made
    with django_db_blocker.unblock():
        for company in made:
            drop(company)


@pytest.fixture
def many(marked_companies: list[Company], committed_db: None) -> list[Company]:
    return marked_companies


@pytest.fixture
def ours(many: list[Company]) -> Company:
    return many[0]


@pytest.fixture
def theirs(many: list[Company]) -> Company:
    return many[1]


@pytest.fixture
def company_of_its_own(committed_db: None) -> Iterator[Company]:
    """For tests that damage it."""
    company = provision(slug="walls-damaged", name="Damaged")
    mark(company)
    yield company
    connection.close()
    drop(company)
