"""What does a company demand of everybody who enters it?

A second factor, if its admins say so. Whoever switches that on must have one: they would lock themselves out of the
page they stand on. Everybody else is led to set one up at their next request (accounts.middleware).
"""

from django.db import transaction

from accounts.members import has_second_factor, list_members, with_second_factor
from accounts.models import User
from tenants.audit import Actor, record_event
from tenants.models import Company
from tenants.router import CONTROL_ALIAS


class PolicyRefused(ValueError):
    """The policy cannot be set; the message says what to do first."""


def require_second_factor(company: Company, *, wanted: bool, person: User, by: Actor) -> bool:
    """Whether that changed anything. Raises PolicyRefused."""
    if wanted and not has_second_factor(person):
        raise PolicyRefused("Set up a second factor of your own first, or you would be locked out yourself.")
    with transaction.atomic(using=CONTROL_ALIAS):
        kept = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if kept.require_mfa == wanted:
            return False
        Company.objects.filter(pk=company.pk).update(require_mfa=wanted)
        details = {"before": kept.require_mfa, "after": wanted}
        record_event("company.second_factor_required", by=by, company=company, subject=company.name, details=details)
    return True


def members_without_second_factor(company: Company) -> tuple[list[User], int]:
    """They, and how many members there are."""
    members = list_members(company)
    guarded = with_second_factor(members)
    return [one.user for one in members if one.user_id not in guarded], len(members)
