"""How allauth's log-in and sign-up fit companies: sign-up on the bare domain, log-in only where one belongs."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from accounts.sessions import active_membership, bind, tenant_of


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        on_bare_domain = tenant_of(request).pk is None and not self._on_operators_host(request)
        return on_bare_domain or "invitation_email" in request.session

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        company = tenant_of(request)
        if company.pk is not None and active_membership(user, company) is None:
            return render(request, "403.html", status=403)
        if self._on_operators_host(request) and not user.is_operator:
            return render(request, "403.html", status=403)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        bind(request)

    @staticmethod
    def _on_operators_host(request: HttpRequest) -> bool:
        return request.urlconf == settings.OPERATORS_URLCONF  # type: ignore[attr-defined]
