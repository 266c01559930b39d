"""The guard at a view's door, as other packages use it."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.access import requires, requires_operator
from accounts.models import Membership, Role, User
from accounts.roles import May

NOBODY = AnonymousUser()


def _request(user: Any, role: Role | None = None, method: str = "GET", htmx: Any = None) -> HttpRequest:
    request = RequestFactory().generic(method, "/aging?as_of=2026-10-31")
    request.user = user
    request.htmx = htmx  # type: ignore[attr-defined]
    request.membership = Membership(role=role) if role else None  # type: ignore[attr-defined]
    return request


@requires(May.SYNC)
def _sync(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(f"synced {pk}")


@requires_operator
def _console(request: HttpRequest) -> HttpResponse:
    return HttpResponse("console")


def test_who_may_gets_the_view() -> None:
    assert _sync(_request(User(), Role.ADMIN), pk=7).content == b"synced 7"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE, None])
def test_who_may_not_is_refused(role: Role | None) -> None:
    with pytest.raises(PermissionDenied):
        _sync(_request(User(), role), pk=7)


def test_a_reader_comes_back_to_the_page_and_a_poster_does_not_repeat_the_post() -> None:
    assert _sync(_request(NOBODY), pk=7).headers["location"] == "/accounts/login/?next=%2Faging%3Fas_of%3D2026-10-31"
    assert _sync(_request(NOBODY, method="POST"), pk=7).headers["location"] == "/accounts/login/"


def test_a_fragment_sends_the_page_it_belongs_to() -> None:
    htmx = SimpleNamespace(current_url_abs_path="/customers")
    answer = _sync(_request(NOBODY, htmx=htmx), pk=7)
    assert answer.status_code == 200 and answer.headers["HX-Redirect"] == "/accounts/login/?next=%2Fcustomers"


def test_operators_see_the_console_and_others_see_nothing() -> None:
    assert _console(_request(User(is_operator=True))).content == b"console"
    assert _console(_request(NOBODY)).status_code == 302
    with pytest.raises(Http404):
        _console(_request(User(is_superuser=True), Role.OWNER))


@pytest.mark.django_db
def test_away_from_one_machine_operators_need_a_second_factor(settings: Any) -> None:
    settings.IS_LOCAL = False
    operator = User.objects.create_user("op@people.example", None, is_operator=True)
    assert _console(_request(operator)).headers["location"] == "/accounts/2fa/"
    operator.authenticator_set.create(type="totp", data={})
    assert _console(_request(operator)).content == b"console"
