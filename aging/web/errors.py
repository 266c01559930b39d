"""What does a person see when a page fails, is not there, or is not theirs?

A failure has a reference that is shown and logged with it, so that whoever reports it need not describe it. The page is
made without the request, which may be what failed.
"""

import logging
from secrets import token_hex

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django passes it
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return render(request, "403.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    reference = token_hex(4)
    logger.exception("Reference %s: %s %s", reference, request.method, request.path)
    response = HttpResponseServerError(render_to_string("500.html", {"reference": reference}))
    response["X-Request-ID"] = reference
    return response
