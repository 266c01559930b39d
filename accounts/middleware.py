"""May this session be used here, now? Asked on every request, because memberships end.

A session made on one host is worthless on every other, even to a person who belongs to both companies.
"""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from accounts.sessions import active_membership, is_bound_here, tenant_of


class MembershipMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = None  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            self._admit(request)
        return self.get_response(request)

    def _admit(self, request: HttpRequest) -> None:
        if not is_bound_here(request):
            logout(request)
            return
        company = tenant_of(request)
        if company.pk is None:
            return
        membership = active_membership(request.user, company)
        if membership is None:
            logout(request)
        request.membership = membership  # type: ignore[attr-defined]
