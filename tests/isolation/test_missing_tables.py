"""A company whose tables are damaged gets errors: never rows of the public schema, and nobody else notices."""

import pytest
from django.db import DatabaseError, ProgrammingError, connection, connections

from tenants.backend.base import TenantNotSelected
from tenants.context import tenant_context
from tests.isolation.conftest import whose_rows


@pytest.fixture
def decoy(committed_db):
    """A table of the same name in the public schema, which everybody could read if they came to look there."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE public.customer AS SELECT 'nobody' AS name")
        cursor.execute("GRANT SELECT ON public.customer TO PUBLIC")
        cursor.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        yield
        cursor.execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
        cursor.execute("DROP TABLE public.customer")


def as_owner(statement):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)


def read_name():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM customer")
        return cursor.fetchone()[0]


def test_a_missing_table_is_an_error_and_not_the_public_schemas(company_of_its_own, ours, decoy):
    as_owner(f'DROP TABLE "{company_of_its_own.schema_name}".customer CASCADE')
    with tenant_context(company_of_its_own), pytest.raises(ProgrammingError, match="does not exist"):
        read_name()
    with tenant_context(ours):
        assert whose_rows() == ours.schema_name


def test_with_the_stock_search_path_the_public_schemas_rows_would_be_read(company_of_its_own, decoy):
    schema = company_of_its_own.schema_name
    as_owner(f'DROP TABLE "{schema}".customer CASCADE')
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'SET search_path = "{schema}", public')
        cursor.execute("SELECT name FROM customer")
        assert cursor.fetchone() == ("nobody",)


def test_a_missing_schema_is_an_error(company_of_its_own, ours, decoy):
    as_owner(f'DROP SCHEMA "{company_of_its_own.schema_name}" CASCADE')
    with tenant_context(company_of_its_own), pytest.raises(DatabaseError):
        read_name()
    with tenant_context(ours):
        assert whose_rows() == ours.schema_name


def test_a_missing_role_is_an_error_on_a_connection_that_served_another_company(company_of_its_own, ours):
    role = connection.role_for(company_of_its_own.schema_name)
    with tenant_context(ours):
        assert whose_rows() == ours.schema_name
    as_owner(f'ALTER ROLE "{role}" RENAME TO "{role}_gone"')
    try:
        with tenant_context(company_of_its_own), pytest.raises(TenantNotSelected):
            read_name()
    finally:
        as_owner(f'ALTER ROLE "{role}_gone" RENAME TO "{role}"')
