"""What raw SQL may do on a company's connection, as an injected statement would: nothing beyond its own rows."""

import pytest
from django.db import DatabaseError, connection, connections

from tenants.context import tenant_context
from tests.isolation.conftest import whose_rows

# {theirs} is the other company's schema, {role} its database role, {login} the role that web processes log in with.
READS = {
    "another company's table": 'SELECT name FROM "{theirs}".customer',
    "its record of migrations": 'SELECT name FROM "{theirs}".django_migrations',
    "users and their passwords": "SELECT email, password FROM public.accounts_user",
    "sessions": "SELECT session_key FROM public.django_session",
    "the list of companies": "SELECT name FROM public.tenants_company",
    "a file of the server": "SELECT pg_read_file('/etc/passwd')",
    "a folder of the server": "SELECT pg_ls_dir('.')",
    "log-in roles": "SELECT rolpassword FROM pg_authid",
    "samples of other companies' columns": "SELECT stavalues1 FROM pg_statistic",
}
CHANGES = {
    "another company's rows": 'DELETE FROM "{theirs}".customer',
    "a table of its own": "CREATE TABLE smuggled (i int)",
    "a temporary table": "CREATE TEMPORARY TABLE smuggled (i int)",
    "a schema": "CREATE SCHEMA smuggled",
    "a function": "CREATE FUNCTION smuggled() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "its tables' shape": "ALTER TABLE customer ADD COLUMN smuggled int",
    "its tables' existence": "DROP TABLE customer",
    "all rows at once": "TRUNCATE customer",
    "which migrations it has": "DELETE FROM django_migrations",
    "the server, by a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "a file of the server": "COPY customer TO '/tmp/smuggled'",
    "its own rights": 'GRANT "{role}" TO current_user',
    "other sessions": "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = '{login}'",
}
ESCAPES = {
    "back to the log-in role": 'RESET ROLE; SELECT name FROM "{theirs}".customer',
    "to the other's role": 'SET ROLE "{role}"; SELECT name FROM "{theirs}".customer',
    "to the other's role and schema": 'SET ROLE "{role}"; SET search_path = "{theirs}"; SELECT name FROM customer',
    "out of the transaction": 'COMMIT; SET ROLE "{role}"; SELECT name FROM "{theirs}".customer',
    "by log-in": 'SET SESSION AUTHORIZATION "{role}"',
    "by the settings' view": "UPDATE pg_settings SET setting = '{role}' WHERE name = 'role'",
}
# Forbidding these takes a superuser's REVOKE; see docs/tenancy.md.
SUPERUSERS_WALLS = {
    "by a function that sets the role": "SELECT set_config('role', '{role}', true)",
    "by a role set and used in one SELECT": (
        "SELECT word FROM (SELECT set_config('role', '{role}', true) AS now) AS taken, LATERAL ts_stat("
        "'SELECT to_tsvector(''simple'', name) FROM \"{theirs}\".customer WHERE ''' || taken.now || ''' <> ''''')"
    ),
    "by a block of code": ('DO $$ BEGIN EXECUTE \'SET ROLE "{role}"\'; PERFORM name FROM "{theirs}".customer; END $$'),
}


def filled(statement, theirs):
    return statement.format(
        theirs=theirs.schema_name,
        role=connection.role_for(theirs.schema_name),
        login=connection.settings_dict["USER"],
    )


def attempt(statement, ours, theirs):
    with tenant_context(ours), connection.cursor() as cursor:
        cursor.execute(filled(statement, theirs))


def require_unharmed(ours, theirs):
    for company in (ours, theirs):
        with tenant_context(company):
            assert whose_rows() == company.schema_name


@pytest.mark.parametrize("statement", READS.values(), ids=READS)
def test_a_company_cannot_read(ours, theirs, statement):
    with pytest.raises(DatabaseError, match="permission denied"):
        attempt(statement, ours, theirs)


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_a_company_cannot_change(ours, theirs, statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner|must have admin option"):
        attempt(statement, ours, theirs)
    require_unharmed(ours, theirs)


@pytest.mark.parametrize("statement", ESCAPES.values(), ids=ESCAPES)
def test_a_company_cannot_get_out(ours, theirs, statement):
    with pytest.raises(DatabaseError, match=r"multiple commands|permission denied"):
        attempt(statement, ours, theirs)
    require_unharmed(ours, theirs)


@pytest.mark.parametrize("statement", SUPERUSERS_WALLS.values(), ids=SUPERUSERS_WALLS)
def test_a_company_cannot_take_on_anothers_role_within_one_statement(ours, theirs, statement):
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("The owner is no superuser here and cannot revoke what PostgreSQL grants to everybody.")
    with pytest.raises(DatabaseError, match="permission denied"):
        attempt(statement, ours, theirs)
    require_unharmed(ours, theirs)


def test_a_role_taken_on_by_a_whole_statement_ends_with_it(ours, theirs):
    """Who writes whole statements gets that far: so nobody's text ever is one, and the next query starts afresh."""
    with tenant_context(ours):
        with connection.cursor() as cursor:
            cursor.execute(filled('SET ROLE "{role}"', theirs))
        assert whose_rows() == ours.schema_name
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (connection.role_for(ours.schema_name),)


def test_the_same_reads_succeed_where_there_are_no_walls(ours, theirs):
    """As the owner, who is behind no request: what is refused above is there, and the statements are sound."""
    with connections["owner"].cursor() as cursor:
        for statement in READS.values():
            if "pg_" in statement:
                continue
            cursor.execute(filled(statement, theirs))
        cursor.execute(filled(READS["another company's table"], theirs))
        assert cursor.fetchone() == (theirs.schema_name,)


def test_a_company_sees_nothing_of_what_others_are_running(ours, theirs):
    with tenant_context(ours), connection.cursor() as cursor:
        cursor.execute(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert {row[0] for row in cursor.fetchall()} <= {"<insufficient privilege>", None}


@pytest.mark.parametrize("statement", [READS["another company's table"], READS["users and their passwords"]])
def test_the_log_in_role_without_a_company_reads_nothing(theirs, statement):
    connection.set_schema_to_public()
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="permission denied"):
        cursor.execute(filled(statement, theirs))


def test_the_public_schemas_role_reads_no_company_and_takes_on_no_companys_role(theirs):
    for statement in (READS["another company's table"], 'SET ROLE "{role}"'):
        with connections["control"].cursor() as cursor, pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute(filled(statement, theirs))
