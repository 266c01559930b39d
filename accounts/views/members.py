"""Who belongs to the company: the list, invitations, roles, removal."""

from datetime import datetime
from smtplib import SMTPException
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from accounts import invitations
from accounts.access import current_membership, requires
from accounts.forms import InvitationForm, RoleForm
from accounts.frame import frame, settings_tabs
from accounts.invitations import InvitationRefused, Sent
from accounts.members import MembershipRefused, change_role, list_members, remove, with_second_factor
from accounts.models import Invitation, Membership
from accounts.pages import InvitationRow, MemberRow, MembersPage
from accounts.roles import May, grantable, may, outranks_or_equals
from accounts.sessions import tenant_of
from tenants.audit import actor_of
from tenants.pages import Option


@requires(May.READ)
@require_safe
def members(request: HttpRequest) -> HttpResponse:
    return _show(request, InvitationForm(granter=current_membership(request).role))


@requires(May.INVITE)
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    reader = current_membership(request)
    form = InvitationForm(request.POST, granter=reader.role)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        sent = invitations.invite(inviter=reader, by=actor_of(request), **form.cleaned_data)
    except InvitationRefused as error:
        form.add_error(None, str(error))
        return _show(request, form, status=422)
    return _deliver(request, sent)


@requires(May.INVITE)
@require_POST
def invitation_resend(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        sent = invitations.resend(inviter=current_membership(request), invitation_pk=pk, by=actor_of(request))
    except InvitationRefused as error:
        return _back(request, error=str(error))
    return _deliver(request, sent)


@requires(May.INVITE)
@require_POST
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        revoked = invitations.revoke(inviter=current_membership(request), invitation_pk=pk, by=actor_of(request))
    except InvitationRefused as error:
        return _back(request, error=str(error))
    return _back(request, done=f"The invitation for {revoked.email} is withdrawn.")


@requires(May.INVITE)
@require_POST
def member_role(request: HttpRequest, pk: int) -> HttpResponse:
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _back(request, error="Choose one of the roles.")
    try:
        member = change_role(
            actor=current_membership(request), member_pk=pk, role=form.cleaned_data["role"], by=actor_of(request)
        )
    except MembershipRefused as error:
        return _back(request, error=str(error))
    return _back(request, done=f"{member.user.display_name} is now {member.get_role_display()}.")


@requires(May.INVITE)
@require_POST
def member_remove(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        member = remove(actor=current_membership(request), member_pk=pk, by=actor_of(request))
    except MembershipRefused as error:
        return _back(request, error=str(error))
    return _back(request, done=f"{member.user.display_name} is no longer a member.")


def _deliver(request: HttpRequest, sent: Sent) -> HttpResponse:
    """A mail server that does not answer costs the mail, not the invitation."""
    try:
        invitations.deliver(sent)
    except (OSError, SMTPException):
        return _back(
            request, error=f"The mail to {sent.invitation.email} could not be sent. Use Send again in a while."
        )
    return _back(request, done=f"{sent.invitation.email} has been sent an invitation.")


def _back(request: HttpRequest, *, done: str = "", error: str = "") -> HttpResponse:
    if error:
        messages.error(request, error)
    else:
        messages.success(request, done)
    return HttpResponseRedirect(reverse("members"))


def _show(request: HttpRequest, form: InvitationForm, status: int = 200) -> HttpResponse:
    reader = current_membership(request)
    company = tenant_of(request)
    people = list_members(company)
    guarded = with_second_factor(people)
    may_change = may(reader.role, May.INVITE)
    page = MembersPage(
        company_name=company.name,
        members=tuple(_member_row(one, reader, one.user_id in guarded) for one in people),
        invitations=tuple(
            _invitation_row(one, reader) for one in invitations.list_open(company).order_by("email") if may_change
        ),
        tabs=settings_tabs(reader),
        invite_url=reverse("member-invite") if may_change else "",
    )
    return render(request, "accounts/members.html", {"page": page, "form": form, **frame(request)}, status=status)


def _member_row(member: Membership, reader: Membership, has_second_factor: bool) -> MemberRow:
    may_change = may(reader.role, May.INVITE) and outranks_or_equals(reader.role, member.role)
    return MemberRow(
        pk=member.pk,
        name=member.user.display_name,
        email=member.user.email,
        role=member.get_role_display(),
        has_second_factor=has_second_factor,
        last_seen_at=_local(member.last_seen_at, reader),
        invited_by=member.invited_by,
        is_reader=member.pk == reader.pk,
        roles=tuple(Option(role, role.label, role == member.role) for role in grantable(reader.role))
        if may_change
        else (),
        role_url=reverse("member-role", args=[member.pk]) if may_change else "",
        remove_url=reverse("member-remove", args=[member.pk]) if may_change else "",
    )


def _invitation_row(one: Invitation, reader: Membership) -> InvitationRow:
    may_change = outranks_or_equals(reader.role, one.role)
    return InvitationRow(
        pk=one.pk,
        email=one.email,
        role=one.get_role_display(),
        invited_by=one.invited_by,
        expires_at=one.expires_at.astimezone(ZoneInfo(reader.company.timezone)),
        is_expired=one.expires_at <= now(),
        resend_url=reverse("invitation-resend", args=[one.pk]) if may_change else "",
        revoke_url=reverse("invitation-revoke", args=[one.pk]) if may_change else "",
    )


def _local(moment: datetime | None, reader: Membership) -> datetime | None:
    return moment.astimezone(ZoneInfo(reader.company.timezone)) if moment else None
