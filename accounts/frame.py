"""Which frame stands around the settings of people?

On a company's host the frame of its pages, made by the package that knows those pages: COMPANY_SHELL in the settings
names the function that makes it from a request. Importing it would turn the import order upside down. On the bare
domain and the operators' host, where a person has a profile too, the pages stand on a card by themselves.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.models import Membership
from accounts.roles import May, may
from tenants.pages import Link


def frame(request: HttpRequest) -> dict[str, Any]:
    """The part of a template's context that the frame needs."""
    maker = getattr(settings, "COMPANY_SHELL", "")
    if not maker or getattr(request, "membership", None) is None:
        return {"shell": None}
    return {"shell": import_string(maker)(request)}


def settings_tabs(reader: Membership | None) -> tuple[Link, ...]:
    """The settings pages that the reader may open. The report's are another package's, known here by their address."""
    if reader is None:
        return ()
    tabs = [Link("Profile", reverse("profile")), Link("Members", reverse("members"))]
    if may(reader.role, May.SETTINGS):
        tabs.append(Link("Security", reverse("security")))
    if may(reader.role, May.TOKENS):
        tabs.append(Link("API tokens", reverse("tokens")))
    tabs.append(Link("Report", reverse("report-settings")))
    tabs.append(Link("Audit log", reverse("audit")))
    return tuple(tabs)
