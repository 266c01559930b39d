"""What do people do to their own access? Signals of Django and allauth, written to the audit log.

What people do to a company is recorded where it is done, in the same transaction.
"""

from typing import Any

from allauth.account import signals as account
from allauth.core import context
from allauth.mfa import signals as second_factor
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.sessions import tenant_of
from tenants.audit import Actor, client_address, record_event

UNKNOWN = "unknown person"


@receiver(account.user_logged_in)
def logged_in(request: HttpRequest, user: User, **_: Any) -> None:
    _record(request, user.email, "person.signed_in")


@receiver(account.user_logged_out)
def logged_out(request: HttpRequest, user: User | None = None, **_: Any) -> None:
    if user is not None:
        _record(request, user.email, "person.signed_out")


@receiver(account.password_changed)
@receiver(account.password_set)
@receiver(account.password_reset)
def password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    _record(request, user.email, "person.password_changed")


@receiver(account.email_changed)
def email_changed(request: HttpRequest, user: User, **_: Any) -> None:
    _record(request, user.email, "person.email_changed")


@receiver(second_factor.authenticator_added)
def factor_added(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    _record(request, user.email, "person.second_factor_added", kind=str(authenticator.type))


@receiver(second_factor.authenticator_removed)
def factor_removed(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    _record(request, user.email, "person.second_factor_removed", kind=str(authenticator.type))


@receiver(second_factor.authenticator_reset)
def factor_reset(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    _record(request, user.email, "person.second_factor_renewed", kind=str(authenticator.type))


@receiver(second_factor.authentication_failed)
def factor_failed(request: HttpRequest, user: User, **_: Any) -> None:
    """Somebody knew the password and not the second factor."""
    _record(request, user.email, "person.second_factor_failed")


@receiver(user_login_failed)
def log_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Written whether or not there is such an account, so that both answers take equally long.

    The address is kept only if it has an account, because people type passwords into the wrong field.
    """
    request = request or context.request
    known = User.objects.filter(email=str(credentials.get("email", "")).lower()).first()
    if request is not None:
        _record(request, known.email if known else UNKNOWN, "person.sign_in_failed")


def _record(request: HttpRequest, email: str, action: str, **details: str) -> None:
    company = tenant_of(request)
    record_event(
        action,
        by=Actor(email, client_address(request)),
        company=company if company.pk is not None else None,
        subject=email,
        details=details,
    )
