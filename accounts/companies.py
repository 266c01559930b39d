"""How a company gets its first person: provisioned together with its owner's membership, or not at all."""

from typing import Any

from accounts.models import Membership, Role, User
from tenants.models import AuditEvent, Company
from tenants.provisioning import provision
from tenants.router import OWNER_ALIAS


def create_company(*, owner: User, **company: Any) -> Company:
    """Provision a company owned by `owner`, who must exist. Raises tenants.provisioning.CompanyRefused."""

    def finish(made: Company) -> None:
        Membership.objects.using(OWNER_ALIAS).create(user_id=owner.pk, company_id=made.pk, role=Role.OWNER)
        AuditEvent.objects.using(OWNER_ALIAS).create(
            company_id=made.pk, actor=owner.email, action="company.created", subject=made.slug
        )

    return provision(finish=finish, **company)
