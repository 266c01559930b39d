"""How are all companies' tables brought up to date, a thousand as well as two?

Planned once per group of equal schemas and replayed in one message per schema, which is one transaction: a schema has
all of it or nothing, and whoever was killed half-way starts again with those that are left. Running Django's migrations
per schema was refused as the rule: it asks PostgreSQL's whole catalogue several times per schema, so that its cost
grows with the square of their number. It remains for what cannot be replayed.

One company's failure is kept with that company and stops no other. A table that is busy is not waited for longer than
its readers can bear: the company's turn comes again after the others'.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.db import DatabaseError, IntegrityError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now
from psycopg import sql

from tenants import database
from tenants.migration_plans import Plan, build_plan, group_by_applied, newest_of, read_applied, tenant_targets
from tenants.models import Company, SchemaState
from tenants.router import OWNER_ALIAS

logger = logging.getLogger(__name__)

ATTEMPTS = 3
LOCK_TIMEOUT = "3s"
# A concurrent index waits for every older transaction of the database, but nobody waits for it.
CONCURRENT_LOCK_TIMEOUT = "5min"
LONGEST_ERROR = 2_000
NO_SCHEMA = "Its schema, or the table django_migrations in it, is missing."
BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)


class TableIsBusy(Exception):
    """A table could not be locked in time; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one company: which migrations it got, or why it did not."""

    company: Company
    applied: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Behind:
    """`error` and `attempted_at` tell of the last attempt, if there was one."""

    company: Company
    lacking: tuple[str, ...]
    error: str
    attempted_at: datetime | None


def migrate_all() -> list[Outcome]:
    """The database, its roles, the public schema, then every company's tables: what a new release needs."""
    database.set_up()
    outcomes = migrate_companies()
    for one in outcomes:
        if one.error:
            logger.error("%s was not migrated: %s", one.company.slug, one.error)
    return outcomes


def migrate_companies(slugs: Collection[str] | None = None) -> list[Outcome]:
    """Bring all companies, or those named, up to date; what each lacked when its turn came, or its error."""
    with database.one_at_a_time():
        companies = _companies(slugs)
        outcomes: list[Outcome] = []
        waiting: list[tuple[Company, Plan]] = []
        with _Schemas() as schemas:
            for plan, group, error in schemas.plans(companies):
                if plan is None:
                    outcomes += [_keep(Outcome(company, error=error), "") for company in group]
                elif plan.lacking:
                    waiting += [(company, plan) for company in group]
                else:
                    outcomes += [Outcome(company) for company in group]
                    _forget_failures(group, plan.version)
            outcomes += _bring_up(schemas, waiting)
    if slugs is None:
        database.note_companies_migrated()
    return sorted(outcomes, key=lambda one: one.company.slug)


def list_behind(slugs: Collection[str] | None = None) -> list[Behind]:
    """Who lacks which migrations, changing nothing."""
    companies = _companies(slugs)
    kept = {state.company_id: state for state in SchemaState.objects.filter(is_failed=True)}
    behind = []
    with _Schemas() as schemas:
        for plan, group, error in schemas.plans(companies):
            for company in group:
                last = kept.get(company.pk)
                if plan is None or plan.lacking:
                    lacking, said = (plan.lacking, last.error if last else "") if plan else ((), error)
                    behind.append(Behind(company, lacking, said, last.attempted_at if last else None))
    return sorted(behind, key=lambda one: one.company.slug)


def _companies(slugs: Collection[str] | None) -> dict[str, Company]:
    found = Company.objects.all() if slugs is None else Company.objects.filter(slug__in=slugs)
    return {company.schema_name: company for company in found}


class _Schemas:
    """The owner's two ways to a schema: a plain connection that replays, and Django's alias that plans and executes."""

    def __enter__(self) -> "_Schemas":
        self.connection = self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        owner = connections[OWNER_ALIAS]
        owner.set_schema_to_public()
        if not owner.in_atomic_block:
            owner.close()

    def plans(self, companies: dict[str, Company]) -> Iterable[tuple[Plan | None, list[Company], str]]:
        """Groups of equal schemas with their plan, or with the reason why there is none."""
        applied = read_applied(self.connection, list(companies))
        missing = [company for schema, company in companies.items() if schema not in applied]
        if missing:
            yield None, missing, NO_SCHEMA
        for schemas in group_by_applied(applied).values():
            group = [companies[schema] for schema in schemas]
            try:
                plan = build_plan(schemas[0])
            except Exception as error:  # a history that contradicts itself is these companies' affair
                yield None, group, str(error)
            else:
                yield plan, group, ""

    def bring_up(self, company: Company, plan: Plan) -> None:
        if plan.script is not None and self._replay(company, plan.script):
            return
        self._execute(company, LOCK_TIMEOUT if plan.is_atomic else CONCURRENT_LOCK_TIMEOUT)

    def version_of(self, company: Company) -> str:
        applied = read_applied(self.connection, [company.schema_name])
        return newest_of(applied.get(company.schema_name, ()))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(**database.owner_parameters(), autocommit=True, prepare_threshold=None)

    def _replay(self, company: Company, script: str) -> bool:
        """False where this schema differs from its group, in an index's name for instance: then it is executed."""
        if self.connection.closed:
            self.connection = self._connect()
        chosen = sql.Identifier(company.schema_name).as_string(self.connection)
        message = f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL search_path = {chosen};\n{script}"
        try:
            self.connection.execute(message.encode())  # several statements in one message are one transaction
        except BUSY as error:
            raise TableIsBusy(str(error)) from error
        except psycopg.Error:
            return False
        return True

    def _execute(self, company: Company, lock_timeout: str) -> None:
        """Django's own way, migration by migration."""
        owner = connections[OWNER_ALIAS]
        owner.set_schema(company.schema_name)
        try:
            with owner.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [lock_timeout])
            self._drop_unfinished_indexes(company)
            executor = MigrationExecutor(owner)
            executor.migrate(tenant_targets(executor))
        except DatabaseError as error:
            if isinstance(error.__cause__, BUSY):
                raise TableIsBusy(str(error)) from error
            raise
        finally:
            if not owner.in_atomic_block:
                owner.close()

    def _drop_unfinished_indexes(self, company: Company) -> None:
        """An index whose concurrent build was interrupted stays behind, invalid, and bars the next build's name."""
        if self.connection.closed:
            self.connection = self._connect()
        unfinished = self.connection.execute(
            "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
            "WHERE NOT indisvalid AND relnamespace = to_regnamespace(%s)",
            [sql.Identifier(company.schema_name).as_string(self.connection)],
        ).fetchall()
        for (name,) in unfinished:
            self.connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(company.schema_name, name)))


def _bring_up(schemas: _Schemas, waiting: list[tuple[Company, Plan]]) -> list[Outcome]:
    """Everyone in turn; those whose tables were busy again at the end, a few times."""
    outcomes: list[Outcome] = []
    for attempt in range(1, ATTEMPTS + 1):
        busy: list[tuple[Company, Plan]] = []
        for company, plan in waiting:
            error = _attempt(schemas, company, plan)
            if isinstance(error, TableIsBusy) and attempt < ATTEMPTS:
                busy.append((company, plan))
            elif error is not None:
                outcomes.append(_keep(Outcome(company, error=_sentence(error)), schemas.version_of(company)))
            else:
                outcomes.append(_keep(Outcome(company, plan.lacking), plan.version))
        waiting = busy
    return outcomes


def _attempt(schemas: _Schemas, company: Company, plan: Plan) -> Exception | None:
    try:
        schemas.bring_up(company, plan)
    except TableIsBusy as error:
        return error
    except Exception as error:  # whatever a migration's own code raises is this company's affair
        logger.exception("The tables of %s could not be migrated.", company.slug)
        return error
    return None


def _keep(outcome: Outcome, version: str) -> Outcome:
    state = SchemaState(
        company=outcome.company,
        version=version,
        is_failed=bool(outcome.error),
        error=outcome.error,
        attempted_at=now(),
    )
    try:
        SchemaState.objects.bulk_create(
            [state],
            update_conflicts=True,
            unique_fields=["company"],
            update_fields=["version", "is_failed", "error", "attempted_at"],
        )
    except IntegrityError:
        logger.info("%s was removed while it was being migrated.", outcome.company.slug)
    return outcome


def _forget_failures(companies: list[Company], version: str) -> None:
    """They are up to date, however that came about."""
    failed = SchemaState.objects.filter(company__in=companies, is_failed=True)
    failed.update(version=version, is_failed=False, error="", attempted_at=now())


def _sentence(error: Exception) -> str:
    """The database's message, without the row it quotes. Other text could hold anything and stays in the log."""
    cause = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
    if isinstance(cause, psycopg.Error):
        return f"{type(cause).__name__}: {cause.diag.message_primary or cause}"[:LONGEST_ERROR]
    return f"{type(cause).__name__}; the log has its text."
