"""What do the operators' pages ask of the public schema? One query for each part of a page, however many companies.

No company's own schema is read, and the control alias could not: what an operator learns about a ledger is how many
records its last full sync read.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.models import Q

from tenants.models import Connection, SyncRun
from tenants.router import CONTROL_ALIAS
from tenants.sync_words import STALE_AFTER

STRIP_LENGTH = 14
RECENT_RUNS = 1000
SORTS = ("age", "-age", "name", "-name")


@dataclass(frozen=True, slots=True)
class CompanyStanding:
    """How one company's data stands. `error_class` is the kind of the last error, never its text."""

    id: int
    name: str
    slug: str
    is_suspended: bool
    connections: int
    unhealthy: int
    oldest_success_at: datetime | None
    state: str
    error_class: str
    dagster_run_id: str
    records: int | None


@dataclass(frozen=True, slots=True)
class Standings:
    companies: tuple[CompanyStanding, ...]
    matching: int
    per_state: dict[str, int]


@dataclass(frozen=True, slots=True)
class Queue:
    running: int
    queued: int
    oldest_queued_at: datetime | None
    failed: int


def list_standings(
    *,
    at: datetime,
    company: int | None = None,
    search: str = "",
    state: str = "",
    sort: str = "age",
    first: int = 0,
    count: int = 50,
) -> Standings:
    rows = _select(
        "companies.sql",
        company=company,
        search=search,
        state=state,
        sort=sort,
        stale_before=at - STALE_AFTER,
        first_row=first,
        row_count=count,
    )
    found = [row for row in rows if row["id"] is not None]
    names = CompanyStanding.__dataclass_fields__
    return Standings(
        tuple(CompanyStanding(**{name: row[name] for name in names}) for row in found),
        found[0]["matching"] if found else 0,
        json.loads(rows[0]["tiles"]),
    )


def get_standing(company: int, *, at: datetime) -> CompanyStanding:
    """Of a company that exists."""
    return list_standings(at=at, company=company, count=1).companies[0]


def list_connections(company: int) -> list[Connection]:
    return list(Connection.objects.select_related("company").filter(company_id=company).order_by("pk"))


def get_connection(company: int, pk: int) -> Connection | None:
    return Connection.objects.select_related("company").filter(company_id=company, pk=pk).first()


def runs_per_connection(companies: Iterable[int], *, length: int = STRIP_LENGTH) -> dict[int, list[SyncRun]]:
    """The newest runs of each connection of these companies, newest first. Their error texts are not loaded."""
    parameters = {"companies": list(companies), "length": length}
    found: dict[int, list[SyncRun]] = defaultdict(list)
    for run in SyncRun.objects.raw(_sql("strips.sql"), parameters):
        found[run.connection_id].append(run)
    return found


def runs_per_company(companies: Iterable[int], *, length: int = STRIP_LENGTH) -> dict[int, list[SyncRun]]:
    """The same, merged for each company."""
    merged: dict[int, list[SyncRun]] = defaultdict(list)
    for runs in runs_per_connection(companies, length=length).values():
        merged[runs[0].company_id].extend(runs)  # type: ignore[attr-defined]  # a column of the query
    return {company: sorted(runs, key=lambda run: -run.pk)[:length] for company, runs in merged.items()}


def list_runs(
    *, search: str = "", state: str = "", company: int | None = None, first: int = 0, count: int = 50
) -> tuple[list[SyncRun], int]:
    """Newest first, and how many there are among the newest thousand that match."""
    runs = SyncRun.objects.select_related("connection__company").defer("error_text", "steps", "checks")
    if company is not None:
        runs = runs.filter(connection__company_id=company)
    if state:
        runs = runs.filter(state=state)
    if search:
        runs = runs.filter(
            Q(connection__company__name__icontains=search) | Q(connection__company__slug__icontains=search)
        )
    newest = runs.order_by("-id")
    return list(newest[first : first + count]), newest[:RECENT_RUNS].count()


def get_queue() -> Queue:
    return Queue(**_select("queue.sql", recent=RECENT_RUNS)[0])


def _select(file: str, **parameters: Any) -> list[dict[str, Any]]:
    with connections[CONTROL_ALIAS].cursor() as cursor:
        cursor.execute(_sql(file), parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@cache
def _sql(file: str) -> str:
    return (Path(__file__).parent / "sql" / file).read_text()
