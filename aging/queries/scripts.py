"""How do the .sql files of this package run? With bound parameters, on the company that the connection has selected.

A file may hold `{order}`: it takes one of the constant orderings of the module that asks, never anybody's text.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction

FOLDER = Path(__file__).resolve().parent / "sql"
SHARED = re.compile(r"\{(_[a-z_]+)\}")


def rows(name: str, parameters: Mapping[str, Any], *, order: str = "") -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_statement(name).replace("{order}", order), parameters)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def snapshot() -> Iterator[None]:
    """One published version for all questions inside; by default each statement would see its own.

    Inside another transaction, as in tests, that one's view holds.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def like(query: str) -> str:
    """An ILIKE pattern that finds the text anywhere; empty for no filter. What the text holds means itself."""
    escaped = query.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if escaped else ""


@cache
def _statement(name: str) -> str:
    """The file's text; `{_name}` in it stands for the text of `_name.sql`, which several questions share."""
    text = (FOLDER / f"{name}.sql").read_text()
    return SHARED.sub(lambda found: _statement(found[1]), text)
