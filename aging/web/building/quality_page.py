"""What contradicts itself at the source, code by code, and the records that could not be read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from django.urls import reverse

from aging.core.findings import CODES
from aging.queries.findings import (
    FindingGroup,
    FindingRow,
    QuarantinedRow,
    count_quarantined,
    list_findings,
    list_quarantined,
)
from aging.queries.standing import SourceStanding, list_sources
from aging.web.building import header, wording
from aging.web.building.customer_page import document_url
from aging.web.building.empty import empty_ledger
from aging.web.building.matrix import last_page, pager
from aging.web.pages import sources as pages
from aging.web.pages.common import EmptyState, Link, Notice
from aging.web.reader import Reader
from aging.web.state import State
from tenants.connections import confirmation_name
from tenants.models import SyncRun

FIRST_FEW = 5


def build_quality_page(reader: Reader) -> pages.DataQualityPage:
    path, state, sources = reverse("data-quality"), reader.state, list_sources()
    count = 0 if state.code else count_quarantined()
    state = replace(state, page=min(state.page, last_page(count, state.size))) if count else state
    groups = list_findings(code=state.code, first=state.offset, count=state.size) if state.code else _few()
    quarantined = list_quarantined(first=state.offset, count=state.size) if count else []
    return pages.DataQualityPage(
        groups=tuple(_group(state, one, path) for one in groups if one.code in CODES),
        quarantined=tuple(_quarantined(reader, one) for one in quarantined),
        quarantined_count=count,
        pager=pager(state, path, shown=len(quarantined), total=count) if count else None,
        notices=tuple(chain(_about_figures(reader, sources, path), _skipped(reader))),
        empty=empty_ledger(reader, sources, path) or _all_well(groups, count),
    )


def _few() -> list[FindingGroup]:
    return list_findings(count=FIRST_FEW)


def _all_well(groups: list[FindingGroup], quarantined: int) -> EmptyState | None:
    if groups or quarantined:
        return None
    return EmptyState("Nothing contradicts itself.", "Every record was read, and what they say fits together.")


def _about_figures(reader: Reader, sources: Sequence[SourceStanding], path: str) -> Iterator[Notice]:
    """Where a comparison with the source differs: by how much, in which currency (R12)."""
    yield from header.notices_of_sources(reader, sources, path)
    for source in sources:
        for currency, verdict in sorted(source.verdicts.items()):
            if not verdict["agrees"]:
                yield Notice("warn", header.difference_words(reader, source, currency))


def _skipped(reader: Reader) -> Iterator[Notice]:
    """What the last run of each connection read and rightly left aside: payables, which nobody owes us (S1)."""
    for one in reader.connections:
        run = reader.runs.get(one.pk)
        count = _skipped_by(run) if run is not None else 0
        if run is not None and count:
            records = "1 record that is" if count == 1 else f"{count:,} records that are"
            text = f"The last sync of {confirmation_name(one)} skipped {records} no receivable, such as bills."
            yield Notice("info", text, Link("See the run", reverse("sync-run", args=[run.pk])))


def _skipped_by(run: SyncRun) -> int:
    return sum(int(entry.get("skipped") or 0) for entry in run.steps.values())


def _group(state: State, group: FindingGroup, path: str) -> pages.FindingGroup:
    text = CODES[group.code]
    is_alone = bool(state.code)
    seen = (state.offset if is_alone else 0) + len(group.rows)
    more = replace(state, code=group.code).url(path, page=state.page + 1 if is_alone else 1)
    return pages.FindingGroup(
        code=group.code,
        title=text.title,
        count=group.count,
        what_we_did=text.what_we_did,
        what_you_can_do=text.what_you_can_do,
        rows=tuple(_row(state, one) for one in group.rows),
        more_url=more if seen < group.count else "",
    )


def _row(state: State, one: FindingRow) -> pages.FindingRow:
    number = wording.number_of(one.number, one.source_id)
    return pages.FindingRow(
        label=f"{wording.kind_words(one.object_type)} {number}",
        url=document_url(state, one.document_id) if one.document_id else "",
        detail="" if one.detail == number else one.detail,
        amount=one.amount_minor if one.currency else None,
        currency=one.currency,
    )


def _quarantined(reader: Reader, one: QuarantinedRow) -> pages.QuarantineRow:
    connection = next((known for known in reader.connections if known.pk == one.connection_id), None)
    return pages.QuarantineRow(
        kind=wording.kind_words(one.object_type),
        source_id=one.source_id or "no id",
        reason=one.reason,
        seen_at=one.created_at.astimezone(reader.zone),
        connection=confirmation_name(connection) if connection else "",
        run_url=reverse("sync-run", args=[one.sync_run_id]) if connection else "",
        raw=one.raw,
    )
