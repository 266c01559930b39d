"""Who may see this view? Asked once, at the view's first line: `@requires(May.READ)`.

Nobody signed in is sent to the log-in page and comes back afterwards; somebody signed in who may not is told so with
403. The answer rests on the membership that the middleware has just read, so a role that was taken away counts from
the next request. Operators' pages answer 404 to everybody else, because what is not there invites no second look.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import Membership, User
from accounts.roles import May, may

View = TypeVar("View", bound=Callable[..., Any])


def requires(action: May) -> Callable[[View], View]:
    """The view opens to members of this host's company whose role allows `action`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return to_log_in(request)
            if not may(current_membership(request).role, action):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return decorate


def requires_log_in(view: View) -> View:
    """The view opens to anybody signed in on this host, such as the list of one's companies."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_authenticated:
            return to_log_in(request)
        return view(request, *args, **kwargs)

    return cast(View, guarded)


def requires_operator(view: View) -> View:
    """The view opens to the platform's own staff; away from a single machine, only with a second factor."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_authenticated:
            return to_log_in(request)
        if not current_user(request).is_operator:
            raise Http404
        if not settings.IS_LOCAL and not is_mfa_enabled(request.user):
            return HttpResponseRedirect(reverse("mfa_index"))
        return view(request, *args, **kwargs)

    return cast(View, guarded)


def current_membership(request: HttpRequest) -> Membership:
    """The membership under which this request acts. Refuses with 403 where there is none."""
    membership = getattr(request, "membership", None)
    if membership is None:
        raise PermissionDenied
    return cast(Membership, membership)


def current_user(request: HttpRequest) -> User:
    """The signed-in person. Refuses with 403 where there is none."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def to_log_in(request: HttpRequest) -> HttpResponse:
    """To the log-in page and back here; for a fragment, the whole page goes and comes back to itself."""
    log_in = reverse("account_login")
    htmx = getattr(request, "htmx", None)
    if htmx:
        return HttpResponseClientRedirect(_with_next(log_in, htmx.current_url_abs_path or "/"))
    if request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(_with_next(log_in, request.get_full_path()))
    return HttpResponseRedirect(log_in)


def to_second_factor(request: HttpRequest) -> HttpResponse:
    """To the page that sets a second factor up; whatever was asked is not done."""
    address = reverse("mfa_index")
    if request.headers.get("HX-Request"):  # this is asked before the request knows what htmx sent
        return HttpResponseClientRedirect(address)
    messages.info(request, "Your company asks for a second factor. Set one up to continue.")
    return HttpResponseRedirect(address)


def _with_next(address: str, page: str) -> str:
    return f"{address}?{urlencode({'next': page})}"
