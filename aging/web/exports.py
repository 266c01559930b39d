"""The tables as CSV files, with the same filters as the screen.

A file outlives the page it came from, so its first lines say whose figures these are, of which day, aged how, and what
was left out. Figures are plain numbers; a text that a spreadsheet would take for a formula is made harmless. The rows
are read before the first byte leaves, so a file is never cut short by a failing query; the text is streamed.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import May
from aging.queries.scripts import snapshot
from aging.web.building import export_rows, invoices_page, matrix, reconciliation_page
from aging.web.building.aging_page import open_report
from aging.web.reader import Reader, read
from tenants.audit import actor_of, record_event

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as something else
Lines = Iterable[Iterable[Any]]


@require_GET
@requires(May.EXPORT)
def customers(request: HttpRequest) -> StreamingHttpResponse:
    with snapshot():
        reader = read(request, matrix.orders)
        report = open_report(reader, reverse("customers"))
        lines = export_rows.customer_lines(reader, report.state, report.currency)
    return _file(request, reader, f"customers-{report.currency}", lines)


@require_GET
@requires(May.EXPORT)
def invoices(request: HttpRequest) -> StreamingHttpResponse:
    with snapshot():
        reader = read(request, invoices_page.orders)
        lines = export_rows.document_lines(replace(reader, state=replace(reader.state, page=1)))
    return _file(request, reader, f"invoices-{reader.state.currency or 'all'}", lines)


@require_GET
@requires(May.EXPORT)
def reconciliation(request: HttpRequest) -> StreamingHttpResponse:
    with snapshot():
        reader = read(request)
        lines = reconciliation_page.difference_lines(reader)
    return _file(request, reader, "reconciliation", lines)


def _file(request: HttpRequest, reader: Reader, name: str, lines: Lines) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_text(lines), content_type="text/csv; charset=utf-8")
    file_name = f"{name}-{reader.company.slug}-{reader.state.as_of.isoformat()}.csv"
    record_event("figures.exported", by=actor_of(request), company=reader.company, subject=file_name)
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


class _Echo:
    def write(self, text: str) -> str:
        return text


def _text(lines: Lines) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK
    for line in lines:
        yield writer.writerow([harmless(cell) for cell in line])


def harmless(cell: Any) -> Any:
    """Text that begins like a formula gets an apostrophe; figures are `export_rows.Figure` and stay as they are."""
    if isinstance(cell, export_rows.Figure) or not isinstance(cell, str):
        return cell
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
