"""How the company wants its report aged: shown to every member, tried out and changed by those who may.

A preview is an ordinary GET with the proposed values, so it works without a script and changes nothing.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_membership, requires
from accounts.frame import frame, settings_tabs
from accounts.roles import May
from aging.core.buckets import BadEdges
from aging.ingest.report_settings import DEFAULT_AGED, change_report_settings
from aging.queries.scripts import snapshot
from aging.web.building.report_settings_page import build_report_settings_page, read_proposal
from aging.web.reader import read
from tenants.audit import actor_of
from tenants.models import Company

LONGEST_TEXT = 200


@require_http_methods(["GET", "HEAD", "POST"])
@requires(May.READ)
def report_settings(request: HttpRequest) -> HttpResponse:
    return _save(request) if request.method == "POST" else _show(request, request.GET.dict())


@requires(May.SETTINGS)
def _save(request: HttpRequest) -> HttpResponse:
    typed = request.POST.dict()
    try:
        wanted = read_proposal(typed.get("edges", "")[:LONGEST_TEXT], typed.get("basis", ""))
    except BadEdges:
        return _show(request, {"edges": "", "basis": "", **typed}, status=422)
    return _change(request, wanted.scheme.edges, wanted.basis)


@require_POST
@requires(May.SETTINGS)
def reset(request: HttpRequest) -> HttpResponse:
    return _change(request, DEFAULT_AGED.edges, DEFAULT_AGED.basis)


def _change(request: HttpRequest, edges: tuple[int, ...], basis: str) -> HttpResponse:
    company: Company = request.tenant  # type: ignore[attr-defined]
    if change_report_settings(company, edges=edges, basis=basis, by=actor_of(request)):
        messages.success(request, "The report is aged as you asked, everywhere and for everybody.")
    else:
        messages.info(request, "Nothing to change: the report is aged like this already.")
    return HttpResponseRedirect(reverse("report-settings"))


def _show(request: HttpRequest, typed: dict[str, str], *, status: int = 200) -> HttpResponse:
    edges, basis = typed.get("edges"), typed.get("basis")
    with snapshot():
        page = build_report_settings_page(
            read(request),
            settings_tabs(current_membership(request)),
            edges=None if edges is None else edges[:LONGEST_TEXT],
            basis=basis,
        )
        return render(request, "aging/report_settings.html", {"page": page, **frame(request)}, status=status)
