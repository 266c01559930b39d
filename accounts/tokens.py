"""Which API token speaks, and may it still?

A token acts for one member of one company and dies with the membership. Whatever is wrong with it (none, malformed,
another company's, expired, revoked) costs the same one query and gives the same answer. The moment of its last use is
written once a minute at most, so that a busy client does not turn every read into a write.
"""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from accounts.members import has_second_factor
from accounts.models import ApiToken, Membership, User, token_hash
from accounts.roles import May, may
from tenants.audit import Actor, record_event
from tenants.models import Company
from tenants.router import CONTROL_ALIAS

LAST_USE_EVERY = timedelta(minutes=1)
SCHEME = "bearer "


class SecondFactorMissing(PermissionDenied):
    """The company demands a second factor, and the person for whom the token speaks has none."""

    sentence = "This company asks its members for a second factor, and the owner of this token has none."

    def __str__(self) -> str:
        return self.sentence


class TokenRefused(ValueError):
    """The token cannot be issued or revoked; the message says why."""


def authenticate(header: str | None, company: Company) -> ApiToken | None:
    """The usable token of `company` in an Authorization header ("Bearer rcv_…"), with its user; else None.

    Raises SecondFactorMissing: a token shall not be the way around what the company demands.
    """
    given = header or ""
    text = given[len(SCHEME) :].strip() if given.lower().startswith(SCHEME) else ""
    moment = now()
    token = (
        ApiToken.objects.select_related("user", "company")
        .filter(
            Q(expires_at=None) | Q(expires_at__gt=moment),
            token_hash=token_hash(text),
            company_id=company.pk,
            company__is_suspended=False,
            revoked_at=None,
            user__is_active=True,
            user__memberships__company_id=company.pk,
            user__memberships__is_active=True,
        )
        .first()
    )
    if token is not None and token.company.require_mfa and not has_second_factor(token.user):
        raise SecondFactorMissing
    if token is not None and (token.last_used_at is None or moment - token.last_used_at >= LAST_USE_EVERY):
        token.last_used_at = moment
        token.save(update_fields=["last_used_at"])
    return token


def issue(*, company: Company, user: User, name: str, days: int = 0, by: Actor) -> tuple[ApiToken, str]:
    """A token and its text, which is shown now or never. `days` of 0 means until revoked."""
    membership = Membership.objects.filter(user=user, company_id=company.pk, is_active=True).first()
    if membership is None:
        raise TokenRefused(f"{user.email} is not a member of {company.name}.")
    if not may(membership.role, May.READ):
        raise TokenRefused(f"{user.email} may not read {company.name}'s figures.")
    expires_at = now() + timedelta(days=days) if days else None
    with transaction.atomic(using=CONTROL_ALIAS):
        token, text = ApiToken.issue(company=company, user=user, name=name, expires_at=expires_at)
        record_event(
            "token.issued", by=by, company=company, subject=name, details={"prefix": token.prefix, "for": user.email}
        )
    return token, text


def revoke(*, company: Company, token_pk: int, by: Actor) -> ApiToken:
    with transaction.atomic(using=CONTROL_ALIAS):
        token = ApiToken.objects.filter(pk=token_pk, company_id=company.pk, revoked_at=None).first()
        if token is None:
            raise TokenRefused("That token was revoked already.")
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
        record_event("token.revoked", by=by, company=company, subject=token.name, details={"prefix": token.prefix})
    return token


def list_tokens(company: Company) -> list[ApiToken]:
    """Those that can still be used, newest first, with their users."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=now())
    usable = ApiToken.objects.filter(unexpired, company_id=company.pk, revoked_at=None)
    return list(usable.select_related("user").order_by("-created_at", "-pk"))
