"""How is a page of figures answered? Whole, in the company's frame, under its canonical address.

A change of the filters swaps parts of the same page that a fresh visit gets, so there is no second template to differ
from the first; htmx picks what it needs. The form sends every field, also those that say what goes without saying, so
the address that the browser then shows is the one that `State` would write.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.frame import frame
from aging.web.state import State

FILTERS = frozenset({"filters", "q"})  # the form, and the search field that belongs to it


def screen(request: HttpRequest, template: str, page: Any, state: State) -> HttpResponse:
    response = render(request, template, {"page": page, **frame(request)})
    htmx = getattr(request, "htmx", None)
    if htmx and not htmx.boosted and htmx.trigger in FILTERS:
        response["HX-Push-Url"] = state.url(request.path, page=state.page)
    return response
