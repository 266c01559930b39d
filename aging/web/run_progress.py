"""How does a sync run look while it goes and after it ended? Made from its row alone, so that asking often is cheap."""

from datetime import datetime, timedelta

from aging.unified import errors
from aging.web.connection_cards import OBJECT_LABELS
from aging.web.pages.sources import ObjectOutcome, RunFailure, RunProgress, RunStep, StepState
from tenants import sync_words
from tenants.models import Connection, RunState, SyncRun
from tenants.pages import Fact
from tenants.sync_runs import ordered_steps

STEP_LABELS = {
    "connect": "Connect",
    "customers": "Customers",
    "invoices": "Invoices",
    "credit_memos": "Credit notes",
    "payments": "Payments",
    "publish": "Rebuild report",
    "compare": "Compare",
}
COUNTED = {"customers": "customers", "invoices": "invoices", "credit_memos": "credit notes", "payments": "payments",
           "publish": "changes"}  # fmt: skip
POLL_MS, SLOW_POLL_MS = 1_500, 10_000
SLOW_AFTER = timedelta(minutes=2)
_STATES: dict[str, StepState] = {
    "waiting": "waiting",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "skipped": "skipped",
}


def progress(run: SyncRun, *, at: datetime, poll_url: str) -> RunProgress:
    """`poll_url` is kept while there is something to wait for."""
    is_slow = at - run.requested_at > SLOW_AFTER
    headline = _headline(run, at)
    return RunProgress(
        state=sync_words.mark_state(run),
        headline=headline,
        summary=_summary(run, at),
        announcement=_announcement(run, headline),
        steps=tuple(_step(name, entry) for name, entry in steps_of(run)),
        failure=failure(run) if run.state == RunState.FAILED else None,
        poll_url=poll_url if run.is_in_flight else "",
        poll_every=SLOW_POLL_MS if is_slow else POLL_MS,
    )


def steps_of(run: SyncRun) -> list[tuple[str, dict[str, object]]]:
    """The run's own steps; before it begins, the ones it is going to have."""
    if run.steps:
        return ordered_steps(run)
    ahead = "waiting" if run.is_in_flight else "skipped"
    return [(name, {"state": ahead}) for name in STEP_LABELS]


def _headline(run: SyncRun, at: datetime) -> str:
    if run.state == RunState.REQUESTED:
        return "Waiting to start"
    if sync_words.is_interrupted(run, at=at):
        return "Interrupted, will resume by itself"
    if run.state == RunState.RUNNING:
        names = [name for name, _ in steps_of(run)]
        place = names.index(run.step) + 1 if run.step in names else 1
        return f"Step {place} of {len(names)}"
    return sync_words.state_label(run)


def _summary(run: SyncRun, at: datetime) -> str:
    if run.cancel_requested and run.is_in_flight:
        return "Canceling: it stops after the page being read."
    if run.state == RunState.REQUESTED:
        return "It starts within seconds. You can leave this page."
    if run.is_in_flight:
        return _loading(run)
    took = sync_words.duration(run, at=at)
    return f"Took {took}." if took else ""


def _loading(run: SyncRun) -> str:
    """What has been read so far, without a share of an unknown whole."""
    entry = run.steps.get(run.step, {})
    count, words = entry.get("count"), COUNTED.get(run.step)
    so_far = f"{count:,} {words} so far. " if isinstance(count, int) and words else ""
    return f"{so_far}You can leave this page."


def _announcement(run: SyncRun, headline: str) -> str:
    label = STEP_LABELS.get(run.step, "")
    return f"{headline}: {label}" if run.state == RunState.RUNNING and label else headline


def _step(name: str, entry: dict[str, object]) -> RunStep:
    count, seconds = entry.get("count"), entry.get("seconds")
    state = _STATES.get(str(entry.get("state")), "waiting")
    is_counted = name in COUNTED and isinstance(count, int)
    return RunStep(
        label=STEP_LABELS.get(name, name.replace("_", " ").capitalize()),
        state=state,
        count=count if is_counted else None,  # type: ignore[arg-type]
        note=_note(entry, state),
        elapsed=sync_words.span(timedelta(seconds=float(seconds))) if isinstance(seconds, int | float) else "",
    )


def _note(entry: dict[str, object], state: StepState) -> str:
    """How fast it goes, and what was set aside."""
    count, seconds, aside = entry.get("count"), entry.get("seconds"), entry.get("quarantined")
    notes = []
    if state == "running" and isinstance(count, int) and isinstance(seconds, int | float) and seconds >= 1:
        notes.append(f"{count / seconds:,.0f} a second")
    if isinstance(aside, int) and aside:
        notes.append(f"{aside:,} set aside")
    return ", ".join(notes)


def failure(run: SyncRun) -> RunFailure:
    """The plain sentence, what happens next, and the technical part."""
    status = next((entry.get("status") for _, entry in ordered_steps(run) if entry.get("state") == "failed"), None)
    facts = [
        Fact("Kind", run.error_class),
        Fact("Step", STEP_LABELS.get(run.step, run.step)),
        Fact("HTTP status", str(status) if status is not None else ""),
        Fact("Reference", run.dagster_run_id or f"sync run {run.pk}"),
    ]
    return RunFailure(
        sentence=run.error_text or _sentence(run.error_class),
        next_step=_next_step(run.connection),
        technical=tuple(fact for fact in facts if fact.value),
    )


def _sentence(error_class: str) -> str:
    known = getattr(errors, error_class, None)
    return str(getattr(known, "sentence", "The sync did not succeed. The last good figures stay as they are."))


def _next_step(connection: Connection) -> str:
    kept = "The last good figures stay as they are."
    due = connection.next_due_at
    if sync_words.health_mark(connection) == "attention":
        return f"{kept} Syncing goes on once an admin has reconnected {connection.integration_name}."
    if due is None or connection.is_schedule_paused or not connection.is_active:
        return kept
    return f"{kept} The next try is planned for {due:%H:%M} UTC."


def outcomes(run: SyncRun) -> tuple[ObjectOutcome, ...]:
    names = ("fetched", "inserted", "updated", "unchanged", "deleted", "quarantined")
    return tuple(
        ObjectOutcome(label, **{name: int(run.counts[kind].get(name, 0)) for name in names})
        for kind, label in OBJECT_LABELS.items()
        if kind in run.counts
    )


def tie_out(run: SyncRun) -> str:
    """What the comparison with the source said; empty when it was not made."""
    if "agrees" not in run.checks:
        return ""
    if not run.checks["agrees"]:
        return "Differs from the source"
    return "Agrees with the source" if run.checks.get("source_reports") else "Agrees with the source's balances"
