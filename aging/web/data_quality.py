"""What the ledger says that cannot all be true, and what could not be read at all."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import May
from aging.queries.scripts import snapshot
from aging.web.building.quality_page import build_quality_page
from aging.web.reader import read
from aging.web.screens import screen


@require_GET
@requires(May.READ)
def data_quality(request: HttpRequest) -> HttpResponse:
    with snapshot():
        reader = read(request)
        page = build_quality_page(reader)
        return screen(request, "aging/data_quality.html", page, reader.state)
