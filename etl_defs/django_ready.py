"""How does a process that Dagster or Celery started come to know Django, and keep its database connections sound?

The package itself cannot set Django up: Django imports `etl_defs` while it loads its apps, for the `sync` command. So
the modules that such processes load by name do. And no request begins or ends here, so the connections that Django
would then check or return are ours to look after. A transaction that is open is left alone.
"""

import django
from django.apps import apps
from django.db import connections


def ensure_django() -> None:
    if not apps.ready:
        django.setup()


def check_connections() -> None:
    """Before a piece of work in a process that lives for days: drop what broke or grew old meanwhile."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def return_connections() -> None:
    """After work on a thread that serves others next: threads keep connections, and connections keep a company."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
