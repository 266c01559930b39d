"""What do the operators' pages show? Companies, connections and runs, and what is stale or failing.

There is no field for an amount, a customer or a document in this module, on purpose: an operator finds out
that a company's figures are old, never what they are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tenants.pages import Chip, EmptyState, Fact, Link, NavItem, Notice, Option, Pager, RunMark, RunState, SortHeader

TenantState = Literal["healthy", "stale", "failing", "never", "paused", "busy"]
Health = Literal["healthy", "attention", "paused", "disconnected"]


@dataclass(frozen=True, slots=True)
class OpsShell:
    """The frame around the operators' pages."""

    user_name: str
    nav: tuple[NavItem, ...]
    locale: str = "en_US"
    profile_url: str = ""
    shortcuts: bool = True


@dataclass(frozen=True, slots=True)
class StateTile:
    """How many companies are in one state; `url` filters the list by it, or clears that when pressed."""

    state: TenantState
    label: str
    count: int
    url: str
    is_pressed: bool = False


@dataclass(frozen=True, slots=True)
class TenantRow:
    """`data_age` in words ("26 h"); `sync_url` takes a POST; `run` leads to the last run in Dagster."""

    id: str
    name: str
    url: str
    host: str
    state: TenantState
    state_label: str
    connections: str
    data_age: str
    records: int | None = None
    last_error: str = ""
    run: Link | None = None
    sync_url: str = ""
    strip: tuple[RunMark, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorTenantsPage:
    """`headers` are company, state, connections, data age, records, last runs."""

    headers: tuple[SortHeader, ...]
    rows: tuple[TenantRow, ...]
    pager: Pager
    form_url: str
    tiles: tuple[StateTile, ...] = ()
    query: str = ""
    clear_url: str = ""
    notices: tuple[Notice, ...] = ()
    announcement: str = ""
    empty: EmptyState | None = None


@dataclass(frozen=True, slots=True)
class OperatorConnection:
    """The addresses take a POST; an empty one means that the act makes no sense now."""

    id: str
    partition: str
    system: str
    health: Health
    health_label: str
    health_text: str
    data_age: str
    last_success_at: datetime | None = None
    schedule: str = ""
    last_error: str = ""
    sync_url: str = ""
    full_sync_url: str = ""
    pause_url: str = ""
    resume_url: str = ""
    run: Link | None = None
    strip: tuple[RunMark, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorRunRow:
    """`company` is empty on the page of one company."""

    id: str
    started_at: datetime | None
    company: str
    company_url: str
    connection: str
    kind: str
    state: RunState
    state_label: str
    duration: str
    read: int | None = None
    changed: int | None = None
    quarantined: int | None = None
    error: str = ""
    run: Link | None = None


@dataclass(frozen=True, slots=True)
class OperatorTenantPage:
    name: str
    host: str
    state: TenantState
    state_label: str
    back: Link
    facts: tuple[Fact, ...]
    connections: tuple[OperatorConnection, ...] = ()
    runs: tuple[OperatorRunRow, ...] = ()
    runs_url: str = ""
    notices: tuple[Notice, ...] = ()
    suspend_url: str = ""
    resume_url: str = ""


@dataclass(frozen=True, slots=True)
class OperatorRunsPage:
    rows: tuple[OperatorRunRow, ...]
    pager: Pager
    form_url: str
    tiles: tuple[Fact, ...] = ()
    states: tuple[Option, ...] = ()
    chips: tuple[Chip, ...] = ()
    query: str = ""
    dagster_url: str = ""
    notices: tuple[Notice, ...] = ()
    empty: EmptyState | None = None


@dataclass(frozen=True, slots=True)
class PlatformPage:
    """How this installation is set up, without a secret except the webhook address, which operators hand out."""

    facts: tuple[Fact, ...]
    webhook_address: str
    notices: tuple[Notice, ...] = ()
