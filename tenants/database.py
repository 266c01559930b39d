"""Is the database there, with its roles, and is its public schema current?

Three log-in roles share the work: the owner (DATABASE_URL) migrates and provisions; `<database>_control` reads and
writes the public schema; `<database>_tenant` has no right of its own and only takes on one company's role at a time.
A fingerprint of the public migrations is kept as the comment of the public schema, so that checking costs one query.
"""

import hashlib
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from tenants.router import OWNER_ALIAS, is_tenant_app


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
    """Set up a brand-new database; migrate one that is behind if allowed, else raise DatabaseBehind."""
    state = _fingerprint_in_database()
    if state == public_fingerprint():
        return
    if state is not None and not may_migrate:
        raise DatabaseBehind("The database is behind this version. Run `python manage.py setup_database`.")
    set_up()


def set_up() -> None:
    """Create database and roles if missing, harden them, and apply the public migrations. Safe to repeat."""
    _create_database_if_missing(settings.DATABASES[OWNER_ALIAS]["NAME"])
    _create_roles()
    _migrate_public()
    _grant_public()


def public_fingerprint() -> str:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    names = sorted(f"{app}.{name}" for app, name in loader.disk_migrations if not is_tenant_app(app))
    return "public schema " + hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def create_database_if_missing(name: str) -> None:
    _create_database_if_missing(name)


def _fingerprint_in_database() -> str | None:
    """The kept fingerprint; "" when the schema has none; None when database or tables do not exist yet."""
    try:
        with psycopg.connect(**owner_parameters(), connect_timeout=5) as connection:
            if not connection.execute("SELECT to_regclass('public.django_migrations')").fetchone()[0]:  # type: ignore[index]
                return None
            row = connection.execute(
                "SELECT obj_description('public'::regnamespace, 'pg_namespace')"
            ).fetchone()
            return (row and row[0]) or ""
    except psycopg.OperationalError as error:
        if "does not exist" in str(error):
            return None
        raise DatabaseUnreachable(
            f"PostgreSQL does not answer: {str(error).strip()}. Check DATABASE_URL, or leave it out for the "
            "embedded database."
        ) from error


def _create_database_if_missing(name: str) -> None:
    try:
        with psycopg.connect(**owner_parameters(name), connect_timeout=5):
            return
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise DatabaseUnreachable(f"PostgreSQL does not answer: {str(error).strip()}") from error
    with psycopg.connect(**owner_parameters("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
        )


def _create_roles() -> None:
    database = settings.DATABASES[OWNER_ALIAS]["NAME"]
    with psycopg.connect(**owner_parameters()) as connection:
        for alias in ("default", "control"):
            _create_login_role(
                connection, settings.DATABASES[alias]["USER"], settings.DATABASES[alias]["PASSWORD"]
            )
        name = sql.Identifier(database)
        tenant = sql.Identifier(settings.DATABASES["default"]["USER"])
        control = sql.Identifier(settings.DATABASES["control"]["USER"])
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
            _deny_set_config(connection, tenant, control)


def _create_login_role(connection: psycopg.Connection, role: str, password: str) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            sql.SQL("ALTER" if exists else "CREATE"), sql.Identifier(role), sql.Literal(password)
        )
    )


def _deny_set_config(connection: psycopg.Connection, tenant: sql.Identifier, control: sql.Identifier) -> None:
    """set_config('role', …) inside a SELECT would change the company; only a superuser may forbid it to the rest."""
    function = sql.SQL("FUNCTION pg_catalog.set_config(text, text, boolean)")
    connection.execute(sql.SQL("REVOKE EXECUTE ON {} FROM PUBLIC").format(function))
    connection.execute(sql.SQL("GRANT EXECUTE ON {} TO {}, {}").format(function, tenant, control))


def _migrate_public() -> None:
    owner = connections[OWNER_ALIAS]
    owner.set_schema_to_public()
    executor = MigrationExecutor(owner)
    targets = [node for node in executor.loader.graph.leaf_nodes() if not is_tenant_app(node[0])]
    executor.migrate(targets)


def _grant_public() -> None:
    control = sql.Identifier(settings.DATABASES["control"]["USER"])
    with psycopg.connect(**owner_parameters()) as connection:
        for statement in (
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {control}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {control}",
            "REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM {control}",
            "REVOKE UPDATE, DELETE ON public.tenants_auditevent FROM {control}",
        ):
            connection.execute(sql.SQL(statement).format(control=control))
        connection.execute(
            sql.SQL("COMMENT ON SCHEMA public IS {}").format(sql.Literal(public_fingerprint()))
        )


def is_reachable() -> bool:
    try:
        connections["control"].ensure_connection()
    except OperationalError:
        return False
    return True
