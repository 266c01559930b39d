"""Is the database there, with its roles, and is its public schema current?

Three log-in roles share the work: the owner (DATABASE_URL) migrates and provisions; `<database>_control` reads and
writes the public schema; `<database>_tenant` has no right of its own and only takes on one company's role at a time.
A fingerprint of the migrations, the public ones and the companies', is kept as the comment of the public schema, so
that checking costs one query.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from tenants.router import CONTROL_ALIAS, OWNER_ALIAS, TENANT_ALIAS, is_tenant_app

TURN = 0x4C65646765726C69  # the advisory lock of `one_at_a_time`; any number that nothing else uses
SECONDS_BETWEEN_ASKING = 0.2


class DatabaseUnreachable(RuntimeError):
    """PostgreSQL does not answer at the address we have."""


class DatabaseBehind(RuntimeError):
    """The public schema lacks migrations this code needs."""


def owner_parameters(database: str | None = None) -> dict[str, Any]:
    """psycopg's connection parameters for the owner, by default for the product's own database."""
    configured = settings.DATABASES[OWNER_ALIAS]
    given = {
        "dbname": database or configured["NAME"],
        "user": configured["USER"],
        "password": configured["PASSWORD"],
        "host": configured["HOST"],
        "port": configured["PORT"],
    }
    return {key: value for key, value in given.items() if value}


def ensure_current(*, may_migrate: bool) -> None:
    """Set up a brand-new database; migrate one that is behind if allowed, else raise DatabaseBehind.

    Companies that are behind are no reason to refuse: new code works on the tables before and after a migration.
    """
    from tenants.migrating import migrate_all

    public, companies = _fingerprints_in_database()
    if public is not None and public != public_fingerprint() and not may_migrate:
        raise DatabaseBehind("The database is behind this version. Run `python manage.py migrate`.")
    if public != public_fingerprint() or (may_migrate and companies != companies_fingerprint()):
        migrate_all()


def set_up() -> None:
    """Create database and roles if missing, harden them, and apply the public migrations. Safe to repeat."""
    create_database_if_missing(settings.DATABASES[OWNER_ALIAS]["NAME"])
    with one_at_a_time():
        _create_roles()
        _migrate_public()
        _grant_public()


def refuse_shared_sessions() -> None:
    """Raises tenants.backend.pooling.SessionsAreShared; for the start of a server.

    A database that does not answer now is asked before the first company's first query, as in every other process.
    """
    try:
        connections[TENANT_ALIAS].require_own_sessions()
    except OperationalError:
        return


def public_fingerprint() -> str:
    return "public schema " + _fingerprint(lambda app: not is_tenant_app(app))


def companies_fingerprint() -> str:
    return "companies " + _fingerprint(is_tenant_app)


def note_companies_migrated() -> None:
    """Every company has been tried with these migrations; how it went is kept with each."""
    with psycopg.connect(**owner_parameters()) as connection:
        connection.execute(
            sql.SQL("COMMENT ON TABLE public.tenants_company IS {}").format(sql.Literal(companies_fingerprint()))
        )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Processes that set up or migrate one database take turns.

    Asked for again and again instead of waited for: a session that waits inside a statement would hold up a
    CREATE INDEX CONCURRENTLY of the one it waits for, for ever.
    """
    with psycopg.connect(**owner_parameters(), autocommit=True) as connection:
        while not connection.execute("SELECT pg_try_advisory_lock(%s)", [TURN]).fetchone()[0]:  # type: ignore[index]
            time.sleep(SECONDS_BETWEEN_ASKING)
        yield


def _fingerprint(is_counted: Callable[[str], bool]) -> str:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    names = sorted(f"{app}.{name}" for app, name in loader.disk_migrations if is_counted(app))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def _fingerprints_in_database() -> tuple[str | None, str]:
    """The kept fingerprints of public schema and companies, "" for one that is not there; None for a new database."""
    try:
        with psycopg.connect(**owner_parameters(), connect_timeout=5) as connection:
            row = connection.execute("""
                SELECT to_regclass('public.django_migrations') IS NOT NULL,
                       coalesce(obj_description('public'::regnamespace, 'pg_namespace'), ''),
                       coalesce(obj_description(to_regclass('public.tenants_company'), 'pg_class'), '')
            """).fetchone()
            return (row[1] if row[0] else None), row[2]  # type: ignore[index]
    except psycopg.OperationalError as error:
        if "does not exist" in str(error):
            return None, ""
        raise DatabaseUnreachable(
            f"PostgreSQL does not answer: {str(error).strip()}. Check DATABASE_URL, or leave it out for the "
            "embedded database."
        ) from error


def create_database_if_missing(name: str) -> None:
    try:
        with psycopg.connect(**owner_parameters(name), connect_timeout=5):
            return
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise DatabaseUnreachable(f"PostgreSQL does not answer: {str(error).strip()}") from error
    created = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
    with psycopg.connect(**owner_parameters("postgres"), autocommit=True) as connection:
        with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):  # by another process, just now
            connection.execute(created)


def _create_roles() -> None:
    database = settings.DATABASES[OWNER_ALIAS]["NAME"]
    with psycopg.connect(**owner_parameters()) as connection:
        for alias in (TENANT_ALIAS, CONTROL_ALIAS):
            _create_login_role(connection, settings.DATABASES[alias]["USER"], settings.DATABASES[alias]["PASSWORD"])
        name = sql.Identifier(database)
        tenant = sql.Identifier(settings.DATABASES[TENANT_ALIAS]["USER"])
        control = sql.Identifier(settings.DATABASES[CONTROL_ALIAS]["USER"])
        for statement in (
            "ALTER DATABASE {name} SET timezone = 'UTC'",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {name} TO {control}, {tenant}",
            "GRANT USAGE ON SCHEMA public TO {control}",
            "ALTER ROLE {tenant} IN DATABASE {name} SET statement_timeout = '600s'",
            "ALTER ROLE {tenant} IN DATABASE {name} SET idle_in_transaction_session_timeout = '120s'",
        ):
            connection.execute(sql.SQL(statement).format(name=name, tenant=tenant, control=control))
        if connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()[0]:  # type: ignore[index]
            _deny_ways_around(connection, tenant, control)


def _create_login_role(connection: psycopg.Connection, role: str, password: str) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            sql.SQL("ALTER" if exists else "CREATE"), sql.Identifier(role), sql.Literal(password)
        )
    )


def _deny_ways_around(connection: psycopg.Connection, tenant: sql.Identifier, control: sql.Identifier) -> None:
    """Changing the company inside one statement: set_config('role', …) in a SELECT, SET ROLE in a DO block.

    Only a superuser may forbid these to the rest. Under an owner who is none, what keeps a company's statements to
    their tables is that users never write whole statements.
    """
    function = sql.SQL("FUNCTION pg_catalog.set_config(text, text, boolean)")
    connection.execute(sql.SQL("REVOKE EXECUTE ON {} FROM PUBLIC").format(function))
    connection.execute(sql.SQL("GRANT EXECUTE ON {} TO {}, {}").format(function, tenant, control))
    connection.execute("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")


def _migrate_public() -> None:
    owner = connections[OWNER_ALIAS]
    owner.set_schema_to_public()
    executor = MigrationExecutor(owner)
    targets = [node for node in executor.loader.graph.leaf_nodes() if not is_tenant_app(node[0])]
    executor.migrate(targets)


def _grant_public() -> None:
    control = sql.Identifier(settings.DATABASES[CONTROL_ALIAS]["USER"])
    with psycopg.connect(**owner_parameters()) as connection:
        for statement in (
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {control}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {control}",
            "REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM {control}",
            "REVOKE UPDATE, DELETE ON public.tenants_auditevent FROM {control}",
        ):
            connection.execute(sql.SQL(statement).format(control=control))
        connection.execute(sql.SQL("COMMENT ON SCHEMA public IS {}").format(sql.Literal(public_fingerprint())))


def is_reachable() -> bool:
    try:
        connections[CONTROL_ALIAS].ensure_connection()
    except OperationalError:
        return False
    return True
