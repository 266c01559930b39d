"""What do the entry pages and the settings of people show? One frozen record a page; the templates ask nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenants.pages import Link, Option, Pager


@dataclass(frozen=True, slots=True)
class FormPage:
    """A single Django form on a card of its own."""

    title: str
    text: str
    submit_label: str
    action_url: str = ""
    back: Link | None = None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page that only has something to say."""

    title: str
    text: str
    action: Link | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CompaniesPage:
    """The companies the signed-in person belongs to, on the bare domain."""

    companies: tuple[Link, ...]
    create_url: str = ""


@dataclass(frozen=True, slots=True)
class HandoffPage:
    company_name: str
    action: str
    token: str


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """`knows_account` when the invited address can log in already; `other_account` when somebody else is signed in."""

    company_name: str
    invited_by: str
    role: str
    email: str
    accept_url: str
    knows_account: bool
    other_account: str = ""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """`roles` is empty for people whose role the reader may not change; `remove_url` likewise."""

    pk: int
    name: str
    email: str
    role: str
    has_second_factor: bool
    last_seen_at: datetime | None
    invited_by: str
    is_reader: bool
    roles: tuple[Option, ...] = ()
    role_url: str = ""
    remove_url: str = ""


@dataclass(frozen=True, slots=True)
class InvitationRow:
    pk: int
    email: str
    role: str
    invited_by: str
    expires_at: datetime
    is_expired: bool
    resend_url: str = ""
    revoke_url: str = ""


@dataclass(frozen=True, slots=True)
class MembersPage:
    company_name: str
    members: tuple[MemberRow, ...]
    invitations: tuple[InvitationRow, ...]
    tabs: tuple[Link, ...]
    invite_url: str = ""


@dataclass(frozen=True, slots=True)
class ProfilePage:
    email: str
    links: tuple[Link, ...]
    tabs: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """`details` in words, such as "before viewer, after admin"."""

    at: datetime
    person: str
    action: str
    subject: str
    details: str
    address: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """`file_url` is empty for people who may not export."""

    rows: tuple[AuditRow, ...]
    pager: Pager
    people: tuple[Option, ...]
    actions: tuple[Option, ...]
    since: str
    until: str
    form_url: str
    clear_url: str
    file_url: str
    tabs: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SecurityPage:
    """`without` names the members who have no second factor."""

    without: tuple[str, ...]
    members: int
    tabs: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class TokenRow:
    name: str
    prefix: str
    owner: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoke_url: str


@dataclass(frozen=True, slots=True)
class TokensPage:
    """`issued` is a new token's text, on the one page that ever shows it."""

    tokens: tuple[TokenRow, ...]
    issue_url: str
    example_url: str
    tabs: tuple[Link, ...]
    issued: str = ""


def bare_domain_address() -> str:
    return f"{settings.PUBLIC_SCHEME}://{settings.BASE_DOMAIN}{settings.PUBLIC_PORT_SUFFIX}/"


def refused(request: HttpRequest, text: str) -> HttpResponse:
    """403 in words, with the way back to where it can be tried again."""
    page = MessagePage(title="That did not work", text=text, action=Link("Go to the start page", bare_domain_address()))
    return render(request, "message.html", {"page": page}, status=403)
