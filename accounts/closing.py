"""How does a company end, and what proves that nothing of it is left?

It is marked first: from then on it is suspended, and for some days the deletion can be called off. The act itself takes
away the connections at the API, the sessions, the schema with its role, and every row about the company in one
transaction. One audit event remains and says which company was deleted, when and by whom. Dagster's sensor removes the
connections' partitions within a minute, because their rows are gone.

People keep their accounts: those are theirs, and may belong to other companies.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.timezone import now
from psycopg import sql

from accounts.sessions import COMPANY_KEY
from tenants.audit import Actor, record_event
from tenants.models import AuditEvent, Company, Connection
from tenants.provisioning import drop, host_for
from tenants.router import CONTROL_ALIAS, OWNER_ALIAS
from tenants.suspension import stop_syncs

TOMBSTONE = "company.deleted"
Disconnect = Callable[[Connection], str]  # an empty text, or what went wrong


class NotMarked(ValueError):
    """There is no deletion to call off."""


@dataclass(frozen=True, slots=True)
class Traces:
    """By what a company can be recognized after it is gone."""

    pk: int
    slug: str
    schema_name: str
    role: str
    external_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deleted:
    """`problems` are connections that could not be removed at the API; `left` is empty, or something went wrong."""

    traces: Traces
    problems: tuple[str, ...]
    left: tuple[str, ...]


def mark_for_deletion(company: Company, *, days: int, by: Actor) -> datetime:
    """From when on it may be deleted. Marking again sets another day."""
    due_at = now() + timedelta(days=days)
    with transaction.atomic(using=CONTROL_ALIAS):
        kept = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        was_suspended = kept.is_suspended and kept.deletion_due_at is None
        Company.objects.filter(pk=company.pk).update(is_suspended=True, deletion_due_at=due_at)
        stop_syncs(company)
        details = {"due": due_at.date().isoformat(), "was_suspended": was_suspended}
        record_event("company.deletion_requested", by=by, company=company, subject=company.name, details=details)
    return due_at


def call_off_deletion(company: Company, *, by: Actor) -> bool:
    """Whether the company is open again: one that was suspended before it was marked stays so. Raises NotMarked."""
    with transaction.atomic(using=CONTROL_ALIAS):
        kept = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if kept.deletion_due_at is None:
            raise NotMarked(f"{company.name} is not marked for deletion.")
        requests = AuditEvent.objects.filter(company_id=company.pk, action="company.deletion_requested")
        since_marked = requests.order_by("-pk").values_list("details", flat=True)
        stays_suspended = bool(since_marked[0].get("was_suspended")) if since_marked else False
        Company.objects.filter(pk=company.pk).update(is_suspended=stays_suspended, deletion_due_at=None)
        record_event("company.deletion_cancelled", by=by, company=company, subject=company.name)
    return not stays_suspended


def list_due(at: datetime) -> list[Company]:
    return list(Company.objects.filter(deletion_due_at__lte=at).order_by("deletion_due_at"))


def delete_company(company: Company, *, disconnect: Disconnect, by: Actor) -> Deleted:
    """Now and for good. What cannot be removed at the API is told and holds nothing up. Safe to repeat."""
    Company.objects.filter(pk=company.pk).update(is_suspended=True)
    stop_syncs(company)
    traces = traces_of(company)
    found = Connection.objects.filter(company_id=company.pk).order_by("pk")
    problems = tuple(problem for one in found if (problem := disconnect(one)))
    _end_sessions(company)
    with transaction.atomic(using=OWNER_ALIAS):
        AuditEvent.objects.using(OWNER_ALIAS).filter(company_id=company.pk).delete()
        drop(company)
        AuditEvent.objects.using(OWNER_ALIAS).create(
            company=None,
            actor=by.name,
            address=by.address,
            action=TOMBSTONE,
            subject=company.slug,
            details={"company": company.pk, "connections": len(traces.external_ids)},
        )
    return Deleted(traces, problems, tuple(what_is_left(traces)))


def traces_of(company: Company) -> Traces:
    ids = Connection.objects.filter(company_id=company.pk).order_by("pk").values_list("external_id", flat=True)
    role = connections[OWNER_ALIAS].role_for(company.schema_name)
    return Traces(company.pk, company.slug, company.schema_name, role, tuple(ids))


def what_is_left(traces: Traces) -> Iterator[str]:
    """Every place where something of the company still is, apart from the one event that says it was deleted."""
    owner = connections[OWNER_ALIAS]
    with owner.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [traces.schema_name])
        if cursor.fetchone():
            yield f"schema {traces.schema_name}"
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [traces.role])
        if cursor.fetchone():
            yield f"role {traces.role}"
        yield from _mentioned(cursor, [traces.schema_name, host_for(traces.slug), *traces.external_ids])
    yield from _pointing_at(traces.pk)
    if keys := _session_keys(traces.pk):
        yield f"{len(keys)} sessions"


def _mentioned(cursor: CursorWrapper, texts: list[str]) -> Iterator[str]:
    """Public tables in which one of these texts stands, in whichever column."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    for (table,) in cursor.fetchall():
        query = sql.SQL("SELECT count(*) FROM public.{} AS row, unnest(%s::text[]) AS trace "
                        "WHERE position(trace IN row::text) > 0").format(sql.Identifier(table))  # fmt: skip
        cursor.execute(query, [texts])
        if count := cursor.fetchone()[0]:
            yield f"{count} rows of {table} that name it"


def _pointing_at(pk: int) -> Iterator[str]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is Company:
                count = model._base_manager.using(OWNER_ALIAS).filter(**{field.attname: pk}).count()
                if count:
                    yield f"{count} rows of {model._meta.db_table} that belong to it"


def _end_sessions(company: Company) -> None:
    keys = _session_keys(company.pk)
    UserSession.objects.filter(session_key__in=keys).delete()
    Session.objects.filter(session_key__in=keys).delete()


def _session_keys(company_pk: int) -> list[str]:
    """What a session is bound to is inside it, so all are read."""
    everybody = Session.objects.iterator(chunk_size=2000)
    return [one.session_key for one in everybody if one.get_decoded().get(COMPANY_KEY) == company_pk]
