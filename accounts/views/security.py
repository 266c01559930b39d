"""What the company demands of its members."""

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import current_membership, current_user, requires
from accounts.forms import SecurityForm
from accounts.frame import frame, settings_tabs
from accounts.pages import SecurityPage
from accounts.roles import May
from accounts.security import PolicyRefused, members_without_second_factor, require_second_factor
from accounts.sessions import tenant_of
from tenants.audit import actor_of


@requires(May.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def security(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        wanted = current_membership(request).company.require_mfa
        return _show(request, SecurityForm(initial={"require_mfa": wanted}))
    # Whoever finds a browser open shall not be able to take the demand back.
    if not did_recently_reauthenticate(request):
        raise ReauthenticationRequired
    form = SecurityForm(request.POST)
    if form.is_valid() and _save(request, form):
        messages.success(request, "The security settings are saved.")
        return HttpResponseRedirect(reverse("security"))
    return _show(request, form)


def _save(request: HttpRequest, form: SecurityForm) -> bool:
    wanted = form.cleaned_data["require_mfa"]
    try:
        require_second_factor(tenant_of(request), wanted=wanted, person=current_user(request), by=actor_of(request))
    except PolicyRefused as error:
        form.add_error("require_mfa", str(error))
        return False
    return True


def _show(request: HttpRequest, form: SecurityForm) -> HttpResponse:
    without, count = members_without_second_factor(tenant_of(request))
    page = SecurityPage(
        without=tuple(one.display_name for one in without),
        members=count,
        tabs=settings_tabs(current_membership(request)),
    )
    context = {"page": page, "form": form, **frame(request)}
    return render(request, "accounts/security.html", context, status=422 if form.errors else 200)
