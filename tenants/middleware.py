"""Whose address was asked for? The host name decides the company, its schema and the URL map, before anything else.

The look-up is kept in the process for half a minute (unknown hosts for a few seconds): it would otherwise be the
dearest part of a small request. Whether the company still exists, is suspended and what it demands of its members is
asked by its key on every request, so that an operator's act counts at once in every process. Whether a person may enter
is re-checked on every request elsewhere.
"""

import copy
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django_tenants.utils import get_public_schema_name

from tenants.models import Company, Domain

FOUND_SECONDS = 30.0
UNKNOWN_SECONDS = 5.0
CACHED_HOSTS = 10_000
NEVER_OLD = ("is_suspended", "require_mfa", "timezone", "name")
PROGRAMS_PATH = "/api/"


class PublicTenant:
    """The bare domain and the operators' host: no company, the public schema."""

    pk = None
    schema_name = get_public_schema_name()
    name = "Ledgerline"
    slug = ""
    is_suspended = False


class CompanyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.hosts: dict[str, tuple[float, Company | None]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connection.set_schema_to_public()
        try:
            host = request.get_host().rsplit(":", 1)[0].rstrip(".").lower()
        except DisallowedHost:
            return HttpResponse(status=404)
        tenant, urlconf = self._resolve(host)
        if tenant is None:
            request.tenant = PublicTenant()  # type: ignore[attr-defined]
            return render(request, "404.html", status=404)
        if tenant.is_suspended:
            return _suspended(request)
        request.tenant = tenant  # type: ignore[attr-defined]
        request.urlconf = urlconf  # type: ignore[attr-defined]
        if tenant.pk is not None:
            connection.set_tenant(tenant)
        try:
            return self.get_response(request)
        finally:
            connection.set_schema_to_public()

    def _resolve(self, host: str) -> tuple[Any, str]:
        if host == settings.OPERATORS_HOST:
            return PublicTenant(), settings.OPERATORS_URLCONF
        if host in (settings.BASE_DOMAIN, f"www.{settings.BASE_DOMAIN}"):
            return PublicTenant(), settings.PUBLIC_SCHEMA_URLCONF
        return self._company(host), settings.ROOT_URLCONF

    def _company(self, host: str) -> Company | None:
        now = time.monotonic()
        kept = self.hosts.get(host)
        if kept is None or kept[0] < now:
            domain = Domain.objects.select_related("tenant").filter(domain=host).first()
            company = domain.tenant if domain else None
            if len(self.hosts) >= CACHED_HOSTS:
                self.hosts.clear()
            kept = (now + (FOUND_SECONDS if company else UNKNOWN_SECONDS), company)
            self.hosts[host] = kept
        return _as_it_is_now(kept[1])


def _as_it_is_now(kept: Company | None) -> Company | None:
    """The kept company with what may not be old; None once it is deleted."""
    if kept is None:
        return None
    company = copy.copy(kept)
    for values in Company.objects.filter(pk=kept.pk).values(*NEVER_OLD):
        for name, value in values.items():
            setattr(company, name, value)
        return company
    return None


def _suspended(request: HttpRequest) -> HttpResponse:
    """The same for every address, so that neither session nor token nor invitation is looked at."""
    request.tenant = PublicTenant()  # type: ignore[attr-defined]
    if not request.path.startswith(PROGRAMS_PATH):
        return render(request, "suspended.html", status=403)
    problem = {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "This company is suspended."}
    return JsonResponse(problem, status=403, content_type="application/problem+json")
