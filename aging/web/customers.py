"""The company's customers, and what one of them owes and has paid."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.frame import frame
from accounts.roles import May
from aging.queries.scripts import snapshot
from aging.web.building.aging_page import build_customers_page
from aging.web.building.customer_page import build_customer_page
from aging.web.building.matrix import orders
from aging.web.reader import read
from aging.web.standing import standing_of


@require_GET
@requires(May.READ)
def customers(request: HttpRequest) -> HttpResponse:
    with snapshot():
        page = build_customers_page(read(request, orders), standing_of(request))
        return render(request, "aging/customers.html", {"page": page, **frame(request)})


@require_GET
@requires(May.READ)
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    with snapshot():
        page = build_customer_page(read(request), pk)
        if page is None:
            raise Http404
        return render(request, "aging/customer.html", {"page": page, **frame(request)})
