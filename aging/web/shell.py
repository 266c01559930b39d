"""What stands around every page of a company: whose it is, who reads it, where one can go from here.

COMPANY_SHELL in the settings names `company_shell`, so that the pages of accounts stand in the same frame without
importing this package.
"""

from collections.abc import Mapping

from django.http import HttpRequest
from django.urls import reverse

from accounts.access import current_membership, current_user
from accounts.models import Membership, User
from aging.web.pages.common import Link, NavItem, Shell
from aging.web.standing import standing_of
from tenants.models import Company
from tenants.provisioning import address_of

REPORT_PAGES = (
    ("aging", "Aging", "home", "a"),
    ("people", "Customers", "customers", "c"),
    ("doc", "Invoices", "invoices", "i"),
    ("check", "Reconciliation", "reconciliation", "r"),
)
DATA_PAGES = (
    ("plug", "Connections", "connections", ""),
    ("sync", "Sync runs", "sync-runs", "s"),
    ("flag", "Data quality", "data-quality", "d"),
)
DEMO_NOTE = "This is a demo company. Its data is generated."


def company_shell(request: HttpRequest) -> Shell:
    user, membership = current_user(request), current_membership(request)
    company: Company = request.tenant  # type: ignore[attr-defined]
    standing = standing_of(request)
    counts = {
        "customers": standing.customers,
        "invoices": standing.documents,
        "data-quality": standing.findings + standing.quarantined,
    }
    return Shell(
        company_name=company.name,
        user_name=user.display_name,
        role=membership.get_role_display(),
        nav=_items(REPORT_PAGES, request.path, counts),
        data_nav=_items(DATA_PAGES, request.path, counts),
        companies=_others(user, company),
        locale=user.locale,
        demo_note=DEMO_NOTE if company.is_demo else "",
        profile_url=reverse("profile"),
        shortcuts=user.shortcuts,
    )


def _items(pages: tuple[tuple[str, str, str, str], ...], path: str, counts: Mapping[str, int]) -> tuple[NavItem, ...]:
    return tuple(
        NavItem(icon, label, url := reverse(name), counts.get(name) or None, _is_under(path, url), shortcut)
        for icon, label, name, shortcut in pages
    )


def _is_under(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(f"{url}/"))


def _others(user: User, company: Company) -> tuple[Link, ...]:
    """The companies the person can switch to; each asks for its own session."""
    mine = Membership.objects.filter(user=user, is_active=True, company__is_suspended=False)
    others = mine.exclude(company_id=company.pk).select_related("company").order_by("company__name")
    return tuple(Link(one.company.name, address_of(one.company)) for one in others)
