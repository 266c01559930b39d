"""The company's customers, and what one of them owes and has paid."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import May
from aging.queries.scripts import snapshot
from aging.web.building.aging_page import build_customers_page
from aging.web.building.customer_page import build_customer_page
from aging.web.building.matrix import orders
from aging.web.reader import read
from aging.web.screens import screen
from aging.web.standing import standing_of


@require_GET
@requires(May.READ)
def customers(request: HttpRequest) -> HttpResponse:
    with snapshot():
        reader = read(request, orders)
        page = build_customers_page(reader, standing_of(request))
        return screen(request, "aging/customers.html", page, reader.state)


@require_GET
@requires(May.READ)
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    with snapshot():
        reader = read(request)
        page = build_customer_page(reader, pk)
        if page is None:
            raise Http404
        return screen(request, "aging/customer.html", page, reader.state)
