"""Connecting, watching and disconnecting accounting systems, on the company's own host."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from accounts.access import current_membership, requires
from accounts.frame import frame
from accounts.members import list_members
from accounts.roles import May, may
from aging.ingest import connecting
from aging.queries.loaded import count_loaded
from aging.web import connection_cards as cards
from aging.web.catalogue import CatalogueUnavailable, list_systems
from aging.web.pages.sources import CatalogueEntry, ConnectionsPage
from tenants import connections as store
from tenants.audit import actor_of
from tenants.models import Company, Connection, Trigger
from tenants.pages import EmptyState, Notice
from tenants.sync_requests import NotConnected
from tenants.sync_words import DAY_MINUTES

LONGEST_SEARCH = 100


@require_GET
@requires(May.READ)
def connections(request: HttpRequest) -> HttpResponse:
    company, is_admin = company_of(request), _is_admin(request)
    found = store.list_connections(company)
    query = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    entries, problems = _catalogue(query) if is_admin else ((), ())
    counts, zone, at = count_loaded(), ZoneInfo(company.timezone), now()
    page = ConnectionsPage(
        cards=tuple(cards.card(one, counts.get(one.pk, {}), at=at, zone=zone, is_admin=is_admin) for one in found),
        catalogue=entries,
        query=query,
        search_url=reverse("connections") if is_admin else "",
        notices=problems + cards.notices(found, is_admin=is_admin),
        empty=None if found else _empty(company, is_admin),
    )
    return render(request, "connections/index.html", {"page": page, **frame(request)})


def _catalogue(query: str) -> tuple[tuple[CatalogueEntry, ...], tuple[Notice, ...]]:
    try:
        systems = list_systems()
    except CatalogueUnavailable as error:
        return (), (Notice("bad", str(error)),)
    wanted = [one for one in systems if query.casefold() in one.name.casefold()]
    return tuple(
        CatalogueEntry(one.name, reverse("connect", args=[one.type]), "Beta" if one.is_beta else "") for one in wanted
    ), ()


def _empty(company: Company, is_admin: bool) -> EmptyState:
    if is_admin:
        return EmptyState("Connect your accounting system to see who owes you what.")
    admins = [one.user.display_name for one in list_members(company) if may(one.role, May.CONNECT)]
    names = ", ".join(admins[:3])
    return EmptyState(f"Your company has not connected an accounting system. Ask an admin: {names}")


@require_POST
@requires(May.SYNC)
def sync(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        run, is_new = store.start_sync(_connection(request, pk), trigger=Trigger.MANUAL, by=actor_of(request))
    except NotConnected as error:
        messages.error(request, error.sentence)
        return HttpResponseRedirect(reverse("connections"))
    if not is_new:
        messages.info(request, "A sync is under way already. Here is how it goes.")
    return HttpResponseRedirect(reverse("sync-run", args=[run.pk]))


@require_POST
@requires(May.SYNC)
def sync_all(request: HttpRequest) -> HttpResponse:
    """The button beside the report: one run for each active connection."""
    by, active = actor_of(request), [one for one in store.list_connections(company_of(request)) if one.is_active]
    runs = [store.start_sync(one, trigger=Trigger.MANUAL, by=by)[0] for one in active]
    if len(runs) == 1:
        return HttpResponseRedirect(reverse("sync-run", args=[runs[0].pk]))
    return HttpResponseRedirect(reverse("sync-runs" if runs else "connections"))


@require_POST
@requires(May.CONNECT)
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    connection = _connection(request, pk)
    minutes = {str(known): known for known, _ in cards.INTERVALS}.get(request.POST.get("interval", ""))
    next_at = _first_time(minutes, request.POST.get("daily_at", ""), ZoneInfo(connection.company.timezone))
    if minutes is None or next_at is None:
        messages.error(request, "Choose how often to sync, and a time such as 06:30 for a daily sync.")
    else:
        store.set_schedule(connection, minutes=minutes, next_at=next_at, by=actor_of(request))
        messages.success(request, "The schedule is changed.")
    return HttpResponseRedirect(reverse("connections"))


def _first_time(minutes: int | None, daily_at: str, zone: ZoneInfo) -> datetime | None:
    """When the schedule begins: an interval from now, or the next time the company's clocks show hh:mm."""
    if minutes is None:
        return None
    if minutes != DAY_MINUTES:
        return now() + timedelta(minutes=minutes)
    try:
        clock = datetime.strptime(daily_at, "%H:%M").time()  # noqa: DTZ007  # a time of day, given its zone below
    except ValueError:
        return None
    here = now().astimezone(zone)
    today = datetime.combine(here.date(), clock, zone)
    return today if today > here else datetime.combine(here.date() + timedelta(days=1), clock, zone)


@require_POST
@requires(May.CONNECT)
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    connection = _connection(request, pk)
    try:
        connecting.disconnect(connection, typed_name=request.POST.get("confirm", ""), by=actor_of(request))
    except store.NotConfirmed as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{store.confirmation_name(connection)} is disconnected. Its history is kept.")
    return HttpResponseRedirect(reverse("connections"))


def company_of(request: HttpRequest) -> Company:
    company: Company = request.tenant  # type: ignore[attr-defined]
    return company


def _connection(request: HttpRequest, pk: int) -> Connection:
    connection = store.get_connection(company_of(request), pk)
    if connection is None:
        raise Http404
    return connection


def _is_admin(request: HttpRequest) -> bool:
    return may(current_membership(request).role, May.CONNECT)
