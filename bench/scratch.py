"""A database for one benchmark, on the server that the product would use, gone when it ends.

The alias `plain` leads to it too: Django's own engine with the same pool, for the same work without companies.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

PLAIN_ALIAS = "plain"


@contextmanager
def scratch_database() -> Iterator[None]:
    """Django is ready inside, the database set up and without companies."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import env
    from tenants import embedded

    if not env.env.str("DATABASE_URL", default=""):
        env.var_dir().mkdir(parents=True, exist_ok=True)
        embedded.ensure_running(env.var_dir())
    name = _point_settings_elsewhere()
    import django

    django.setup()
    from django.db import connections

    from tenants import database

    try:
        database.set_up()
        yield
    finally:
        for connection in connections.all():
            connection.close()
            if connection.alias != "owner":
                connection.close_pool()
        _drop(name)


def _point_settings_elsewhere() -> str:
    from django.conf import settings

    name = f"receivables_bench_{os.getpid()}"
    for alias, suffix in (("default", "tenant"), ("control", "control"), ("owner", "")):
        settings.DATABASES[alias]["NAME"] = name
        if suffix:
            settings.DATABASES[alias]["USER"] = f"{name}_{suffix}"
    settings.DATABASES[PLAIN_ALIAS] = {
        **settings.DATABASES["owner"],
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": dict(settings.DATABASES["control"]["OPTIONS"]),
    }
    return name


def _drop(name: str) -> None:
    from tenants.database import owner_parameters

    with psycopg.connect(**owner_parameters("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        roles = connection.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [f"{name}_"])
        for (role,) in roles.fetchall():
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
