"""How a company gets its first person, and which companies a person belongs to.

A company is provisioned together with its owner's membership, or not at all.
"""

from typing import Any

from django.db import IntegrityError

from accounts.models import Membership, Role, User
from tenants.models import AuditEvent, Company
from tenants.provisioning import CompanyRefused, host_for, provision
from tenants.router import OWNER_ALIAS


def create_company(*, owner: User, **company: Any) -> Company:
    """Provision a company owned by `owner`, who must exist. Raises tenants.provisioning.CompanyRefused."""

    def finish(made: Company) -> None:
        Membership.objects.using(OWNER_ALIAS).create(user_id=owner.pk, company_id=made.pk, role=Role.OWNER)
        AuditEvent.objects.using(OWNER_ALIAS).create(
            company_id=made.pk, actor=owner.email, action="company.created", subject=made.slug
        )

    try:
        return provision(finish=finish, **company)
    except IntegrityError as error:
        # Two people asked for one address at the same moment; the other one has it.
        if not Company.objects.filter(slug=company["slug"]).exists():
            raise
        raise CompanyRefused(f"The address {host_for(company['slug'])} is taken. Choose another one.") from error


def list_companies(user: User) -> list[Company]:
    """Those one may enter, by name."""
    mine = Company.objects.filter(memberships__user=user, memberships__is_active=True, is_suspended=False)
    return list(mine.order_by("name", "pk"))


def owned_companies(user: User) -> int:
    return Membership.objects.filter(user=user, role=Role.OWNER, is_active=True).count()
