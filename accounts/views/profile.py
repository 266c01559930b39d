"""One's own profile, the same in every company and on the bare domain."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, requires_log_in
from accounts.forms import ProfileForm
from accounts.frame import frame, settings_tabs
from accounts.pages import ProfilePage
from accounts.profile import change_profile, remember_theme
from tenants.pages import Link


@requires_log_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = current_user(request)
    now_set = {"name": user.name, "locale": user.locale, "theme": user.theme, "shortcuts": user.shortcuts}
    form = ProfileForm(request.POST or None, initial=now_set)
    if request.method == "POST" and form.is_valid():
        change_profile(user, form.cleaned_data)
        messages.success(request, "Your profile is saved.")
        response = HttpResponseRedirect(reverse("profile"))
        remember_theme(response, user, forget=True)
        return response
    page = ProfilePage(
        email=user.email,
        links=(
            Link("Change password", reverse("account_change_password")),
            Link("Change e-mail address", reverse("account_email")),
            Link("Second factor", reverse("mfa_index")),
            Link("Where you are signed in", reverse("usersessions_list")),
        ),
        tabs=settings_tabs(getattr(request, "membership", None)),
    )
    return render(request, "accounts/profile.html", {"page": page, "form": form, **frame(request)})
