"""The company's audit log, as a page and as a file. Everybody who may read figures may read who did what to them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from accounts.access import current_membership, requires
from accounts.frame import frame, settings_tabs
from accounts.pages import AuditPage, AuditRow
from accounts.roles import May, may
from accounts.sessions import tenant_of
from tenants import audit_log
from tenants.audit import actor_of, record_event
from tenants.audit_log import Wanted
from tenants.models import AuditEvent
from tenants.pages import Option, Pager
from tenants.spreadsheets import csv_lines

ROWS_A_PAGE = 50
LONGEST = 254
COLUMNS = ("Time", "Person", "Action", "Action in words", "Object", "Details", "Address")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as something else


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what is malformed is dropped."""

    wanted: Wanted
    page: int = 1

    @classmethod
    def read(cls, given: QueryDict) -> "Asked":
        since, until = _day(given.get("since", "")), _day(given.get("until", ""))
        return cls(Wanted(_text(given, "person"), _text(given, "action"), since, until), _page(given.get("page", "")))

    def url(self, name: str) -> str:
        wanted = self.wanted
        fields = {"person": wanted.person, "action": wanted.action, "since": wanted.since, "until": wanted.until}
        given = {key: str(value) for key, value in fields.items() if value}
        if self.page > 1:
            given["page"] = str(self.page)
        return f"{reverse(name)}?{urlencode(given)}" if given else reverse(name)


@requires(May.READ)
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    company, asked, reader = tenant_of(request), Asked.read(request.GET), current_membership(request)
    first = (asked.page - 1) * ROWS_A_PAGE
    found, total = audit_log.list_events(company, asked.wanted, first=first, count=ROWS_A_PAGE)
    zone, wanted = ZoneInfo(company.timezone), asked.wanted
    page = AuditPage(
        rows=tuple(_row(event, zone) for event in found),
        pager=_pager(asked, first, len(found), total),
        people=_options("Everybody", [(one, one) for one in audit_log.list_people(company)], wanted.person),
        actions=_options(
            "Everything", [(one, audit_log.in_words(one)) for one in audit_log.list_actions(company)], wanted.action
        ),
        since=wanted.since.isoformat() if wanted.since else "",
        until=wanted.until.isoformat() if wanted.until else "",
        form_url=reverse("audit"),
        clear_url=reverse("audit") if wanted != Wanted() else "",
        file_url=replace(asked, page=1).url("audit-file") if may(reader.role, May.EXPORT) else "",
        tabs=settings_tabs(reader),
    )
    return render(request, "accounts/audit.html", {"page": page, **frame(request)})


@requires(May.EXPORT)
@require_GET
def audit_file(request: HttpRequest) -> StreamingHttpResponse:
    """The same part of the log, all of it; that it was taken is written down first."""
    company, wanted = tenant_of(request), Asked.read(request.GET).wanted
    record_event("audit.exported", by=actor_of(request), company=company, subject=company.name)
    lines = csv_lines(_lines(audit_log.stream_events(company, wanted), ZoneInfo(company.timezone)))
    response = StreamingHttpResponse(_marked(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-log-{company.slug}.csv"'
    return response


def _marked(lines: Iterator[str]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    yield from lines


def _lines(events: Iterator[AuditEvent], zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    yield COLUMNS
    for event in events:
        row = _row(event, zone)
        yield (row.at.isoformat(), row.person, event.action, row.action, row.subject, row.details, row.address)


def _row(event: AuditEvent, zone: ZoneInfo) -> AuditRow:
    return AuditRow(
        at=event.at.astimezone(zone),
        person=event.actor,
        action=audit_log.in_words(event.action),
        subject=event.subject,
        details=audit_log.details_in_words(event.details),
        address=event.address or "",
    )


def _pager(asked: Asked, first: int, shown: int, total: int) -> Pager:
    return Pager(
        first=first + 1 if shown else 0,
        last=first + shown,
        total=total,
        previous_url=replace(asked, page=asked.page - 1).url("audit") if asked.page > 1 else "",
        next_url=replace(asked, page=asked.page + 1).url("audit") if first + shown < total and shown else "",
    )


def _options(anything: str, values: list[tuple[str, str]], chosen: str) -> tuple[Option, ...]:
    return (Option("", anything, not chosen), *(Option(value, label, value == chosen) for value, label in values))


def _text(given: QueryDict, name: str) -> str:
    return given.get(name, "").replace("\x00", "").encode("utf-8", "ignore").decode()[:LONGEST]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1 < day.year < MAXYEAR else None


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) > 0 else 1
