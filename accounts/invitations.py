"""How does a colleague come in? With a link that is good for one person, one company, one role, one week and one use.

The link's token is kept as a hash. Following the link puts the invitation into the session; it counts when the invited
person has logged in or signed up with the invited address, and is checked again at that moment under a lock.
"""

import secrets
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.core import context
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.timezone import now

from accounts.mail import compose
from accounts.models import INVITATION_LIFETIME, Invitation, Membership, User, token_hash
from accounts.roles import May, may, outranks_or_equals
from accounts.sessions import tenant_of
from tenants.audit import Actor, actor_of, record_event
from tenants.models import Company
from tenants.provisioning import address_of
from tenants.router import CONTROL_ALIAS

HELD_KEY = "_invitation_id"
MOST_OPEN = 200


class InvitationRefused(ValueError):
    """The invitation cannot be made or used; the message says why in words for the person who asked."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The link is here once: it goes into the mail and is not kept."""

    invitation: Invitation
    link: str


def invite(*, inviter: Membership, email: str, role: str, by: Actor) -> Sent:
    """A new invitation; an open one for the same address is withdrawn. Raises InvitationRefused."""
    with transaction.atomic(using=CONTROL_ALIAS):
        company = Company.objects.select_for_update(no_key=True).get(pk=inviter.company_id)
        _require_may_grant(inviter, role)
        if Membership.objects.filter(company_id=company.pk, user__email=email, is_active=True).exists():
            raise InvitationRefused(f"{email} is a member already.")
        list_open(company).filter(email=email).update(revoked_at=now())
        if list_open(company).count() >= MOST_OPEN:
            raise InvitationRefused(f"{MOST_OPEN} invitations are open. Withdraw some first.")
        token = secrets.token_urlsafe(32)
        invitation = Invitation.objects.create(
            company=company,
            email=email,
            role=role,
            token_hash=token_hash(token),
            invited_by=by.name,
            expires_at=now() + INVITATION_LIFETIME,
        )
        record_event("member.invited", by=by, company=company, subject=email, details={"role": role})
    return Sent(invitation, _link(company, token))


def resend(*, inviter: Membership, invitation_pk: int, by: Actor) -> Sent:
    """A fresh link and a fresh week; the old link is dead."""
    with transaction.atomic(using=CONTROL_ALIAS):
        invitation = _open_for_change(inviter, invitation_pk)
        token = secrets.token_urlsafe(32)
        invitation.token_hash = token_hash(token)
        invitation.expires_at = now() + INVITATION_LIFETIME
        invitation.save(update_fields=["token_hash", "expires_at"])
        record_event("member.invited_again", by=by, company=invitation.company, subject=invitation.email)
    return Sent(invitation, _link(invitation.company, token))


def revoke(*, inviter: Membership, invitation_pk: int, by: Actor) -> Invitation:
    with transaction.atomic(using=CONTROL_ALIAS):
        invitation = _open_for_change(inviter, invitation_pk)
        invitation.revoked_at = now()
        invitation.save(update_fields=["revoked_at"])
        record_event("invitation.withdrawn", by=by, company=invitation.company, subject=invitation.email)
    return invitation


def deliver(sent: Sent) -> None:
    """Mail the link. Every address in it is the company's own, never the request's."""
    facts = {"invitation": sent.invitation, "company": sent.invitation.company, "link": sent.link}
    compose(
        to=[sent.invitation.email],
        subject=render_to_string("emails/invitation_subject.txt", facts),
        text=render_to_string("emails/invitation_message.txt", facts),
    ).send()


def list_open(company: Company):  # type: ignore[no-untyped-def]  # a QuerySet
    """Not used and not withdrawn; those past their week are among them, so that they can be sent again."""
    return Invitation.objects.filter(company_id=company.pk, accepted_at=None, revoked_at=None)


def find(token: str, company: Company) -> Invitation | None:
    """The usable invitation to this company behind a link's token."""
    usable = list_open(company).filter(expires_at__gt=now())
    found: Invitation | None = usable.filter(token_hash=token_hash(token)).select_related("company").first()
    return found


def hold(request: HttpRequest, invitation: Invitation) -> None:
    """Keep it in the session while its person logs in or signs up; its address counts as proven."""
    request.session[HELD_KEY] = invitation.pk
    get_adapter(request).stash_verified_email(request, invitation.email)


def held(request: HttpRequest) -> Invitation | None:
    """The usable invitation to this host's company that the session holds."""
    key = request.session.get(HELD_KEY)
    company = tenant_of(request)
    if key is None or company.pk is None:
        return None
    found: Invitation | None = list_open(company).filter(pk=key, expires_at__gt=now()).first()
    return found


def held_now() -> Invitation | None:
    return held(context.request)


def let_go(request: HttpRequest) -> None:
    request.session.pop(HELD_KEY, None)


def accept(invitation: Invitation, user: User, request: HttpRequest) -> Membership:
    """Make the invited person a member. Raises InvitationRefused when it was used or withdrawn a moment ago."""
    with transaction.atomic(using=CONTROL_ALIAS):
        company = Company.objects.select_for_update(no_key=True).get(pk=invitation.company_id)
        fresh = list_open(company).select_for_update().filter(pk=invitation.pk, expires_at__gt=now()).first()
        if fresh is None or fresh.email != user.email:
            raise InvitationRefused("This invitation can no longer be used. Ask for a new one.")
        fresh.accepted_at = now()
        fresh.save(update_fields=["accepted_at"])
        membership, _ = Membership.objects.update_or_create(
            user=user,
            company=company,
            defaults={"role": fresh.role, "is_active": True, "invited_by": fresh.invited_by},
        )
        record_event(
            "member.joined",
            by=Actor(user.email, actor_of(request).address),
            company=company,
            subject=user.email,
            details={"role": fresh.role, "invited_by": fresh.invited_by},
        )
    return membership


def _open_for_change(inviter: Membership, invitation_pk: int) -> Invitation:
    company = Company.objects.select_for_update(no_key=True).get(pk=inviter.company_id)
    invitation = list_open(company).select_related("company").filter(pk=invitation_pk).first()
    if invitation is None:
        raise InvitationRefused("That invitation was used or withdrawn already.")
    _require_may_grant(inviter, invitation.role)
    return invitation  # type: ignore[no-any-return]


def _require_may_grant(inviter: Membership, role: str) -> None:
    """Asked of the database, under the company's lock: the right may have ended while the form was open."""
    fresh = Membership.objects.filter(pk=inviter.pk, is_active=True).first()
    if fresh is None or not may(fresh.role, May.INVITE):
        raise InvitationRefused("You may no longer invite people to this company.")
    if not outranks_or_equals(fresh.role, role):
        raise InvitationRefused("You cannot give a role above your own.")


def _link(company: Company, token: str) -> str:
    return f"{address_of(company)}/invitations/{token}"
