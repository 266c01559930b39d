"""Every time data was fetched: the list, one run while it goes and afterwards, and stopping it."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import current_membership, current_user, requires
from accounts.frame import frame
from accounts.roles import May, may
from aging.web import run_progress
from aging.web.connections import company_of
from aging.web.pages.sources import RunRow, SyncRunPage, SyncRunsPage
from tenants import connections as store
from tenants import sync_words
from tenants.audit import actor_of
from tenants.models import Connection, SyncRun
from tenants.pages import EmptyState, Fact, Option, Pager

PER_PAGE = 50
STRIP_LENGTH = 30
STOP_POLLING = 286  # htmx takes this status for: show it, and ask no more


class Reader(NamedTuple):
    """What a fragment needs of the frame."""

    locale: str


@require_GET
@requires(May.READ)
def sync_runs(request: HttpRequest) -> HttpResponse:
    company, at = company_of(request), now()
    connections = store.list_connections(company)
    chosen = next((one for one in connections if str(one.pk) == request.GET.get("connection", "")), None)
    number = _page_number(request.GET.get("page", ""))
    pk = chosen.pk if chosen else None
    found, total = store.list_runs(company, connection_pk=pk, first=(number - 1) * PER_PAGE, count=PER_PAGE)
    newest = found if number == 1 else store.list_runs(company, connection_pk=pk, count=STRIP_LENGTH)[0]
    zone = ZoneInfo(company.timezone)
    page = SyncRunsPage(
        rows=tuple(_row(run, at=at, zone=zone) for run in found),
        pager=_pager(number, len(found), total, pk),
        strip=tuple(sync_words.mark(run, at=at, url=_url(run)) for run in reversed(newest[:STRIP_LENGTH])),
        connections=_options(connections, pk),
        form_url=reverse("sync-runs"),
        empty=None if total else EmptyState("Nothing has been synced yet.", "Runs appear here as they happen."),
    )
    return render(request, "connections/sync_runs.html", {"page": page, **frame(request)})


def _row(run: SyncRun, *, at: datetime, zone: ZoneInfo) -> RunRow:
    counted = bool(run.counts)
    result = ", ".join(filter(None, (sync_words.state_label(run), run_progress.tie_out(run).lower())))
    return RunRow(
        id=str(run.pk),
        url=_url(run),
        started_at=(run.started_at or run.requested_at).astimezone(zone),
        connection=store.confirmation_name(run.connection),
        kind=sync_words.kind_label(run),
        duration=sync_words.duration(run, at=at),
        state=sync_words.mark_state(run),
        result=result,
        read=sync_words.total(run, "fetched") if counted else None,
        changed=sync_words.changed(run) if counted else None,
        quarantined=sync_words.total(run, "quarantined") if counted else None,
    )


def _options(connections: list[Connection], chosen: int | None) -> tuple[Option, ...]:
    if len(connections) < 2:
        return ()
    named = [Option(str(one.pk), str(one), one.pk == chosen) for one in connections]
    return (Option("", "All connections", chosen is None), *named)


def _pager(number: int, shown: int, total: int, connection_pk: int | None) -> Pager:
    first = (number - 1) * PER_PAGE
    kept = f"connection={connection_pk}&" if connection_pk else ""
    base = f"{reverse('sync-runs')}?{kept}page="
    return Pager(
        first=first + 1 if shown else 0,
        last=first + shown,
        total=total,
        previous_url=f"{base}{number - 1}" if number > 1 else "",
        next_url=f"{base}{number + 1}" if first + shown < total else "",
    )


def _page_number(text: str) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@require_GET
@requires(May.READ)
def sync_run(request: HttpRequest, pk: int) -> HttpResponse:
    run, at = _run(request, pk), now()
    is_admin = may(current_membership(request).role, May.SYNC)
    zone = ZoneInfo(company_of(request).timezone)
    can_retry = is_admin and not run.is_in_flight and run.connection.is_active
    page = SyncRunPage(
        title=f"{sync_words.kind_label(run)} of {store.confirmation_name(run.connection)}",
        started_at=run.started_at.astimezone(zone) if run.started_at else None,
        progress=run_progress.progress(run, at=at, poll_url=_progress_url(run)),
        facts=_facts(run),
        objects=run_progress.outcomes(run),
        retry_url=reverse("connection-sync", args=[run.connection_id]) if can_retry else "",
        cancel_url=_cancel_url(run) if is_admin else "",
    )
    return render(request, "connections/sync_run.html", {"page": page, **frame(request)})


def _facts(run: SyncRun) -> tuple[Fact, ...]:
    facts = (
        Fact("Connection", str(run.connection), reverse("connections")),
        Fact("Asked for by", run.requested_by or "the schedule"),
        Fact("Compared", run_progress.tie_out(run)),
    )
    return tuple(fact for fact in facts if fact.value)


@require_GET
@never_cache
@requires(May.READ)
def sync_run_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part that moves: beyond who asks, one row is read."""
    run = _run(request, pk)
    progress = run_progress.progress(run, at=now(), poll_url=_progress_url(run))
    context = {"progress": progress, "shell": Reader(current_user(request).locale)}
    if run.is_in_flight:
        return render(request, "connections/_progress.html", context)
    answer = render(request, "connections/_progress.html", context, status=STOP_POLLING)
    answer["HX-Refresh"] = "true"  # the rest of the page tells what came of it
    return answer


@require_POST
@requires(May.SYNC)
def sync_run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    if store.cancel_run(run, by=actor_of(request)):
        messages.success(request, "The sync is being canceled. The last good figures stay as they are.")
    else:
        messages.info(request, "The sync had ended already.")
    return HttpResponseRedirect(_url(run))


def _run(request: HttpRequest, pk: int) -> SyncRun:
    run = store.get_run(company_of(request), pk)
    if run is None:
        raise Http404
    return run


def _url(run: SyncRun) -> str:
    return reverse("sync-run", args=[run.pk])


def _progress_url(run: SyncRun) -> str:
    return reverse("sync-run-progress", args=[run.pk])


def _cancel_url(run: SyncRun) -> str:
    return reverse("sync-run-cancel", args=[run.pk]) if run.is_in_flight and not run.cancel_requested else ""
