"""To which company does a session belong? To exactly one, or to the bare domain; never to two."""

from typing import Any

from django.http import HttpRequest

from accounts.models import Membership, User
from tenants.models import Company

COMPANY_KEY = "_company_id"


def active_membership(user: User, company: Company) -> Membership | None:
    return Membership.objects.filter(user=user, company_id=company.pk, is_active=True).first()


def bind(request: HttpRequest) -> None:
    """Tie the fresh session to the company of this host (None on the bare domain and the operators' host)."""
    request.session[COMPANY_KEY] = tenant_of(request).pk


def is_bound_here(request: HttpRequest) -> bool:
    return COMPANY_KEY in request.session and request.session[COMPANY_KEY] == tenant_of(request).pk


def tenant_of(request: HttpRequest) -> Any:
    return request.tenant  # type: ignore[attr-defined]
