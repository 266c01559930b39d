"""How do the .sql files of this package run? Statement by statement, with bound parameters, in the caller's
transaction.

The connection decides the tenant: no file names a schema. PostgreSQL is asked for one statement per message, so a file
of several is split at the semicolons that end its lines.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

FOLDER = Path(__file__).resolve().parent / "sql"


def run(name: str, parameters: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in statements(name):
            cursor.execute(statement, parameters)


def rows(name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a file that holds one query."""
    (statement,) = statements(name)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def analyze(*tables: str) -> None:
    """Renew statistics: without those of a table that was just filled, plans are poor by orders of magnitude.

    Before PostgreSQL 17 only a table's owner may; there the defaults have to do.
    """
    if connection.pg_version < 170000:
        return
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {table}")


@cache
def statements(name: str) -> tuple[str, ...]:
    text = (FOLDER / f"{name}.sql").read_text()
    return tuple(part.strip() for part in text.split(";\n") if part.strip())
