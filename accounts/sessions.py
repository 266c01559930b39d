"""To which company does a session belong, and until when?

To exactly one company, or to the bare domain, or to the operators' host. It ends after half an hour without a request
and after a working day whatever happens; an operator's, who sees every company, sooner.
"""

from datetime import timedelta
from typing import Any, Literal

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils.timezone import now

from accounts.models import Membership, User
from tenants.models import Company

COMPANY_KEY = "_company_id"
BEGAN_KEY = "_began"
SEEN_KEY = "_seen"
OPERATORS = "operators"
LONGEST_IDLE = timedelta(minutes=30)
LONGEST = {"company": timedelta(hours=12), "public": timedelta(hours=12), OPERATORS: timedelta(hours=8)}
NOTED_EVERY = timedelta(minutes=1)


def active_membership(user: User, company: Company) -> Membership | None:
    """With its company as it is now: `request.tenant` may be half a minute old."""
    mine = Membership.objects.filter(user=user, company_id=company.pk, is_active=True)
    return mine.select_related("company").first()


def bind(request: HttpRequest) -> None:
    """Tie the fresh session to this host; its time begins."""
    request.session[COMPANY_KEY] = _key(request)
    request.session[BEGAN_KEY] = request.session[SEEN_KEY] = _seconds()


def is_bound_here(request: HttpRequest) -> bool:
    return COMPANY_KEY in request.session and request.session[COMPANY_KEY] == _key(request)


def is_over(request: HttpRequest) -> bool:
    """Has the session outlived its day, or been left alone too long? Otherwise this request counts as a use."""
    moment = _seconds()
    began, seen = (request.session.setdefault(key, moment) for key in (BEGAN_KEY, SEEN_KEY))
    if moment - began > LONGEST[place_of(request)].total_seconds() or moment - seen > LONGEST_IDLE.total_seconds():
        return True
    if moment - seen >= NOTED_EVERY.total_seconds():
        request.session[SEEN_KEY] = moment
    return False


def _seconds() -> int:
    return int(now().timestamp())


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
