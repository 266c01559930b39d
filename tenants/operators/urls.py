"""The addresses of the operators' console. Whoever mounts it has to say who may enter: there is no open variant."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from tenants.operators import suspending, views

Guard = Callable[[Callable[..., Any]], Callable[..., Any]]


def console(guard: Guard) -> list[URLPattern]:
    connection = "companies/<int:company_pk>/connections/<int:connection_pk>"
    return [
        path("", guard(views.tenants), name="ops-tenants"),
        path("companies/<int:company_pk>/", guard(views.tenant), name="ops-tenant"),
        path("companies/<int:company_pk>/sync/", guard(views.sync_tenant), name="ops-tenant-sync"),
        path("companies/<int:company_pk>/suspend/", guard(suspending.suspend_tenant), name="ops-tenant-suspend"),
        path("companies/<int:company_pk>/resume/", guard(suspending.resume_tenant), name="ops-tenant-resume"),
        path(f"{connection}/sync/", guard(views.sync), {"full": False}, name="ops-sync"),
        path(f"{connection}/full-sync/", guard(views.sync), {"full": True}, name="ops-full-sync"),
        path(f"{connection}/pause/", guard(views.pause), name="ops-pause"),
        path(f"{connection}/resume/", guard(views.resume), name="ops-resume"),
        path("runs/", guard(views.runs), name="ops-runs"),
        path("platform/", guard(views.platform), name="ops-platform"),
    ]
