"""The counts beside the menu's entries, asked once a request although the frame and the page both show them."""

from django.http import HttpRequest

from aging.queries.standing import Counts, count_standing
from tenants.clock import today_of
from tenants.models import Company

_KEPT = "_standing"


def standing_of(request: HttpRequest) -> Counts:
    kept: Counts | None = getattr(request, _KEPT, None)
    if kept is None:
        company: Company = request.tenant  # type: ignore[attr-defined]
        kept = count_standing(as_of=today_of(company))
        setattr(request, _KEPT, kept)
    return kept
