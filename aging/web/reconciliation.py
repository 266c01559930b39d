"""Do our figures agree with the accounting system's own, and which documents are behind a difference?"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import May
from aging.queries.scripts import snapshot
from aging.web.building.reconciliation_page import build_reconciliation_page
from aging.web.reader import read
from aging.web.screens import screen


@require_GET
@requires(May.READ)
def reconciliation(request: HttpRequest) -> HttpResponse:
    with snapshot():
        reader = read(request)
        page = build_reconciliation_page(reader)
        return screen(request, "aging/reconciliation.html", page, reader.state)
