"""The aging report, the company's home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.frame import frame
from accounts.roles import May
from aging.queries.scripts import snapshot
from aging.web.building.aging_page import build_aging_page
from aging.web.building.matrix import orders
from aging.web.reader import read
from aging.web.standing import standing_of


@require_GET
@requires(May.READ)
def report(request: HttpRequest) -> HttpResponse:
    with snapshot():
        page = build_aging_page(read(request, orders), standing_of(request))
        return render(request, "aging/aging.html", {"page": page, **frame(request)})
