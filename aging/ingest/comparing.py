"""Do our figures agree with the source's (R12)?

Two controls after every publish, per currency. The ledger must end on the balances that the source states for its
documents, which holds by construction unless something is broken. And where the source offers its own aged receivables,
its total is compared with our net receivables of the same day; that one is independent. The rows of that report are
kept, so that a difference can be explained document by document.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.timezone import now

from aging.ingest import scripts
from aging.ingest.client import client_from_settings
from aging.ingest.landing import source_state
from aging.models import Publication, SourceAgedRow
from aging.unified.aged import AgedTotals, read_aged
from aging.unified.errors import ForbiddenScope, Unsupported
from aging.unified.fetching import fetch_all
from aging.unified.payloads import AgedReceivable
from tenants.models import SyncRun

UNSUPPORTED, FORBIDDEN = "unsupported", "forbidden"
ROWS_AT_ONCE = 5_000


@dataclass(slots=True)
class Compared:
    """`verdicts` maps a currency to ours, the source's balances, the source's own report (None: it offers none).

    `withheld` says why there is no report: UNSUPPORTED, FORBIDDEN, or empty where there is one.
    """

    agrees: bool = True
    source_reports: bool = False
    withheld: str = ""
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)


def compare_run(run: SyncRun, *, as_of: date) -> Compared:
    """Compare and keep the outcome with the publication. Amounts are minor units."""
    publication = Publication.objects.get(sync_run_id=run.pk)
    aged, withheld = _source_aged(run)
    ours = {
        row["currency"]: int(row["net_minor"])
        for row in scripts.rows("net_by_currency", {"connection": run.connection_id, "as_of": as_of})
    }
    compared = Compared(source_reports=aged is not None, withheld=withheld)
    theirs = {one.currency: one.total_minor for one in aged or ()}
    for currency in sorted({*ours, *theirs, *publication.totals}):
        totals = publication.totals.get(currency, {})
        verdict = _verdict(ours.get(currency, 0), totals, theirs.get(currency, 0) if aged is not None else None)
        compared.verdicts[currency] = verdict
        compared.agrees = compared.agrees and verdict["agrees"]
    with transaction.atomic():
        publication.source_aged = [asdict(one) for one in _without_rows(aged)] if aged is not None else None
        publication.comparison = {
            "as_of": as_of.isoformat(),
            "compared_at": now().isoformat(),
            **asdict(compared),
        }
        publication.save(update_fields=["source_aged", "comparison"])
        _keep_rows(run, aged or [])
    return compared


def _keep_rows(run: SyncRun, aged: list[AgedTotals]) -> None:
    """In place of those of the comparison before."""
    SourceAgedRow.objects.filter(connection_id=run.connection_id).delete()
    amounts: Counter[tuple[str, str]] = Counter()
    for totals in aged:
        for line in totals.rows:
            amounts[totals.currency, line.document_id] += line.open_minor
    rows = (
        SourceAgedRow(
            connection_id=run.connection_id, sync_run_id=run.pk, currency=currency, source_id=named, open_minor=amount
        )
        for (currency, named), amount in amounts.items()
    )
    SourceAgedRow.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)


def _verdict(net_minor: int, totals: dict[str, int], reported_minor: int | None) -> dict[str, Any]:
    balances_agree = totals.get("open_minor", 0) == totals.get("source_minor", 0)
    report_agrees = reported_minor is None or reported_minor == net_minor
    return {
        "net_minor": net_minor,
        "open_minor": totals.get("open_minor", 0),
        "source_minor": totals.get("source_minor", 0),
        "reported_minor": reported_minor,
        "agrees": balances_agree and report_agrees,
    }


def _source_aged(run: SyncRun) -> tuple[list[AgedTotals] | None, str]:
    """The source's own aged receivables; None where it offers or grants none, and then why."""
    try:
        pages = fetch_all(client_from_settings(), run.connection.external_id, "agedreceivable", workers=1)
        reports = [row for page in pages for row in page if isinstance(row, AgedReceivable)]
    except Unsupported:
        return None, UNSUPPORTED
    except ForbiddenScope:
        return None, FORBIDDEN
    currency = source_state(run.connection_id).organization.get("base_currency")
    return read_aged(reports, ZoneInfo(run.connection.company.timezone), currency), ""


def _without_rows(aged: list[AgedTotals]) -> list[AgedTotals]:
    return [AgedTotals(one.currency, one.total_minor, one.current_minor, one.overdue_minor) for one in aged]
