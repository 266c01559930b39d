"""Who belongs to a company, in which role, and who may change that?

Nobody touches a role above their own or gives one. A company always keeps an owner who can log in. Every change of a
company's members holds a lock on the company's row, so that of two owners who step down at once one is refused, and
re-reads the role of whoever acts, which may have ended while the form was open.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.timezone import now

from accounts.models import ApiToken, Membership, Role, User
from accounts.roles import May, may, outranks_or_equals
from accounts.sessions import end_sessions
from tenants.audit import Actor, record_event
from tenants.models import Company
from tenants.router import CONTROL_ALIAS

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class MembershipRefused(ValueError):
    """The change is not allowed; the message says why."""


def list_members(company: Company) -> list[Membership]:
    members = Membership.objects.filter(company_id=company.pk, is_active=True).select_related("user")
    return list(members.order_by("created_at", "pk"))


def with_second_factor(members: list[Membership]) -> set[int]:
    """The ids of those users among the members who log in with a second factor."""
    ids = [member.user_id for member in members]
    return set(Authenticator.objects.filter(user_id__in=ids, type__in=SECOND_FACTORS).values_list("user_id", flat=True))


def has_second_factor(user: User) -> bool:
    """Recovery codes alone are none: they only stand in for one."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exists()


def change_role(*, actor: Membership, member_pk: int, role: str, by: Actor) -> Membership:
    with _changing(actor, member_pk) as member:
        if not outranks_or_equals(_fresh(actor).role, role):
            raise MembershipRefused("You cannot give a role above your own.")
        if member.role == role:
            return member
        if role != Role.OWNER:
            _require_another_owner(member)
        before, member.role = member.role, role
        member.save(update_fields=["role"])
        record_event(
            "member.role_changed",
            by=by,
            company=member.company,
            subject=member.user.email,
            details={"before": before, "after": role},
        )
    return member


def remove(*, actor: Membership, member_pk: int, by: Actor) -> Membership:
    """The person's sessions and API tokens for this company end at once."""
    with _changing(actor, member_pk) as member:
        _require_another_owner(member)
        ApiToken.objects.filter(company_id=member.company_id, user_id=member.user_id, revoked_at=None).update(
            revoked_at=now()
        )
        end_sessions(member.user, member.company)
        Membership.objects.filter(pk=member.pk).delete()
        record_event(
            "member.removed",
            by=by,
            company=member.company,
            subject=member.user.email,
            details={"role": member.role},
        )
    return member


@contextmanager
def _changing(actor: Membership, member_pk: int) -> Iterator[Membership]:
    with transaction.atomic(using=CONTROL_ALIAS):
        Company.objects.select_for_update(no_key=True).get(pk=actor.company_id)
        member = (
            Membership.objects.select_for_update(of=("self",))
            .select_related("user", "company")
            .filter(pk=member_pk, company_id=actor.company_id, is_active=True)
            .first()
        )
        if member is None:
            raise MembershipRefused("That person is no longer a member.")
        if not outranks_or_equals(_fresh(actor).role, member.role):
            raise MembershipRefused("You cannot change somebody whose role is above your own.")
        yield member


def _fresh(actor: Membership) -> Membership:
    fresh = Membership.objects.filter(pk=actor.pk, is_active=True).first()
    if fresh is None or not may(fresh.role, May.INVITE):
        raise MembershipRefused("You may no longer change who belongs to this company.")
    return fresh


def _require_another_owner(member: Membership) -> None:
    if member.role != Role.OWNER:
        return
    others = Membership.objects.filter(
        company_id=member.company_id, role=Role.OWNER, is_active=True, user__is_active=True
    ).exclude(pk=member.pk)
    if not others.exists():
        raise MembershipRefused("This is the company's last owner. Make somebody else an owner first.")
