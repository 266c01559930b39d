"""The company's API tokens: the list, a new one, the end of one."""

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_membership, current_user, requires
from accounts.forms import TokenForm
from accounts.frame import frame, settings_tabs
from accounts.models import ApiToken
from accounts.pages import TokenRow, TokensPage
from accounts.roles import May
from accounts.sessions import tenant_of
from accounts.tokens import TokenRefused, issue, list_tokens, revoke
from tenants.audit import actor_of
from tenants.provisioning import address_of


@requires(May.TOKENS)
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    return _show(request, TokenForm())


@requires(May.TOKENS)
@never_cache
@require_POST
def token_issue(request: HttpRequest) -> HttpResponse:
    """The answer to this request is the only page that ever holds the token, so it is not a redirect."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    _, text = issue(
        company=tenant_of(request),
        user=current_user(request),
        name=form.cleaned_data["name"],
        days=form.cleaned_data["days"],
        by=actor_of(request),
    )
    return _show(request, TokenForm(), issued=text)


@requires(May.TOKENS)
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        token = revoke(company=tenant_of(request), token_pk=pk, by=actor_of(request))
    except TokenRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"“{token.name}” no longer works.")
    return HttpResponseRedirect(reverse("tokens"))


def _show(request: HttpRequest, form: TokenForm, *, issued: str = "", status: int = 200) -> HttpResponse:
    company = tenant_of(request)
    page = TokensPage(
        tokens=tuple(_row(token, ZoneInfo(company.timezone)) for token in list_tokens(company)),
        issue_url=reverse("token-issue"),
        example_url=f"{address_of(company)}/api/v1/aging",
        tabs=settings_tabs(current_membership(request)),
        issued=issued,
    )
    return render(request, "accounts/tokens.html", {"page": page, "form": form, **frame(request)}, status=status)


def _row(token: ApiToken, zone: ZoneInfo) -> TokenRow:
    return TokenRow(
        name=token.name,
        prefix=token.prefix,
        owner=token.user.display_name,
        created_at=token.created_at.astimezone(zone),
        last_used_at=token.last_used_at.astimezone(zone) if token.last_used_at else None,
        expires_at=token.expires_at.astimezone(zone) if token.expires_at else None,
        revoke_url=reverse("token-revoke", args=[token.pk]),
    )
