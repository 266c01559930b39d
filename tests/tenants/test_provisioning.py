"""A company is set up in one transaction, with walls around it."""

import threading
from contextlib import contextmanager

import psycopg
import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from tenants import provisioning
from tenants.backend.base import TenantNotSelected
from tenants.context import tenant_context
from tenants.database import owner_parameters
from tenants.migration_plans import tenant_targets
from tenants.models import Company, Domain
from tenants.provisioning import CompanyRefused, drop, provision, tenant_ddl
from tenants.router import is_tenant_app
from tests.tenants.schemas import dumped, leftovers


def tables_of(company):
    with tenant_context(company), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        return {row[0] for row in cursor.fetchall()}


@contextmanager
def killed_when_half_done(monkeypatch):
    """The server process is ended in the middle of the script, when half of the tables have been made."""
    statements = tenant_ddl().split("\n")
    half = len(statements) // 2
    script = "\n".join([*statements[:half], "SELECT pg_sleep(60);", *statements[half:]])
    monkeypatch.setattr(provisioning, "tenant_ddl", lambda: script)
    found, is_over = [], threading.Event()

    def kill():
        with psycopg.connect(**owner_parameters(), autocommit=True) as killer:
            while not found and not is_over.is_set():
                found.extend(
                    killer.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE wait_event = 'PgSleep' AND datname = current_database()"
                    ).fetchall()
                )

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield found
    finally:
        is_over.set()
        killer.join()
        monkeypatch.undo()


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
    before = leftovers()

    def fail(company):
        raise RuntimeError("the owner could not be written")

    with pytest.raises(RuntimeError):
        provision(slug="halfway", name="Halfway", finish=fail)
    assert leftovers() == before
    assert not Domain.objects.filter(domain__startswith="halfway.").exists()


def test_a_dropped_company_leaves_no_schema_and_no_role(committed_db):
    before = leftovers()
    drop(provision(slug="short-lived", name="Short Lived"))
    assert leftovers() == before


def test_a_provisioned_company_is_the_same_as_a_migrated_one(companies, monkeypatch):
    (provisioned,) = companies(1)
    only_the_record = tenant_ddl()[tenant_ddl().index('CREATE TABLE "django_migrations"') :].partition("\n")[0]
    monkeypatch.setattr(provisioning, "tenant_ddl", lambda: only_the_record)
    (migrated,) = companies(1)
    assert tables_of(migrated) == {"django_migrations"}
    owner = connections["owner"]
    owner.set_schema(migrated.schema_name)
    executor = MigrationExecutor(owner)
    executor.migrate(tenant_targets(executor))
    owner.set_schema_to_public()

    text = dumped(provisioned)
    assert text == dumped(migrated)
    assert any(line.startswith("CREATE UNLOGGED TABLE COMPANY_SCHEMA.staged_") for line in text)
    assert any(line.startswith("GRANT SELECT") for line in text)


def test_a_new_company_records_every_migration_it_was_made_from(companies):
    (company,) = companies(1)
    expected = {key for key in MigrationLoader(None).disk_migrations if is_tenant_app(key[0])}
    with tenant_context(company), connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        assert set(cursor.fetchall()) == expected


def test_a_companys_role_may_work_in_its_tables_and_not_change_them(companies):
    (company,) = companies(1)
    rights = "SELECT INSERT UPDATE DELETE".split()
    if connections["owner"].pg_version >= 170000:
        rights.append("MAINTAIN")
    role = connections["owner"].role_for(company.schema_name)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname, array_agg(r ORDER BY r) FROM pg_class, unnest(%s || array['TRUNCATE', 'TRIGGER']) AS r "
            "WHERE relkind = 'r' AND relnamespace = to_regnamespace(%s) AND has_table_privilege(%s, pg_class.oid, r) "
            "GROUP BY relname",
            [rights, f'"{company.schema_name}"', role],
        )
        held = dict(cursor.fetchall())
        cursor.execute("SELECT has_schema_privilege(%s, %s, 'CREATE')", [role, company.schema_name])
        assert cursor.fetchone() == (False,)
    # Rights on its own record of migrations are withdrawn, but for reading it.
    assert set(held.pop("django_migrations")) <= {"SELECT", "MAINTAIN"}
    assert set(held) == tables_of(company) - {"django_migrations"}
    assert {tuple(sorted(some)) for some in held.values()} == {tuple(sorted(rights))}


def test_a_provisioning_killed_half_way_leaves_nothing_and_its_address_free(committed_db, monkeypatch):
    before = leftovers()
    with killed_when_half_done(monkeypatch) as killed:
        with pytest.raises(OperationalError):
            provision(slug="killed", name="Killed")
    assert killed == [(True,)]
    assert leftovers() == before
    with pytest.raises(ObjectDoesNotExist):
        Company.objects.get(slug="killed")
    assert not Domain.objects.filter(domain__startswith="killed.").exists()

    company = provision(slug="killed", name="Killed")
    assert "customer" in tables_of(company)
    drop(company)
