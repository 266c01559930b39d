"""How does a company come to have its receivables aged otherwise?

The wish, the aging steps that follow from it and the line in the audit log are written together. The log is in another
schema, behind another connection: it is committed first, so that what could remain of a failure between the two commits
is a line too many and never a change that nobody is named for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from aging.core.buckets import DEFAULT_EDGES, BucketScheme
from aging.ingest.publishing import rebuild_steps
from aging.models import ReportSettings
from tenants.audit import Actor, record_event
from tenants.models import Company
from tenants.router import CONTROL_ALIAS

BASES = ("due", "issued")
DEFAULT_BASIS = "due"


class UnknownBasis(ValueError):
    """Days count from the due date or from the issue date."""


@dataclass(frozen=True, slots=True)
class Aged:
    """How receivables are aged, as the audit log tells it."""

    edges: tuple[int, ...]
    basis: str

    def told(self) -> dict[str, Any]:
        return {"bucket_edges": list(self.edges), "basis": self.basis}


DEFAULT_AGED = Aged(DEFAULT_EDGES, DEFAULT_BASIS)


def change_report_settings(company: Company, *, edges: Iterable[int], basis: str, by: Actor) -> bool:
    """Inside the company. Whether anything changed; what is so already is neither built nor logged again.

    Raises `aging.core.buckets.BadEdges` and `UnknownBasis` before anything is written.
    """
    wanted = Aged(BucketScheme.from_edges(edges).edges, basis)
    if basis not in BASES:
        raise UnknownBasis(UnknownBasis.__doc__)
    with transaction.atomic():
        kept, _ = ReportSettings.objects.select_for_update().get_or_create(pk=1)
        before = Aged(tuple(kept.built_edges or DEFAULT_EDGES), kept.basis)
        if before == wanted:
            return False
        kept.bucket_edges, kept.basis = list(wanted.edges), wanted.basis
        kept.save(update_fields=["bucket_edges", "basis"])
        if before.edges != wanted.edges:
            rebuild_steps()
        _record(company, before, wanted, by)
    return True


def _record(company: Company, before: Aged, after: Aged, by: Actor) -> None:
    with transaction.atomic(using=CONTROL_ALIAS):
        details = {"before": before.told(), "after": after.told()}
        record_event("report_settings.changed", by=by, company=company, subject="Report", details=details)
