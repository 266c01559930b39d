"""How are a sync and a connection told in words? The same for the company that waits and the operator who watches.

Only what their rows hold: state, why a run was started, how long it took, how much it read, when the next one is due.
An error's own text is not repeated here, because it may quote the accounting system; whoever may see it shows it
elsewhere.
"""

import re
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tenants.models import HEARTBEAT_STALE_AFTER, Connection, Health, RunState, SyncRun
from tenants.pages import RunMark
from tenants.pages import RunState as Mark

STALE_AFTER = timedelta(hours=26)
DAY_MINUTES = 24 * 60
HealthMark = Literal["healthy", "attention", "paused", "disconnected"]

_MARKS: dict[str, Mark] = {
    RunState.REQUESTED: "queued",
    RunState.RUNNING: "running",
    RunState.SUCCEEDED: "success",
    RunState.FAILED: "failed",
    RunState.CANCELED: "canceled",
}
_LABELS: dict[Mark, str] = {
    "queued": "Waiting to start",
    "running": "Running",
    "success": "Succeeded",
    "partial": "Succeeded, some records set aside",
    "failed": "Failed",
    "canceled": "Canceled",
}
_HEALTH_MARKS: dict[str, HealthMark] = {
    Health.HEALTHY: "healthy",
    Health.NEEDS_REAUTH: "attention",
    Health.PAUSED: "paused",
    Health.GONE: "attention",
    Health.DISCONNECTED: "disconnected",
}


def health_mark(connection: Connection) -> HealthMark:
    return _HEALTH_MARKS[connection.health]


def schedule_label(connection: Connection, zone: ZoneInfo) -> str:
    """Such as Hourly, Every 6 hours, or Daily at 07:00 in the company's own zone."""
    minutes = connection.interval_minutes
    if connection.is_schedule_paused:
        return "Paused"
    if minutes == DAY_MINUTES and connection.next_sync_at is not None:
        return f"Daily at {connection.next_sync_at.astimezone(zone):%H:%M}"
    if minutes % 60:
        return f"Every {minutes} minutes"
    return "Hourly" if minutes == 60 else f"Every {minutes // 60} hours"


def mark_state(run: SyncRun) -> Mark:
    found = _MARKS[run.state]
    return "partial" if found == "success" and total(run, "quarantined") else found


def state_label(run: SyncRun) -> str:
    return _LABELS[mark_state(run)]


def kind_label(run: SyncRun) -> str:
    kind = run.get_trigger_display()
    return f"{kind}, full" if run.is_full and run.trigger != "first" else kind


def total(run: SyncRun, counter: str) -> int:
    """One counter over all kinds of record."""
    return sum(int(counters.get(counter, 0)) for counters in run.counts.values())


def changed(run: SyncRun) -> int:
    return sum(total(run, counter) for counter in ("inserted", "updated", "deleted"))


def has_counts(run: SyncRun) -> bool:
    return bool(run.counts)


def duration(run: SyncRun, *, at: datetime) -> str:
    """From start to end, or to `at` while it runs; empty before it starts."""
    if run.started_at is None:
        return ""
    return span((run.finished_at or at) - run.started_at)


def span(length: timedelta) -> str:
    """About two digits: 0.4 s, 12 s, 4 min 05 s, 2 h 10 min, 3 d."""
    seconds = max(length.total_seconds(), 0.0)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours < 48 else f"{hours // 24} d"


def age(moment: datetime | None, *, at: datetime) -> str:
    """How long ago, in the largest unit that still says something: 6 min, 26 h, 12 d."""
    if moment is None:
        return "never"
    minutes = int((at - moment).total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def is_interrupted(run: SyncRun, *, at: datetime) -> bool:
    """Its worker has not been heard of for a minute; it is resumed or ended by the machinery, not by the reader."""
    seen = run.heartbeat_at or run.started_at
    return run.state == RunState.RUNNING and seen is not None and at - seen > HEARTBEAT_STALE_AFTER


def error_words(error_class: str) -> str:
    """The kind of error without any of its text: "Needs reauth", "Rate limited"."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", error_class)
    return " ".join(words).capitalize()


def mark(run: SyncRun, *, at: datetime, url: str = "") -> RunMark:
    when = run.started_at or run.requested_at
    parts = [state_label(run), f"{age(when, at=at)} ago", kind_label(run)]
    if run.error_class:
        parts.append(error_words(run.error_class))
    return RunMark(mark_state(run), ", ".join(parts), url)
