"""How old are these figures, and is somebody renewing them?

The oldest of the active connections decides, because a report is as old as its oldest part. While a sync runs the
pill asks again by itself, and when the sync has ended the page is loaded anew, so that new words never stand over old
figures.
"""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import May
from aging.web import formats
from aging.web.pages.common import Freshness
from aging.web.reader import Reader, read
from aging.web.run_progress import COUNTED
from tenants.models import Connection, RunState, SyncRun
from tenants.sync_words import STALE_AFTER


@require_GET
@never_cache
@requires(May.READ)
def freshness(request: HttpRequest) -> HttpResponse:
    pill = freshness_of(read(request))
    response = render(request, "connections/_freshness.html", {"freshness": pill})
    if not pill.poll_url:
        response["HX-Refresh"] = "true"
    return response


def freshness_of(reader: Reader) -> Freshness:
    active = [one for one in reader.connections if one.is_active]
    if not active:
        text = "Disconnected" if reader.connections else "Not connected yet"
        return Freshness("never", text, reverse("connections"))
    runs = [reader.runs[one.pk] for one in active if one.pk in reader.runs]
    running = next((run for run in runs if run.is_in_flight), None)
    sync_url = reverse("sync-all") if reader.may(May.SYNC) else ""
    if running is not None:
        return Freshness("running", running_words(running), _url(running), "", reverse("freshness"))
    failed = next((one for one in active if has_failed(reader, one)), None)
    if failed is not None:
        return Freshness("failed", _failed_words(failed, reader), _url(reader.runs[failed.pk]), sync_url)
    return _by_age(reader, active, sync_url)


def _by_age(reader: Reader, active: Sequence[Connection], sync_url: str) -> Freshness:
    times = [one.last_success_at for one in active]
    if None in times:
        return Freshness("never", "Not synced yet", reverse("sync-runs"), sync_url)
    oldest = min(moment for moment in times if moment is not None)
    age = reader.moment - oldest
    if age > STALE_AFTER:
        return Freshness("stale", f"Last synced {clock(oldest, reader)}", reverse("sync-runs"), sync_url)
    return Freshness("fresh", f"Synced {formats.ago(age.total_seconds())}", reverse("sync-runs"), sync_url)


def running_words(run: SyncRun) -> str:
    """Such as "Syncing: invoices 1,240 so far"; no share of a whole that nobody knows."""
    count, words = run.steps.get(run.step, {}).get("count"), COUNTED.get(run.step)
    if run.state == RunState.REQUESTED or not words:
        return "Sync starting" if run.state == RunState.REQUESTED else "Syncing"
    return f"Syncing: {words} {count:,} so far" if isinstance(count, int) and count else f"Syncing {words}"


def clock(moment: datetime, reader: Reader) -> str:
    """The day of the week for the last days, the date for what is older: "Tue 14:02", "3 Nov 2026, 14:02"."""
    pattern = "EEE HH:mm" if (reader.moment - moment).days < 6 else "d MMM y, HH:mm"
    return formats.moment(moment.astimezone(reader.zone), pattern)


def has_failed(reader: Reader, connection: Connection) -> bool:
    """Its newest sync failed."""
    run = reader.runs.get(connection.pk)
    return run is not None and run.state == RunState.FAILED


def _failed_words(connection: Connection, reader: Reader) -> str:
    last = connection.last_success_at
    return f"Sync failed, figures of {clock(last, reader)}" if last else "Sync failed"


def _url(run: SyncRun) -> str:
    return reverse("sync-run", args=[run.pk])
