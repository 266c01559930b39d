"""How does a person who is signed in on the bare domain get into a company, whose host shares no cookie with it?

With a signed token that is good for half a minute, one person, one company and one use, carried by a form from the one
host to the other. It never stands in an address, where histories and logs would keep it. The receiving host takes no
other input, and since its CSRF cookie cannot reach a page of another host, the browser's Origin header is checked
instead: without that, any site could sign its visitor into a company as somebody else.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Membership, User
from accounts.sessions import active_membership
from tenants.models import Company
from tenants.provisioning import address_of

SALT = "accounts.handoff"
LIFETIME = timedelta(seconds=30)
# A used token is remembered longer than it could be valid.
REMEMBERED = 2 * LIFETIME


class HandoffRefused(ValueError):
    """The token does not open this company. Why is of no use to whoever tries, so it is not said."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """The form that leads to the company: where to, and what with."""

    company: Company
    action: str
    token: str


def hand_off(user: User, company: Company) -> Handoff:
    claims = {"user": user.pk, "company": company.pk, "nonce": secrets.token_urlsafe(16)}
    action = address_of(company) + reverse("handoff", urlconf=settings.ROOT_URLCONF)
    return Handoff(company, action, signing.dumps(claims, salt=SALT))


def receive(token: str, company: Company) -> Membership:
    """The membership of the person whom the token brings, once. Raises HandoffRefused."""
    try:
        claims = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature as error:
        raise HandoffRefused from error
    if claims["company"] != company.pk:
        raise HandoffRefused
    if not cache.add(f"handoff:{claims['nonce']}", True, timeout=int(REMEMBERED.total_seconds())):
        raise HandoffRefused
    user = User.objects.filter(pk=claims["user"], is_active=True).first()
    membership = active_membership(user, company) if user else None
    if membership is None:
        raise HandoffRefused
    return membership


def comes_from_bare_domain(request: HttpRequest) -> bool:
    """Browsers name the page's origin on every form they post; what names none is no browser and has no cookies."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return urlsplit(origin).hostname in (settings.BASE_DOMAIN, f"www.{settings.BASE_DOMAIN}")
