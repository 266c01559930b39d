"""How do allauth's log-in and sign-up fit companies?

People sign up on the bare domain, or on a company's host with an invitation to it; they log in where they belong. The
refusal comes after the password was right, so it tells nothing to somebody who only guesses addresses. allauth counts
failed log-ins for each host and address; here they are counted for the address alone, or every company's host would
grant a fresh budget of guesses.
"""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import invitations
from accounts.mail import compose
from accounts.models import User
from accounts.pages import refused
from accounts.profile import remember_theme
from accounts.sessions import active_membership, bind, place_of, tenant_of
from tenants import crypto


class AccountAdapter(DefaultAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail address or the password is not right.",
        "too_many_login_attempts": "Too many attempts. Wait a few minutes, then try again.",
        "rate_limited": "Too many requests. Wait a minute, then try again.",
        "incorrect_code": "That code is not right, or no longer valid.",
        "incorrect_password": "That is not your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return place_of(request) == "public" or invitations.held(request) is not None

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        if not self._may_log_in_here(request, user):
            clear_login(request)
            return render(request, "403.html", status=403)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def _may_log_in_here(self, request: HttpRequest, user: User) -> bool:
        if place_of(request) == "operators":
            return user.is_operator
        company = tenant_of(request)
        if company.pk is None or active_membership(user, company) is not None:
            return True
        invitation = invitations.held(request)
        return invitation is not None and invitation.email == user.email

    def login(self, request: HttpRequest, user: User) -> None:
        """Called once every step is passed, the second factor included; only now does an invitation count."""
        invitation = invitations.held(request)
        super().login(request, user)
        bind(request)
        invitations.let_go(request)
        if invitation is None or invitation.email != user.email:
            return
        try:
            invitations.accept(invitation, user, request)
        except invitations.InvitationRefused as error:
            self.logout(request)
            raise ImmediateHttpResponse(refused(request, str(error))) from error

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_theme(response, user)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if place_of(request) == "public":
            return reverse("welcome")
        return super().get_login_redirect_url(request)

    def is_safe_url(self, url: str) -> bool:
        """Back to this host only: allauth would also follow an address to any other company's."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={context.request.get_host()}, require_https=context.request.is_secure()
        )

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return str(credentials.get("email", "")).lower()

    def format_email_subject(self, subject: str) -> str:
        return subject

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        return compose(
            to=[email] if isinstance(email, str) else email,
            subject=render_to_string(f"{template_prefix}_subject.txt", context),
            text=render_to_string(f"{template_prefix}_message.txt", context, context.get("request")),
            headers=headers,
        )


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keys of second factors are encrypted at rest; a passkey counts on every host below the base domain."""

    SEALED_FOR: ClassVar[str] = "second factor"
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    def encrypt(self, text: str) -> str:
        return crypto.seal(text, owner=self.SEALED_FOR)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(encrypted_text, owner=self.SEALED_FOR)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        # Browsers refuse "localhost" as the parent of "acme.localhost", so on one machine a passkey is for one host.
        return {"id": entity["id"] if settings.IS_LOCAL else settings.BASE_DOMAIN, "name": settings.MFA_TOTP_ISSUER}
