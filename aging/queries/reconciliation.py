"""Do we agree with each source's own figures, and if not, which documents are behind the difference (R12)?

What is read is the comparison that the newest sync made: its verdicts, and the rows of the source's report as they were
then. A comparison of an older ledger is history, and explains nothing about this one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aging.core.reconciliation import Cause, Compared, Explanation, explain
from aging.models import Publication, SourceAgedRow, SourceState
from aging.queries import scripts


@dataclass(frozen=True, slots=True)
class Verdict:
    """One currency, minor units. `reported_minor` is None where the source's own report has no figure to compare with.

    `net_minor` is ours on the compared day; `open_minor` and `source_minor` speak of the documents whose balance the
    source states.
    """

    currency: str
    net_minor: int
    open_minor: int
    source_minor: int
    reported_minor: int | None

    @property
    def balances_differ(self) -> bool:
        return self.open_minor != self.source_minor

    @property
    def is_about_the_report(self) -> bool:
        """False where there is none, or where it agrees and only the stated balances do not."""
        if self.reported_minor is None:
            return False
        return self.reported_minor != self.net_minor or not self.balances_differ

    @property
    def difference_minor(self) -> int:
        """Against the report; where that agrees or is not there, against the stated balances."""
        if self.reported_minor is not None and self.reported_minor != self.net_minor:
            return self.net_minor - self.reported_minor
        return self.open_minor - self.source_minor


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the newest sync of a connection compared. `compared_on` is None until it has; `withheld` says why the source
    gives no report ("unsupported", "forbidden"), and is empty where it does.
    """

    connection_id: int
    sync_run_id: int
    compared_on: date | None
    compared_at: datetime | None
    withheld: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one sync of the past compared; None where it was not compared."""

    sync_run_id: int
    published_at: datetime
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A document with another amount here than there. `document_id` is None where our ledger does not have it.

    `rule` says which rule keeps it out of our figures, `held_currency` the currency we have it in, and `quarantined`
    why its record could not be read.
    """

    cause: Cause
    source_id: str
    document_id: int | None
    kind: str
    number: str
    customer: str
    status: str
    rule: str
    held_currency: str
    quarantined: str
    ours_minor: int | None
    theirs_minor: int | None
    difference_minor: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`lists_documents` is False where the report names none, so that nothing could be explained by any."""

    difference_minor: int
    explained_minor: int
    unexplained_minor: int
    lists_documents: bool
    differences: tuple[Difference, ...]


def list_comparisons() -> list[Comparison]:
    """Every connection that has published, oldest first."""
    newest = Publication.objects.order_by("connection_id", "-id").distinct("connection_id")
    known = set(SourceState.objects.values_list("connection_id", flat=True))
    return [_comparison(one) for one in newest if one.connection_id in known]


def list_agreements(connection_id: int, *, count: int) -> list[Agreement]:
    """The last syncs of a connection, oldest first."""
    found = Publication.objects.filter(connection_id=connection_id).order_by("-id")
    rows = found.values_list("sync_run_id", "published_at", "comparison__agrees")[:count]
    return [Agreement(*row) for row in reversed(rows)]


def reconcile(comparison: Comparison, verdict: Verdict) -> Reconciled:
    """The difference of one currency, document by document, and what no document explains."""
    if comparison.compared_on is None or not verdict.is_about_the_report:
        return _unlisted(verdict)
    named = {"connection_id": comparison.connection_id, "sync_run_id": comparison.sync_run_id}
    rows = SourceAgedRow.objects.filter(**named, currency=verdict.currency)
    if verdict.reported_minor and not rows.exclude(source_id="").exists():
        return _unlisted(verdict)
    assert verdict.reported_minor is not None
    parameters = {
        "connection": comparison.connection_id,
        "run": comparison.sync_run_id,
        "currency": verdict.currency,
        "as_of": comparison.compared_on,
    }
    found = {row["source_id"]: row for row in scripts.rows("reconciliation", parameters)}
    explanation = explain(
        _compared(found.values()), ours_minor=verdict.net_minor, reported_minor=verdict.reported_minor
    )
    return _reconciled(explanation, found)


def _compared(rows: Iterable[Mapping[str, Any]]) -> list[Compared]:
    return [
        Compared(
            source_id=row["source_id"],
            ours_minor=row["ours_minor"],
            theirs_minor=row["theirs_minor"],
            is_held=row["document_id"] is not None,
            is_excluded=row["rule"] != "",
        )
        for row in rows
    ]


def _reconciled(explanation: Explanation, rows: Mapping[str, Mapping[str, Any]]) -> Reconciled:
    differences = (
        Difference(cause=cause, difference_minor=one.difference_minor, **rows[one.source_id])
        for cause, one in explanation.differences
    )
    return Reconciled(
        difference_minor=explanation.difference_minor,
        explained_minor=explanation.explained_minor,
        unexplained_minor=explanation.unexplained_minor,
        lists_documents=True,
        differences=tuple(differences),
    )


def _unlisted(verdict: Verdict) -> Reconciled:
    difference = verdict.difference_minor
    return Reconciled(difference, 0, difference, lists_documents=False, differences=())


def _comparison(publication: Publication) -> Comparison:
    told = publication.comparison
    at = told.get("compared_at")
    return Comparison(
        connection_id=publication.connection_id,
        sync_run_id=publication.sync_run_id,
        compared_on=date.fromisoformat(told["as_of"]) if "as_of" in told else None,
        compared_at=datetime.fromisoformat(at) if at else None,
        withheld=told.get("withheld", ""),
        verdicts=tuple(_verdict(code, one) for code, one in sorted(told.get("verdicts", {}).items())),
    )


def _verdict(currency: str, told: Mapping[str, Any]) -> Verdict:
    return Verdict(
        currency=currency,
        net_minor=told["net_minor"],
        open_minor=told["open_minor"],
        source_minor=told["source_minor"],
        reported_minor=told["reported_minor"],
    )
