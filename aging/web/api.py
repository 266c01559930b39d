"""The figures for programs: read only, by a token of one member of one company, on that company's own host.

`/aging` answers with the same document as `manage.py aging --json`, made by the same functions, except that its lists
of customers and invoices come in pages; totals are always whole. A problem is answered as RFC 9457 describes it.
Parameters that are not known are ignored; known ones that cannot be understood are refused, because a program should
hear of its mistake where a person's address bar is forgiven.
"""

from collections.abc import Mapping
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import Field, NinjaAPI, Query, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from accounts.models import ApiToken
from accounts.tokens import authenticate
from aging.web.building import api_parts
from aging.web.building.api_parts import Asked, BadParameter

PROBLEM_TYPE = "application/problem+json"
TITLES = {400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 404: "Not found", 422: "Unprocessable parameters"}


class Paging(Schema):
    page: int = Field(1, ge=1, le=1_000_000, description="Which page of the lists, from 1.")
    per_page: int = Field(1000, ge=1, le=5000, description="How many rows a page.")


class Day(Paging):
    as_of: str = Field("", description="A date such as 2026-10-31; today in the company's time zone when left out.")
    basis: str = Field("", description="due or issued; the company's own choice when left out.")
    currency: str = Field("", description="An ISO 4217 code; every currency when left out.")


class Report(Day):
    detail: Literal["totals", "customers", "invoices"] = Field("totals", description="Each contains the ones before.")


class Documents(Day):
    status: Literal["open", "settled", "excluded", "all"] = Field("open", description="As of that day.")


class Token(HttpBearer):
    """`Authorization: Bearer rcv_…`, issued under Settings, API tokens."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        return authenticate(f"Bearer {token}", request.tenant)  # type: ignore[attr-defined]


api = NinjaAPI(
    title="Receivables", version="1", description=__doc__, auth=Token(), urls_namespace="api-v1", docs_url="/docs"
)


@api.get("/aging", summary="Aged receivables of a day")
def aging(request: HttpRequest, wanted: Query[Report]) -> dict[str, Any]:
    """Amounts are decimal text with the currency's own decimals. Credits have a negative `outstanding`, no
    `days_past_due` and bucket `unapplied`. `customers_page` and `invoices_page` say how many there are in all.
    """
    return api_parts.aging(_asked(request, wanted), wanted.detail)


@api.get("/customers", summary="Customers and what they owe on a day, per currency")
def customers(request: HttpRequest, wanted: Query[Day]) -> dict[str, Any]:
    return api_parts.customers(_asked(request, wanted))


@api.get("/invoices", summary="Documents as of a day")
def invoices(request: HttpRequest, wanted: Query[Documents]) -> dict[str, Any]:
    return api_parts.invoices(_asked(request, wanted), wanted.status)


@api.get("/findings", summary="What contradicts itself at the source")
def findings(request: HttpRequest, wanted: Query[Paging]) -> dict[str, Any]:
    return api_parts.findings(_asked(request, Day(**wanted.dict())))


@api.get("/runs", summary="Sync runs, newest first")
def runs(request: HttpRequest, wanted: Query[Paging]) -> dict[str, Any]:
    return api_parts.runs(_asked(request, Day(**wanted.dict())))


def _asked(request: HttpRequest, wanted: Day) -> Asked:
    return api_parts.read_parameters(
        request.tenant,  # type: ignore[attr-defined]
        as_of=wanted.as_of,
        basis=wanted.basis,
        currency=wanted.currency,
        page=wanted.page,
        per_page=wanted.per_page,
    )


def problem(status: int, detail: str, **more: Any) -> HttpResponse:
    body: Mapping[str, Any] = {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        **more,
    }
    response = JsonResponse(body, status=status, content_type=PROBLEM_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    response["Cache-Control"] = "no-store"
    return response


@api.exception_handler(AuthenticationError)
def _no_token(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return problem(401, "Send a valid token of this company: Authorization: Bearer rcv_…")


@api.exception_handler(BadParameter)
def _bad_parameter(_request: HttpRequest, error: BadParameter) -> HttpResponse:
    return problem(422, str(error), parameter=error.parameter)


@api.exception_handler(ValidationError)
def _bad_parameters(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    name = str(first["loc"][-1])
    return problem(422, f"{name}: {first['msg']}.", parameter=name)


@api.exception_handler(HttpError)
def _refused(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code if error.status_code in TITLES else 400, str(error))


@api.exception_handler(Http404)
def _not_there(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return problem(404, "There is nothing at this address.")


@api.exception_handler(PermissionDenied)
def _not_allowed(_request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problem(403, str(error) or "This token may not do that.")


def nothing_here(_request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address below the API's."""
    return problem(404, f"The API has nothing at “{rest}”.")
