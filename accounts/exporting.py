"""Everything that is kept of a company, as files it can take elsewhere: which tables, and how are they written?

Every table of the company's own schema and, from the public schema, the rows about it, each as CSV and as JSON. Rows
are written as they are read, so that a large ledger needs no memory; the company's own tables are read from one
snapshot. What is left out is what only opens doors: hashes of tokens and one-time states, and people's passwords.
The folder appears under its name when it is complete, and one that is there already is never touched.
"""

import csv
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils.timezone import now

from accounts.models import ApiToken, Invitation, Membership
from tenants.audit import Actor, record_event
from tenants.context import tenant_context
from tenants.models import (
    AuditEvent,
    Company,
    ConnectAttempt,
    Connection,
    Domain,
    SchemaState,
    SyncRun,
    WebhookDelivery,
    WebhookState,
)
from tenants.spreadsheets import harmless

ROWS_AT_A_TIME = 2000
ALSO_OF = {Membership: ("user__email", "user__name"), ApiToken: ("user__email",)}
LEFT_OUT = {
    Invitation: {"token_hash"},
    ApiToken: {"token_hash"},
    ConnectAttempt: {"state_hash", "external_xref"},
    WebhookDelivery: {"nonce"},
}
# How a public table's rows are known to be the company's.
PUBLIC: dict[type[Model], str] = {
    Company: "pk",
    Domain: "tenant_id",
    SchemaState: "company_id",
    Membership: "company_id",
    Invitation: "company_id",
    ApiToken: "company_id",
    Connection: "company_id",
    ConnectAttempt: "company_id",
    WebhookState: "connection__company_id",
    WebhookDelivery: "connection__company_id",
    SyncRun: "connection__company_id",
    AuditEvent: "company_id",
}


class ExportRefused(ValueError):
    """The export cannot be written there; the message says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is written: `rows` holds the columns' values in their order, and only the company's."""

    name: str
    description: str
    columns: tuple[str, ...]
    rows: "QuerySet[Any, tuple[Any, ...]]"


def export_company(company: Company, to: Path, *, by: Actor) -> dict[str, int]:
    """Write the folder `to`; how many rows each table has. Raises ExportRefused."""
    if to.exists() or to.is_symlink():
        raise ExportRefused(f"{to} exists already. Name a folder that does not; nothing is overwritten.")
    if not to.parent.is_dir():
        raise ExportRefused(f"There is no folder {to.parent} to write into.")
    record_event("company.exported", by=by, company=company, subject=company.name)
    unfinished = to.with_name(f".{to.name}.{os.getpid()}.unfinished")
    unfinished.mkdir(mode=0o700)
    try:
        counts = _write_all(company, unfinished)
        unfinished.rename(to)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return counts


def public_tables(company: Company) -> list[Table]:
    return [_table(model, **{column: company.pk}) for model, column in PUBLIC.items()]


def own_tables() -> list[Table]:
    """Of the company that is selected."""
    models = [model for config in apps.get_app_configs() if config.name in settings.TENANT_APPS
              for model in config.get_models(include_auto_created=True)]  # fmt: skip
    return [_table(model) for model in models]


def _table(model: type[Model], **mine: Any) -> Table:
    own = [field.attname for field in model._meta.concrete_fields if field.name not in LEFT_OUT.get(model, ())]
    columns = (*own, *ALSO_OF.get(model, ()))
    rows = model._default_manager.filter(**mine).order_by("pk").values_list(*columns)
    return Table(model._meta.db_table, _description(model), tuple(one.replace("__", "_") for one in columns), rows)


def _description(model: type[Model]) -> str:
    text = " ".join((model.__doc__ or "").split())
    # Django writes a list of the columns where nobody wrote anything.
    return str(model._meta.verbose_name_plural).capitalize() + "." if text.startswith(f"{model.__name__}(") else text


def _write_all(company: Company, folder: Path) -> dict[str, int]:
    (folder / "company").mkdir()
    (folder / "ledger").mkdir()
    described: list[tuple[str, Table, int]] = []
    for table in public_tables(company):
        described.append(("company", table, _write(table, folder / "company")))
    with tenant_context(company), _snapshot():
        for table in own_tables():
            described.append(("ledger", table, _write(table, folder / "ledger")))
    (folder / "README.txt").write_text(_readme(company, described), encoding="utf-8")
    return {f"{place}/{table.name}": count for place, table, count in described}


@contextmanager
def _snapshot() -> Iterator[None]:
    """Tables that belong together are read as they were at one moment."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _write(table: Table, folder: Path) -> int:
    """Both files in one reading."""
    count = 0
    csv_path, json_path = folder / f"{table.name}.csv", folder / f"{table.name}.json"
    with csv_path.open("w", encoding="utf-8", newline="") as csv_file, json_path.open("w", encoding="utf-8") as lines:
        writer = csv.writer(csv_file)
        writer.writerow(table.columns)
        lines.write("[")
        for row in table.rows.iterator(chunk_size=ROWS_AT_A_TIME):
            plain = [_plain(value) for value in row]
            writer.writerow([_cell(value) for value in plain])
            document = dict(zip(table.columns, plain, strict=True))
            lines.write((",\n" if count else "\n") + json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False))
            count += 1
        lines.write("\n]\n")
    return count


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return harmless(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False))
    return value.isoformat() if hasattr(value, "isoformat") else harmless(value)


def _readme(company: Company, described: list[tuple[str, Table, int]]) -> str:
    head = f"""Everything kept of {company.name} ({company.slug}), written {now():%Y-%m-%d %H:%M} UTC.

company/ holds its members, connections, sync runs and audit log; ledger/ what was loaded from its accounting systems
and what was made of it. Every table stands there twice, as CSV and as JSON, with the same rows and columns in the
order of their key. Text is UTF-8. Moments are UTC in ISO 8601. Columns that end in _minor are amounts in the smallest
unit of the row's currency. Bytes are written in hexadecimal.

CSV: the first line names the columns; an empty cell is no value or an empty text; a text that begins like a formula
has an apostrophe in front of it, so that no spreadsheet runs it. JSON has every value as it is: where it has to be
exact, read JSON.

Left out: hashes of API tokens, invitations and one-time states, and passwords, which belong to people and not to the
company.
"""
    parts = [
        f"{place}/{table.name}.csv, .json: {count} rows\n  {table.description}\n  Columns: {', '.join(table.columns)}\n"
        for place, table, count in described
    ]
    return "\n".join([head, *parts])
