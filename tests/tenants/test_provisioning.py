"""A company is set up in one transaction, with walls around it."""

import pytest
from django.db import connection, connections

from tenants.backend.base import TenantNotSelected
from tenants.context import tenant_context
from tenants.models import Company, Domain
from tenants.provisioning import CompanyRefused, drop, provision


def schemas_and_roles() -> set[str]:
    with connections["control"].cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace UNION SELECT rolname FROM pg_roles")
        return {row[0] for row in cursor.fetchall()}


def test_a_company_reads_its_own_tables_and_only_those(acme, beta):
    with tenant_context(acme), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customer")
        assert cursor.fetchone() == (0,)
        with pytest.raises(Exception, match="permission denied"):
            cursor.execute(f'SELECT count(*) FROM "{beta.schema_name}".customer')


def test_nothing_falls_through_to_the_public_schema(acme):
    with (
        tenant_context(acme),
        connection.cursor() as cursor,
        pytest.raises(Exception, match="does not exist"),
    ):
        cursor.execute("SELECT count(*) FROM tenants_company")


def test_one_message_carries_one_statement(acme):
    with tenant_context(acme), connection.cursor() as cursor:
        with pytest.raises(Exception, match="multiple commands"):
            cursor.execute("SELECT 1; RESET ROLE")


def test_a_company_whose_role_is_missing_is_refused_not_served_as_another(acme):
    ghost = Company(schema_name="t_nosuchschema", slug="ghost", name="Ghost")
    with tenant_context(ghost), pytest.raises(TenantNotSelected):
        connection.cursor()


def test_staging_tables_are_unlogged_and_the_ledger_is_not(acme):
    with tenant_context(acme), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relpersistence FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        persistence = dict(cursor.fetchall())
    assert persistence["staged_document"] == "u"
    assert persistence["document"] == "p"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "Not A Slug"),
        ("slug", "ops"),
        ("slug", "acme"),
        ("timezone", "Mars/Olympus"),
        ("currency", "Dollar"),
    ],
)
def test_a_company_that_cannot_be_is_refused_in_words(acme, field, value):
    wanted = {"slug": "gamma", "name": "Gamma", "timezone": "UTC", "currency": "USD", field: value}
    with pytest.raises(CompanyRefused):
        provision(**wanted)


def test_a_failed_provisioning_leaves_nothing(committed_db):
    before = schemas_and_roles()

    def fail(company):
        raise RuntimeError("the owner could not be written")

    with pytest.raises(RuntimeError):
        provision(slug="halfway", name="Halfway", finish=fail)
    assert schemas_and_roles() == before
    assert not Domain.objects.filter(domain__startswith="halfway.").exists()


def test_a_dropped_company_leaves_no_schema_and_no_role(committed_db):
    before = schemas_and_roles()
    drop(provision(slug="short-lived", name="Short Lived"))
    assert schemas_and_roles() == before
