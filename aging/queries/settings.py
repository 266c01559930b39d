"""How does this company want its receivables aged?"""

from dataclasses import dataclass
from datetime import date

from aging.core.buckets import DEFAULT_EDGES, BucketScheme
from aging.models import Publication, ReportSettings
from aging.queries import scripts


@dataclass(frozen=True, slots=True)
class View:
    """How a report is asked for: the day, the date from which days count, and the buckets. Nothing has a default."""

    as_of: date
    basis: str
    scheme: BucketScheme

    @property
    def parameters(self) -> dict[str, object]:
        return {"as_of": self.as_of, "basis": self.basis, "lowers": list(self.scheme.lowers)}


@dataclass(frozen=True, slots=True)
class Preferences:
    scheme: BucketScheme
    basis: str


def preferences() -> Preferences:
    """The company's own buckets and basis, or the defaults (R6)."""
    kept = ReportSettings.objects.filter(pk=1).first()
    if kept is None:
        return Preferences(BucketScheme.from_edges(DEFAULT_EDGES), "due")
    return Preferences(BucketScheme.from_edges(kept.built_edges or DEFAULT_EDGES), kept.basis)


def first_day() -> date | None:
    """The first day on which anything was open; None while the ledger is empty."""
    (row,) = scripts.rows("first_day", {})
    return row["first_day"]


def last_publication(connection_id: int) -> Publication | None:
    return Publication.objects.filter(connection_id=connection_id).order_by("-id").first()
