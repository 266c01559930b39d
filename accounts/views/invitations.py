"""A company's host, welcoming somebody with an invitation."""

from allauth.account.models import EmailAddress
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import invitations
from accounts.models import Invitation, User
from accounts.pages import InvitationPage, refused
from accounts.sessions import tenant_of

UNUSABLE = "This invitation was used, withdrawn or is older than seven days. Ask your colleague for a new one."


@never_cache
@require_safe
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitations.find(token, tenant_of(request))
    if found is None:
        return refused(request, UNUSABLE)
    return render(request, "accounts/invitation.html", {"page": _page(request, found, token)})


@require_POST
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the invitation while its person logs in or signs up; it counts when that is done."""
    found = invitations.find(token, tenant_of(request))
    if found is None:
        return refused(request, UNUSABLE)
    if request.user.is_authenticated:
        return refused(request, f"You are signed in as {request.user}. This invitation is for {found.email}.")
    invitations.hold(request, found)
    return HttpResponseRedirect(reverse("account_login" if _knows_account(found) else "account_signup"))


def _page(request: HttpRequest, found: Invitation, token: str) -> InvitationPage:
    return InvitationPage(
        company_name=found.company.name,
        invited_by=found.invited_by,
        role=found.get_role_display(),
        email=found.email,
        accept_url=reverse("invitation-accept", args=[token]),
        knows_account=_knows_account(found),
        other_account=str(request.user) if request.user.is_authenticated else "",
    )


def _knows_account(found: Invitation) -> bool:
    """Told to nobody but the reader of the invited mailbox."""
    return User.objects.filter(email=found.email).exists() or EmailAddress.objects.filter(email=found.email).exists()
