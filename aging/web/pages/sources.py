"""What do the pages about connections, sync runs and data quality show?

They speak of objects and counts, and always say in words what a mark says in colour.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aging.web.pages.common import EmptyState, Fact, Link, Notice, Option, Pager, initials
from tenants.pages import RunMark, RunState

Health = Literal["healthy", "attention", "paused", "disconnected"]
StepState = Literal["waiting", "running", "done", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class ObjectCount:
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    """`sync_url`, `reconnect_url`, `schedule_url` and `disconnect_url` are set for admins only.

    Sync, schedule and disconnect take a POST; the schedule asks for one of `schedules` in `interval` and for
    `daily_at` (hh:mm), disconnecting for the organisation's name in `confirm`. Reconnecting leads to the
    connect page. `missing` names objects the source did not grant access to.
    """

    id: str
    system: str
    organisation: str
    health: Health
    health_label: str
    health_text: str
    last_success: str
    next_run: str
    objects: tuple[ObjectCount, ...] = ()
    missing: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    runs_url: str = ""
    sync_url: str = ""
    reconnect_url: str = ""
    schedule_url: str = ""
    schedules: tuple[Option, ...] = ()
    daily_at: str = ""
    disconnect_url: str = ""

    @property
    def initials(self) -> str:
        return initials(self.system)


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """An accounting system the workspace offers."""

    name: str
    url: str
    note: str = ""

    @property
    def initials(self) -> str:
        return initials(self.name)


@dataclass(frozen=True, slots=True)
class ConnectionsPage:
    cards: tuple[ConnectionCard, ...]
    catalogue: tuple[CatalogueEntry, ...] = ()
    query: str = ""
    search_url: str = ""
    notices: tuple[Notice, ...] = ()
    empty: EmptyState | None = None


@dataclass(frozen=True, slots=True)
class ConnectPage:
    """What will be read, before leaving for the provider.

    `continue_url` takes a POST, because an attempt to connect is recorded before the browser leaves; the
    redirect that answers it is allowed for in the form-action of the content security policy.
    """

    system: str
    reads: tuple[str, ...]
    continue_url: str
    cancel_url: str
    note: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RunRow:
    id: str
    url: str
    started_at: datetime | None
    connection: str
    kind: str
    duration: str
    state: RunState
    result: str
    read: int | None = None
    changed: int | None = None
    quarantined: int | None = None


@dataclass(frozen=True, slots=True)
class SyncRunsPage:
    rows: tuple[RunRow, ...]
    pager: Pager
    strip: tuple[RunMark, ...] = ()
    connections: tuple[Option, ...] = ()
    form_url: str = ""
    notices: tuple[Notice, ...] = ()
    empty: EmptyState | None = None


@dataclass(frozen=True, slots=True)
class RunStep:
    label: str
    state: StepState
    count: int | None = None
    note: str = ""
    elapsed: str = ""


@dataclass(frozen=True, slots=True)
class RunFailure:
    """A plain sentence, what happens next, and the technical part folded away."""

    sentence: str
    next_step: str = ""
    technical: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class RunProgress:
    """The part of a run's page that moves, as connections/_progress.html shows it.

    While `poll_url` is set the page asks it for this fragment every `poll_every` milliseconds. The answer
    that shows the end of the run has no `poll_url` and status 286, which stops the asking. `announcement`
    changes with the step only, so that a screen reader is not told every count.
    """

    state: RunState
    headline: str
    summary: str
    announcement: str
    steps: tuple[RunStep, ...] = ()
    failure: RunFailure | None = None
    poll_url: str = ""
    poll_every: int = 1500


@dataclass(frozen=True, slots=True)
class SyncRunPage:
    title: str
    started_at: datetime | None
    progress: RunProgress
    facts: tuple[Fact, ...] = ()
    objects: tuple["ObjectOutcome", ...] = ()
    quarantine_url: str = ""
    retry_url: str = ""
    cancel_url: str = ""


@dataclass(frozen=True, slots=True)
class ObjectOutcome:
    """What one run did with one kind of object."""

    label: str
    fetched: int
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    label: str
    url: str
    detail: str
    amount: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """One kind of contradiction; `rows` may be the first of `count`, `more_url` leads to the rest."""

    code: str
    title: str
    count: int
    what_we_did: str
    what_you_can_do: str
    rows: tuple[FindingRow, ...] = ()
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A record that could not be loaded and is not counted; `raw` is what the source sent, as text."""

    kind: str
    source_id: str
    reason: str
    seen_at: datetime
    connection: str = ""
    run_url: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class DataQualityPage:
    groups: tuple[FindingGroup, ...]
    quarantined: tuple[QuarantineRow, ...] = ()
    quarantined_count: int = 0
    pager: Pager | None = None
    notices: tuple[Notice, ...] = ()
    exports: tuple[Link, ...] = ()
    empty: EmptyState | None = None
