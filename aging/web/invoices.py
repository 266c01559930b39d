"""The documents behind every figure, and one of them with all that made up its open amount."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import May
from aging.queries.scripts import snapshot
from aging.web.building.invoice_page import build_invoice_page
from aging.web.building.invoices_page import build_invoices_page, orders
from aging.web.reader import read
from aging.web.screens import screen
from aging.web.standing import standing_of


@require_GET
@requires(May.READ)
def invoices(request: HttpRequest) -> HttpResponse:
    with snapshot():
        reader = read(request, orders)
        page = build_invoices_page(reader, standing_of(request))
        return screen(request, "aging/invoices.html", page, reader.state)


@require_GET
@requires(May.READ)
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    with snapshot():
        reader = read(request)
        page = build_invoice_page(reader, pk)
        if page is None:
            raise Http404
        return screen(request, "aging/invoice.html", page, reader.state)
