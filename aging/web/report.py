"""The aging report, the company's home page."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import May
from aging.queries.scripts import snapshot
from aging.web.building.aging_page import build_aging_page
from aging.web.building.matrix import orders
from aging.web.reader import read
from aging.web.screens import screen
from aging.web.standing import standing_of


@require_GET
@requires(May.READ)
def report(request: HttpRequest) -> HttpResponse:
    with snapshot():
        reader = read(request, orders)
        page = build_aging_page(reader, standing_of(request))
        return screen(request, "aging/aging.html", page, reader.state)
