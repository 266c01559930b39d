"""What was done in a company, by whom and when? The audit log as it is read; `tenants.audit` writes it.

The log is in the public schema: every question here takes the company and finds nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from tenants.models import AuditEvent, Company

ROWS_AT_A_TIME = 2000
WORDS = {
    "audit.exported": "exported the audit log",
    "company.created": "created the company",
    "company.deleted": "deleted a company",
    "company.deletion_cancelled": "called off the company's deletion",
    "company.deletion_requested": "marked the company for deletion",
    "company.exported": "exported the company's data",
    "company.resumed": "lifted the suspension",
    "company.second_factor_required": "changed whether a second factor is demanded",
    "company.suspended": "suspended the company",
    "connection.disconnected": "disconnected an accounting system",
    "connection.linked": "connected an accounting system",
    "connection.linked_again": "reconnected an accounting system",
    "connection.schedule_changed": "changed a sync schedule",
    "connection.schedule_paused": "paused a sync schedule",
    "connection.schedule_resumed": "resumed a sync schedule",
    "figures.exported": "exported figures",
    "invitation.withdrawn": "withdrew an invitation",
    "member.invited": "invited a member",
    "member.invited_again": "sent an invitation again",
    "member.joined": "joined",
    "member.removed": "removed a member",
    "member.role_changed": "changed a role",
    "person.email_changed": "changed an e-mail address",
    "person.password_changed": "changed a password",
    "person.second_factor_added": "added a second factor",
    "person.second_factor_failed": "failed at the second factor",
    "person.second_factor_removed": "removed a second factor",
    "person.second_factor_renewed": "renewed recovery codes",
    "person.sign_in_failed": "failed to sign in",
    "person.signed_in": "signed in",
    "person.signed_out": "signed out",
    "report_settings.changed": "changed the report settings",
    "sync.canceled": "canceled a sync",
    "sync.requested": "asked for a sync",
    "token.issued": "issued an API token",
    "token.revoked": "revoked an API token",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the log. The days are whole ones in the company's time zone, the last one included."""

    person: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None


def list_events(company: Company, wanted: Wanted, *, first: int, count: int) -> tuple[Sequence[AuditEvent], int]:
    """Newest first, and how many there are."""
    found = _events(company, wanted)
    return list(found[first : first + count]), found.count()


def stream_events(company: Company, wanted: Wanted) -> Iterator[AuditEvent]:
    return _events(company, wanted).iterator(chunk_size=ROWS_AT_A_TIME)


def list_people(company: Company) -> list[str]:
    return _values(company, "actor")


def list_actions(company: Company) -> list[str]:
    return _values(company, "action")


def in_words(action: str) -> str:
    """An action of a release that is older or newer than these words stands as it is written."""
    return WORDS.get(action, action)


def details_in_words(details: dict[str, Any]) -> str:
    """The database keeps no order; what it was before stands before what it is now."""
    in_order = sorted(details.items(), key=lambda item: (not item[0].startswith("before"), item[0]))
    return ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in in_order)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _events(company: Company, wanted: Wanted) -> "QuerySet[AuditEvent]":
    found = AuditEvent.objects.filter(company_id=company.pk).order_by("-at", "-pk")
    zone = ZoneInfo(company.timezone)
    if wanted.person:
        found = found.filter(actor=wanted.person)
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.since:
        found = found.filter(at__gte=datetime.combine(wanted.since, time.min, zone))
    if wanted.until:
        found = found.filter(at__lt=datetime.combine(wanted.until + timedelta(days=1), time.min, zone))
    return found


def _values(company: Company, column: str) -> list[str]:
    found = AuditEvent.objects.filter(company_id=company.pk).order_by(column)
    return list(found.values_list(column, flat=True).distinct())
