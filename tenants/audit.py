"""Who did what, to which company, from where?

An event is written with the change it describes: callers stand in the same transaction on the control alias, so that
neither exists without the other. Whoever acts is passed along as an `Actor`; a person's comes from the request, so that
code below the views needs none.
"""

from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from tenants.models import AuditEvent, Company

LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Actor:
    """A person's e-mail address, or the name of the machinery that acted."""

    name: str
    address: str | None = None


COMMAND_LINE = Actor("command line")


def actor_of(request: HttpRequest) -> Actor:
    return Actor(str(request.user), client_address(request))


def client_address(request: HttpRequest) -> str | None:
    """The same address that log-in limits count by; None where neither proxy nor peer names one."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return None


def record_event(
    action: str, *, by: Actor, company: Company | None, subject: str = "", details: dict[str, Any] | None = None
) -> None:
    """`action` is a noun and what happened to it ("connection.linked"); details hold no secret and no amount."""
    AuditEvent.objects.create(
        company_id=company.pk if company else None,
        actor=by.name,
        action=action,
        subject=subject[:LONGEST_SUBJECT],
        details=details or {},
        address=by.address,
    )
