"""How does the company's ledger stand: what is in it, which version of each source, and does it agree with the
source?
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Subquery

from aging.models import Publication, SourceState
from aging.queries import scripts


@dataclass(frozen=True, slots=True)
class Counts:
    """Customers who owe something and open documents on a day; findings and quarantined records as they are."""

    customers: int
    documents: int
    findings: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """One connection's last published version. `comparison` is empty until the source was compared with (R12).

    `verdicts` maps a currency to net_minor, open_minor, source_minor, reported_minor (None: no report) and agrees.
    """

    connection_id: int
    is_published: bool
    compared_on: date | None
    verdicts: Mapping[str, Mapping[str, Any]]
    withheld: Mapping[str, str]


def count_standing(*, as_of: date) -> Counts:
    (row,) = scripts.rows("standing", {"as_of": as_of})
    return Counts(**row)


def list_sources() -> list[SourceStanding]:
    """Every connection that was ever read, oldest first."""
    newest = Publication.objects.filter(connection_id=OuterRef("connection_id")).order_by("-id")
    found = SourceState.objects.annotate(comparison=Subquery(newest.values("comparison")[:1])).order_by("connection_id")
    return [_standing(one.connection_id, one.comparison, one.withheld) for one in found]


def _standing(connection_id: int, comparison: Mapping[str, Any] | None, withheld: Mapping[str, str]) -> SourceStanding:
    told = comparison or {}
    return SourceStanding(
        connection_id=connection_id,
        is_published=comparison is not None,
        compared_on=date.fromisoformat(told["as_of"]) if "as_of" in told else None,
        verdicts=told.get("verdicts", {}),
        withheld=withheld,
    )
