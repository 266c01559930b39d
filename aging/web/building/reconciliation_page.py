"""Where we and each accounting system agree, where not, and by which documents. The same rows make the file."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.urls import reverse

from accounts.roles import May
from aging.core.reconciliation import Cause
from aging.queries.reconciliation import (
    Agreement,
    Comparison,
    Difference,
    Reconciled,
    Verdict,
    list_agreements,
    list_comparisons,
    reconcile,
)
from aging.queries.standing import list_sources
from aging.web import formats
from aging.web.building import header, wording
from aging.web.building.empty import empty_ledger
from aging.web.building.export_rows import Line, figure
from aging.web.pages import reconciliation as pages
from aging.web.pages.common import Link, Tone
from aging.web.reader import Reader
from tenants.connections import confirmation_name
from tenants.models import Connection
from tenants.pages import RunMark

RUNS_IN_STRIP = 30
MOST_ROWS = 50
CAUSES = {
    Cause.MISSING_HERE: ("Missing here", "{system} lists these as open, and our ledger does not have them."),
    Cause.MISSING_THERE: ("Missing there", "These are open here, and {system} does not list them."),
    Cause.DIFFERENT: ("Different open amount", "Both have these, with different amounts open."),
    Cause.EXCLUDED: ("Left out by a rule", "{system} lists these as open; a rule keeps them out of our figures."),
}
_RULES = {
    "deleted": "Deleted at the source.",
    "twin": "The source shows it twice; it is counted once.",
    "pending": "Still under way, so it reduces nothing yet.",
    "later": "Issued after the compared day.",
}


def build_reconciliation_page(reader: Reader) -> pages.ReconciliationPage:
    path, sources = reverse("reconciliation"), list_sources()
    export = Link("Export the differences", reverse("export-reconciliation"))
    return pages.ReconciliationPage(
        connections=tuple(_connection(case) for case in _cases(reader)),
        notices=header.notices_of_sources(reader, sources, path),
        exports=(export,) if reader.may(May.EXPORT) else (),
        empty=empty_ledger(reader, sources, path),
    )


def difference_lines(reader: Reader) -> list[Line]:
    """For the file: every document that differs, and under each currency what they add up to."""
    lines: list[Line] = [["Company", reader.company.name], ["Report", "Differences from the source's own figures"], []]
    columns = "Source,As of,Currency,Line,Kind,Number,Id,Customer,Ours,Theirs,Difference,Remark"
    lines.append([*columns.split(",")])
    for case in _cases(reader):
        for verdict in case.comparison.verdicts:
            found = reconcile(case.comparison, verdict)
            day = case.comparison.compared_on.isoformat() if case.comparison.compared_on else ""
            start = [confirmation_name(case.connection), day, verdict.currency]
            lines += [[*start, *_cells(one, verdict.currency)] for one in found.differences]
            lines += [[*start, *cells] for cells in _sums(found, verdict.currency)]
    return lines


def _cells(one: Difference, currency: str) -> Line:
    amounts = (figure(one.ours_minor or 0, currency), figure(one.theirs_minor or 0, currency))
    kind = wording.kind_words(one.kind) if one.kind else ""
    title = CAUSES[one.cause][0]
    return [title, kind, one.number, one.source_id, one.customer, *amounts, figure(one.difference_minor, currency),
            _reason(one, currency)]  # fmt: skip


def _sums(found: Reconciled, currency: str) -> Iterator[Line]:
    sums = (
        ("Explained", found.explained_minor),
        ("Unexplained", found.unexplained_minor),
        ("Difference", found.difference_minor),
    )
    for name, amount in sums:
        yield [name, "", "", "", "", "", "", figure(amount, currency), ""]


@dataclass(frozen=True, slots=True)
class _Case:
    """What every part of one connection's comparison is told with."""

    reader: Reader
    connection: Connection
    comparison: Comparison

    @property
    def key(self) -> str:
        return str(self.connection.pk)

    @property
    def system(self) -> str:
        return self.connection.integration_name or "The source"


def _cases(reader: Reader) -> Iterator[_Case]:
    known = {one.pk: one for one in reader.connections}
    return (_Case(reader, known[one.connection_id], one) for one in list_comparisons() if one.connection_id in known)


def _connection(case: _Case) -> pages.ConnectionVerdicts:
    comparison, reader = case.comparison, case.reader
    found = [(one, reconcile(comparison, one)) for one in comparison.verdicts]
    at = comparison.compared_at.astimezone(reader.zone) if comparison.compared_at else None
    return pages.ConnectionVerdicts(
        key=case.key,
        name=confirmation_name(case.connection),
        system=case.system,
        as_of=comparison.compared_on,
        compared_at=at,
        run_url=reverse("sync-run", args=[comparison.sync_run_id]),
        text="" if found else _nothing_compared(comparison),
        rows=tuple(_row(case, *pair) for pair in found),
        strip=tuple(_mark(reader, one) for one in list_agreements(case.connection.pk, count=RUNS_IN_STRIP)),
        explanations=tuple(_explanation(case, *pair) for pair in found if _differs(pair[1])),
    )


def _nothing_compared(comparison: Comparison) -> str:
    if comparison.compared_on is None:
        return "Not compared yet: the last sync has published and is still comparing, or ended before it could."
    return "There is nothing to compare: no document is held here, and the source reports none."


def _differs(found: Reconciled) -> bool:
    return bool(found.difference_minor or found.unexplained_minor or found.differences)


def _row(case: _Case, verdict: Verdict, found: Reconciled) -> pages.VerdictRow:
    tone, state, reason = _state(case, verdict, found)
    return pages.VerdictRow(
        currency=verdict.currency,
        ours=verdict.net_minor,
        balances=verdict.source_minor,
        reported=verdict.reported_minor,
        difference=verdict.difference_minor,
        tone=tone,
        state=state,
        reason=reason,
        url=f"#why-{case.key}-{verdict.currency}" if _differs(found) else "",
    )


def _state(case: _Case, verdict: Verdict, found: Reconciled) -> tuple[Tone, str, str]:
    if verdict.difference_minor:
        against = "" if verdict.is_about_the_report else "Against the balances that the documents state."
        return "bad", "Differs", against
    if verdict.reported_minor is None:
        return "info", "Cannot compare", f"{_why_not(case.comparison, case.system)} We end on the balances it states."
    if found.differences or found.unexplained_minor:
        count = len(found.differences)
        documents = "1 document differs" if count == 1 else f"{count:,} documents differ"
        return "warn", "Agrees in total", f"{documents}, and cancel out."
    return "good", "Agrees", ""


def _why_not(comparison: Comparison, system: str) -> str:
    if comparison.withheld == "forbidden":
        return f"{system} did not grant access to its aged receivables report."
    if comparison.withheld:
        return f"{system} offers no aged receivables report."
    return f"The report of {system} has no total in this currency that could be read."


def _mark(reader: Reader, one: Agreement) -> RunMark:
    when = formats.moment(one.published_at.astimezone(reader.zone))
    url = reverse("sync-run", args=[one.sync_run_id])
    if one.agrees is None:
        return RunMark("canceled", f"{when}: not compared", url)
    return RunMark("success" if one.agrees else "partial", f"{when}: {'agreed' if one.agrees else 'differed'}", url)


def _explanation(case: _Case, verdict: Verdict, found: Reconciled) -> pages.ExplainedDifference:
    groups = groupby(found.differences, key=lambda one: one.cause)
    return pages.ExplainedDifference(
        key=f"{case.key}-{verdict.currency}",
        title=f"{verdict.currency}: what is behind the difference",
        currency=verdict.currency,
        difference=found.difference_minor,
        explained=found.explained_minor,
        unexplained=found.unexplained_minor,
        unexplained_words=_unexplained_words(verdict, found, case.system),
        groups=tuple(_group(case, verdict.currency, cause, tuple(rows)) for cause, rows in groups),
    )


def _unexplained_words(verdict: Verdict, found: Reconciled, system: str) -> str:
    if not found.unexplained_minor:
        return "Nothing is left over."
    if not verdict.is_about_the_report:
        return "The balances that documents state, against what is open of them here."
    if not found.lists_documents:
        return f"The report of {system} names no document, so none can explain it."
    return f"{system} adds up to this without listing it, or lists it without saying for which document."


def _group(case: _Case, currency: str, cause: Cause, rows: tuple[Difference, ...]) -> pages.CauseGroup:
    title, meaning = CAUSES[cause]
    return pages.CauseGroup(
        key=cause.value,
        title=title,
        meaning=meaning.format(system=case.system),
        count=len(rows),
        total=sum(one.difference_minor for one in rows),
        rows=tuple(_difference(case, currency, one) for one in rows[:MOST_ROWS]),
    )


def _difference(case: _Case, currency: str, one: Difference) -> pages.DifferenceRow:
    number = wording.number_of(one.number, one.source_id)
    return pages.DifferenceRow(
        label=f"{wording.kind_words(one.kind)} {number}" if one.kind else number,
        url=_document_url(case, one.document_id) if one.document_id else "",
        customer=one.customer,
        ours=one.ours_minor,
        theirs=one.theirs_minor,
        difference=one.difference_minor,
        reason=_reason(one, currency),
    )


def _document_url(case: _Case, document_id: int) -> str:
    """As it was on the compared day."""
    state, day = case.reader.state, case.comparison.compared_on
    return state.elsewhere(reverse("invoice", args=[document_id]), as_of=day or state.as_of)


def _reason(one: Difference, currency: str) -> str:
    if one.quarantined and one.document_id is None:
        return f"Its record could not be read: {one.quarantined}"
    if one.rule == "status":
        return f"The source calls it {one.status.replace('_', ' ').lower() or 'not final'}."
    if one.rule:
        return _RULES[one.rule]
    if one.held_currency and one.held_currency != currency:
        return f"We have it in {one.held_currency}."
    return "Settled here." if one.document_id and one.ours_minor is None else ""
