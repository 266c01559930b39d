"""May this session be used here, now? Asked on every request, because memberships end.

A session made on one host is worthless on every other, even to a person who belongs to both companies, and ends when it
is left alone. Where the company demands a second factor, a member without one reaches the pages that set one up and
nothing else. What a signed-in person was shown is kept by no cache: not by a proxy, and not by the browser for whoever
presses Back after they left.
"""

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from accounts.access import to_second_factor
from accounts.members import has_second_factor
from accounts.models import Membership
from accounts.sessions import active_membership, is_bound_here, is_over, tenant_of

SEEN_EVERY = timedelta(minutes=5)
WAYS_TO_A_SECOND_FACTOR = ("/accounts/2fa/", "/accounts/reauthenticate/", "/accounts/logout/")


class MembershipMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = None  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            self._admit(request)
        response = to_second_factor(request) if _lacks_second_factor(request) else self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    def _admit(self, request: HttpRequest) -> None:
        if not is_bound_here(request) or is_over(request):
            logout(request)
            return
        company = tenant_of(request)
        if company.pk is None:
            return
        membership = active_membership(request.user, company)
        if membership is None:
            logout(request)
            return
        request.membership = membership  # type: ignore[attr-defined]
        _note_seen(membership)


def _lacks_second_factor(request: HttpRequest) -> bool:
    """Their company demands one, they have none, and this is not a page on which they could get one."""
    membership: Membership | None = request.membership  # type: ignore[attr-defined]
    if membership is None or not membership.company.require_mfa or has_second_factor(membership.user):
        return False
    return not request.path.startswith(WAYS_TO_A_SECOND_FACTOR)


def _note_seen(membership: Membership) -> None:
    """For the list of members; to the minute would turn every read into a write."""
    moment = now()
    if membership.last_seen_at is None or moment - membership.last_seen_at >= SEEN_EVERY:
        Membership.objects.filter(pk=membership.pk).update(last_seen_at=moment)
