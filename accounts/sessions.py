"""To which company does a session belong? To exactly one, or to the bare domain, or to the operators' host."""

from typing import Any, Literal

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from accounts.models import Membership, User
from tenants.models import Company

COMPANY_KEY = "_company_id"
OPERATORS = "operators"


def active_membership(user: User, company: Company) -> Membership | None:
    return Membership.objects.filter(user=user, company_id=company.pk, is_active=True).first()


def bind(request: HttpRequest) -> None:
    """Tie the fresh session to this host."""
    request.session[COMPANY_KEY] = _key(request)


def is_bound_here(request: HttpRequest) -> bool:
    return COMPANY_KEY in request.session and request.session[COMPANY_KEY] == _key(request)


def _key(request: HttpRequest) -> int | str | None:
    return OPERATORS if place_of(request) == OPERATORS else tenant_of(request).pk


def tenant_of(request: HttpRequest) -> Any:
    return request.tenant  # type: ignore[attr-defined]


def place_of(request: HttpRequest) -> Literal["company", "public", "operators"]:
    if tenant_of(request).pk is not None:
        return "company"
    return "operators" if getattr(request, "urlconf", None) == settings.OPERATORS_URLCONF else "public"


def end_sessions(user: User, company: Company) -> int:
    """Sign a person out of one company on every device. Other companies' sessions stay."""
    ended = 0
    for session in UserSession.objects.filter(user=user):
        if SessionStore(session.session_key).get(COMPANY_KEY) == company.pk:
            session.end()
            ended += 1
    return ended
