"""Which migrations does each company's schema lack, and what SQL would bring it up to date?

Companies whose schemas have the same migrations lack the same ones, and names in our DDL carry no schema. So the SQL is
collected once per such group, as `sqlmigrate` would, and holds for every schema of it. What is not SQL alone (code that
moves rows, an index that is built concurrently) has to be executed schema by schema.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from psycopg import sql

from tenants.router import OWNER_ALIAS, is_tenant_app

SCHEMAS_PER_QUERY = 200
RACES_WITH_REMOVALS = 3

# Of an app's and a file's name, which are identifiers.
_record = "INSERT INTO django_migrations (app, name, applied) VALUES ('{app}', '{name}', now());"

Names = frozenset[str]  # of applied migrations, such as aging.0001_initial


@dataclass(frozen=True, slots=True)
class Plan:
    """`script` is None where the migrations must be executed; `is_atomic` says whether each is one transaction."""

    lacking: tuple[str, ...]
    version: str
    script: str | None
    is_atomic: bool


def read_applied(connection: psycopg.Connection, schemas: Sequence[str]) -> dict[str, Names]:
    """Schema → its applied migrations, in a few queries; a schema that is not there or records none is left out."""
    for _ in range(RACES_WITH_REMOVALS):
        recording = connection.execute(
            "SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
            "WHERE relname = 'django_migrations' AND relkind = 'r' AND nspname = ANY(%s) ORDER BY nspname",
            [list(schemas)],
        ).fetchall()
        names = [row[0] for row in recording]
        try:
            return _read_recorded(connection, names)
        except psycopg.errors.UndefinedTable:  # a company was removed in between
            continue
    raise RuntimeError("Companies are being removed while their migrations are read; try again.")


def _read_recorded(connection: psycopg.Connection, schemas: Sequence[str]) -> dict[str, Names]:
    one = sql.SQL("SELECT {}, array(SELECT app || '.' || name FROM {})")
    applied: dict[str, Names] = {}
    for first in range(0, len(schemas), SCHEMAS_PER_QUERY):
        some = schemas[first : first + SCHEMAS_PER_QUERY]
        query = sql.SQL(" UNION ALL ").join(
            one.format(sql.Literal(schema), sql.Identifier(schema, "django_migrations")) for schema in some
        )
        applied |= {schema: frozenset(names) for schema, names in connection.execute(query)}
    return applied


def group_by_applied(applied: dict[str, Names]) -> dict[Names, list[str]]:
    groups: dict[Names, list[str]] = defaultdict(list)
    for schema, names in applied.items():
        groups[names].append(schema)
    return groups


def build_plan(representative: str) -> Plan:
    """What the schema lacks. Leaves the owner's connection on it."""
    owner = connections[OWNER_ALIAS]
    owner.set_schema(representative)
    executor = MigrationExecutor(owner)
    executor.loader.check_consistent_history(owner)
    targets = tenant_targets(executor)
    migrations = [migration for migration, _ in executor.migration_plan(targets)]
    return Plan(
        lacking=tuple(f"{one.app_label}.{one.name}" for one in migrations),
        version=", ".join(f"{app}.{name}" for app, name in sorted(targets)),
        script=_collect(executor, migrations) if all(map(_is_sql_alone, migrations)) else None,
        is_atomic=all(migration.atomic for migration in migrations),
    )


def tenant_targets(executor: MigrationExecutor) -> list[tuple[str, str]]:
    return [node for node in executor.loader.graph.leaf_nodes() if is_tenant_app(node[0])]


def newest_of(names: Iterable[str]) -> str:
    """The last migration of each of the tenants' apps, by name."""
    last: dict[str, str] = {}
    for app, _, name in (full.partition(".") for full in sorted(names)):
        last[app] = name
    return ", ".join(f"{app}.{name}" for app, name in last.items() if app in _tenant_labels())


def _tenant_labels() -> set[str]:
    return {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS}


def _is_sql_alone(migration: Migration) -> bool:
    return migration.atomic and all(map(_operation_is_sql_alone, migration.operations))


def _operation_is_sql_alone(operation: Operation) -> bool:
    nested = getattr(operation, "database_operations", [])
    return operation.reduces_to_sql and all(map(_operation_is_sql_alone, nested))


def _collect(executor: MigrationExecutor, migrations: Sequence[Migration]) -> str:
    state = executor._create_project_state(with_applied_migrations=True)
    statements: list[str] = []
    for migration in migrations:
        with executor.connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor, collect_sql=True)
        statements += [text for text in editor.collected_sql if not _is_remark(text)]
        statements.append(_record.format(app=migration.app_label, name=migration.name))
    return "\n".join(statements)


def _is_remark(text: str) -> bool:
    return all(line.lstrip().startswith("--") for line in text.splitlines())
