"""The documents that the API answers with, built from the same parts as the command line's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aging.core.aging import BucketTotals
from aging.core.dates import FIRST_YEAR, LAST_YEAR
from aging.core.findings import CODES
from aging.core.money import UnknownCurrency, currency_code, plain
from aging.queries.customers import DEFAULT_ORDER, CustomerPage, page_of_customers
from aging.queries.document import currency_part, customer_part, document_head, invoice_part
from aging.queries.documents import DocumentFilter, DocumentRow, list_documents, totals_of_documents
from aging.queries.findings import FindingRow, list_all_findings
from aging.queries.scripts import snapshot
from aging.queries.settings import View, preferences
from aging.queries.totals import totals_by_currency
from tenants import connections as store
from tenants.clock import today_of
from tenants.models import Company, SyncRun

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
BASES = ("due", "issued")


class BadParameter(ValueError):
    """A parameter that cannot be understood; the message says what to write instead."""

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(text)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Asked:
    company: Company
    view: View
    currency: str
    page: int
    size: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


def read_parameters(company: Company, *, as_of: str, basis: str, currency: str, page: int, per_page: int) -> Asked:
    """What was left out or is empty takes the company's own choice. Raises BadParameter."""
    day = _day(as_of) if as_of else today_of(company)
    if basis and basis not in BASES:
        raise BadParameter("basis", "basis is due or issued.")
    wanted = preferences()
    view = View(day, basis or wanted.basis, wanted.scheme)
    return Asked(company, view, _currency(currency) if currency else "", page, per_page)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if _ISO_DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadParameter("as_of", f"as_of is a date between {FIRST_YEAR} and {LAST_YEAR}, written as 2026-10-31.")
    return day


def _currency(text: str) -> str:
    try:
        return currency_code(text)
    except UnknownCurrency as error:
        raise BadParameter("currency", "currency is a code of three letters such as USD.") from error


def aging(asked: Asked, detail: str) -> dict[str, Any]:
    with snapshot():
        document = _head(asked)
        owed = {code: one for code, one in totals_by_currency(asked.view).items() if asked.currency in ("", code)}
        document["currencies"] = [_currency_document(asked, code, totals, detail) for code, totals in owed.items()]
    return document


def _currency_document(asked: Asked, currency: str, totals: BucketTotals, detail: str) -> dict[str, Any]:
    found = _customers(asked, currency) if detail != "totals" else None
    documents, count = _documents(asked, currency, "open") if detail == "invoices" else ([], 0)
    part = currency_part(currency, totals, customers=found.rows if found else (), invoices=documents, detail=detail)
    if found is not None:
        part["customers_page"] = _page(asked, found.matching)
    if detail == "invoices":
        part["invoices_page"] = _page(asked, count)
    return part


def customers(asked: Asked) -> dict[str, Any]:
    with snapshot():
        document = _head(asked)
        codes = [code for code in totals_by_currency(asked.view) if asked.currency in ("", code)]
        found = {code: _customers(asked, code) for code in codes}
    document["currencies"] = [
        {
            "currency": code,
            "customers": [customer_part(row) for row in one.rows],
            "customers_page": _page(asked, one.matching),
        }
        for code, one in found.items()
    ]
    return document


def invoices(asked: Asked, status: str) -> dict[str, Any]:
    with snapshot():
        document = _head(asked)
        rows, count = _documents(asked, asked.currency, status)
    document["invoices"] = [{**invoice_part(row), "currency": row.currency, "status": row.status} for row in rows]
    document["page"] = _page(asked, count)
    return document


def _customers(asked: Asked, currency: str) -> CustomerPage:
    return page_of_customers(asked.view, currency, order=DEFAULT_ORDER, limit=asked.size, offset=asked.offset)


def _documents(asked: Asked, currency: str, status: str) -> tuple[list[DocumentRow], int]:
    wanted = DocumentFilter(currency=currency, status=status)
    rows = list_documents(asked.view, wanted, limit=asked.size, offset=asked.offset)
    return rows, sum(one.count for one in totals_of_documents(asked.view, wanted))


def _head(asked: Asked) -> dict[str, Any]:
    times = [one.last_success_at for one in store.list_connections(asked.company) if one.last_success_at]
    company, synced_at = asked.company, max(times, default=None)
    return document_head(asked.view, tenant=company.slug, timezone=company.timezone, synced_at=synced_at)


def _page(asked: Asked, total: int) -> dict[str, int]:
    return {"page": asked.page, "per_page": asked.size, "total": total}


def findings(asked: Asked) -> dict[str, Any]:
    rows, count = list_all_findings(first=asked.offset, count=asked.size)
    return {"findings": [_finding(row) for row in rows], "page": _page(asked, count)}


def _finding(row: FindingRow) -> dict[str, Any]:
    text = CODES.get(row.code)
    amount = None if row.amount_minor is None or not row.currency else plain(row.amount_minor, row.currency)
    return {
        "code": row.code,
        "title": text.title if text else row.code,
        "kind": row.object_type,
        "id": row.source_id,
        "number": row.number,
        "detail": row.detail,
        "amount": amount,
        "currency": row.currency or None,
    }


def runs(asked: Asked) -> dict[str, Any]:
    found, total = store.list_runs(asked.company, first=asked.offset, count=asked.size)
    return {"runs": [_run(run) for run in found], "page": _page(asked, total)}


def _run(run: SyncRun) -> Mapping[str, Any]:
    return {
        "run_id": run.pk,
        "connection_id": run.connection.external_id,
        "trigger": run.trigger,
        "state": run.state,
        "requested_at": _moment(run.requested_at),
        "started_at": _moment(run.started_at),
        "finished_at": _moment(run.finished_at),
        "objects": run.counts,
        "agrees": run.checks.get("agrees"),
        "error": run.error_text or None,
    }


def _moment(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
