"""What stands on the report while there is nothing to report? The reason, and the one thing to do about it."""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from accounts.members import list_members
from accounts.roles import May, may
from aging.queries.standing import SourceStanding
from aging.web import formats
from aging.web.pages.common import EmptyState, Link
from aging.web.reader import Reader
from aging.web.run_progress import COUNTED, failure
from tenants.models import RunState, SyncRun

MOST_ADMINS = 3


def empty_ledger(reader: Reader, sources: Sequence[SourceStanding], path: str) -> EmptyState | None:
    """Nothing has been published yet: not connected, being loaded, or not loaded."""
    if any(one.is_published for one in sources):
        return None
    if not reader.connections:
        return _not_connected(reader)
    runs = [reader.runs[one.pk] for one in reader.connections if one.pk in reader.runs]
    running = next((run for run in runs if run.is_in_flight), None)
    if running is not None:
        return EmptyState(_loading(running), poll_url=reader.state.url(path))
    failed = next((run for run in runs if run.state == RunState.FAILED), None)
    if failed is not None:
        failed.connection = next(one for one in reader.connections if one.pk == failed.connection_id)
        see = Link("See the run", reverse("sync-run", args=[failed.pk]))
        return EmptyState("The first sync did not succeed.", failure(failed).sentence, see)
    return EmptyState("Nothing has been synced yet.", action=Link("See the connections", reverse("connections")))


def _not_connected(reader: Reader) -> EmptyState:
    if reader.may(May.CONNECT):
        title = "Connect your accounting system to see who owes you what."
        return EmptyState(title, action=Link("Connect", reverse("connections")))
    admins = [one for one in list_members(reader.company) if may(one.role, May.CONNECT)]
    names = ", ".join(one.user.display_name for one in admins[:MOST_ADMINS])
    return EmptyState(f"Your company has not connected an accounting system. Ask an admin: {names}")


def _loading(run: SyncRun) -> str:
    count, words = run.steps.get(run.step, {}).get("count"), COUNTED.get(run.step)
    so_far = f": {words} {count:,} so far" if isinstance(count, int) and words else ""
    return f"Loading your ledger{so_far}. Usually 2 to 5 minutes. You can leave this page."


def nothing_open(reader: Reader, first: date | None, path: str) -> EmptyState:
    """The ledger holds something, but nothing that is open on this day."""
    as_of = reader.state.as_of
    if first is not None and as_of < first:
        to_first = Link("Go to that date", reader.state.url(path, as_of=first))
        return EmptyState(f"Data starts on {formats.day(first)}.", action=to_first)
    return EmptyState(
        f"Nothing is outstanding as of {formats.day(as_of)}.", action=Link("Choose another date", "#as_of")
    )
