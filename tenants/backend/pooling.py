"""Does every client of this database have a server session of its own?

Role and search path belong to a session. A pooler in transaction mode hands sessions from client to client between two
statements, and with them the company that the last one chose: measured, nine of ten requests were then answered from
another company's tables. So two clients mark their sessions in turn, and each must find its own mark and its own
process again. PostgreSQL reports some settings to poolers, which then restore them; the mark is one it does not report,
like the role. Asked once per process, before the first company is taken on.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured

ROUNDS = 2


class SessionsAreShared(ImproperlyConfigured):
    """Between us and PostgreSQL is a pooler that would mix companies up."""


def require_own_sessions(connect: Callable[[], psycopg.Connection[Any]]) -> None:
    """Raises SessionsAreShared. `connect` opens one client, in autocommit."""
    with connect() as one, connect() as other:
        clients = {"one": one, "other": other}
        processes = {name: _process(client) for name, client in clients.items()}
        is_shared = processes["one"] == processes["other"]
        for turn in range(ROUNDS):
            for name, client in clients.items():
                client.execute(f"SET receivables.client = '{name}{turn}'")
            is_shared |= any(_mark(client) != f"{name}{turn}" for name, client in clients.items())
            is_shared |= any(_process(client) != processes[name] for name, client in clients.items())
    if is_shared:
        raise SessionsAreShared(
            "DATABASE_URL leads to a pooler that shares sessions between clients (PgBouncer's pool_mode=transaction, "
            "or the like). Companies would read each other's tables. Use its session mode, or connect to PostgreSQL "
            "directly: this product pools its connections itself."
        )


def _process(client: psycopg.Connection[Any]) -> int:
    return client.execute("SELECT pg_backend_pid()").fetchone()[0]  # type: ignore[index]


def _mark(client: psycopg.Connection[Any]) -> str | None:
    return client.execute("SELECT current_setting('receivables.client', true)").fetchone()[0]  # type: ignore[index]
