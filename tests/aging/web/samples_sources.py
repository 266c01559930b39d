"""Believable connections, sync runs and data quality."""

from aging.web.pages.common import EmptyState, Fact, Option, Pager
from aging.web.pages.sources import (
    CatalogueEntry,
    ConnectionCard,
    ConnectionsPage,
    ConnectPage,
    DataQualityPage,
    FindingGroup,
    FindingRow,
    ObjectCount,
    ObjectOutcome,
    QuarantineRow,
    RunFailure,
    RunProgress,
    RunRow,
    RunStep,
    SyncRunPage,
    SyncRunsPage,
)
from tenants.pages import RunMark
from tests.aging.web.samples import MOMENT

STRIP = tuple(
    RunMark(state, f"{state.capitalize()}, {day} Oct", f"/sync-runs/{day}")
    for day, state in enumerate(
        ("success",) * 8 + ("partial", "success", "failed", "success", "success", "running"), 18
    )
)


def connections_page() -> ConnectionsPage:
    healthy = ConnectionCard(
        id="1",
        system="QuickBooks Online",
        organisation="Acme Holdings Inc.",
        health="healthy",
        health_label="Healthy",
        health_text="",
        last_success="6 min ago",
        next_run="in 54 min",
        objects=(ObjectCount("Invoices", 12_400), ObjectCount("Customers", 1_044), ObjectCount("Payments", 9_120)),
        facts=(Fact("Base currency", "USD"), Fact("Connected by", "Dana Whitfield, 3 Jan 2024")),
        runs_url="/sync-runs?connection=1",
        sync_url="/connections/1/sync",
        reconnect_url="/connections/1/reconnect",
        disconnect_url="/connections/1/disconnect",
    )
    broken = ConnectionCard(
        id="2",
        system="Xero",
        organisation="Acme Pacific Pty",
        health="attention",
        health_label="Needs attention",
        health_text="Xero stopped accepting our access on 20 Nov. Figures are as of the last sync, Tue 14:02.",
        last_success="Tue 14:02",
        next_run="after reconnecting",
        missing=("credit notes",),
        runs_url="/sync-runs?connection=2",
        reconnect_url="/connections/2/reconnect",
    )
    return ConnectionsPage(
        cards=(healthy, broken),
        catalogue=(
            CatalogueEntry("QuickBooks Online", "/connect/quickbooks"),
            CatalogueEntry("Xero", "/connect/xero"),
            CatalogueEntry("NetSuite", "/connect/netsuite", "Oracle"),
        ),
        search_url="/connections",
    )


def connect_page() -> ConnectPage:
    return ConnectPage(
        "Xero", ("Invoices", "Customers", "Payments", "Credit notes"), "/connect/xero/go", "/connections"
    )


def sync_runs_page() -> SyncRunsPage:
    return SyncRunsPage(
        rows=(
            RunRow("31", "/sync-runs/31", None, "QuickBooks", "Manual", "", "queued", "Waiting"),
            RunRow("30", "/sync-runs/30", MOMENT, "QuickBooks", "Scheduled", "12 s", "success", "Done", 12_400, 31, 0),
            RunRow("29", "/sync-runs/29", MOMENT, "Xero", "Webhook", "3 s", "failed", "Access refused", 0, 0, 0),
        ),
        pager=Pager(1, 3, 3),
        strip=STRIP,
        connections=(Option("", "All connections", is_selected=True), Option("1", "QuickBooks")),
        form_url="/sync-runs",
    )


def progress(**changes) -> RunProgress:
    fields = {
        "state": "running",
        "headline": "Running",
        "summary": "Step 3 of 5, 12,400 invoices so far",
        "announcement": "Loading invoices, step 3 of 5",
        "steps": (
            RunStep("Connect", "done", elapsed="0.4 s"),
            RunStep("Customers", "done", 1_044, elapsed="2.1 s"),
            RunStep("Invoices", "running", 12_400, note="about 900 a second"),
            RunStep("Payments", "waiting"),
            RunStep("Rebuild report", "waiting"),
        ),
        "poll_url": "/sync-runs/31/progress",
    }
    return RunProgress(**(fields | changes))


def failed_progress() -> RunProgress:
    failure = RunFailure(
        "Xero refused our access.", "Next try at 15:02.", (Fact("HTTP status", "401"), Fact("Message", "token expired"))
    )
    return progress(state="failed", headline="Failed", poll_url="", failure=failure)


def sync_run_page(**changes) -> SyncRunPage:
    fields = {
        "title": "QuickBooks, manual sync",
        "started_at": MOMENT,
        "progress": progress(),
        "facts": (Fact("Asked for by", "Dana Whitfield"), Fact("Reference", "1775d407")),
        "objects": (ObjectOutcome("Invoices", 12_400, 21, 10, 12_369, 0, 2),),
        "quarantine_url": "/data-quality",
        "retry_url": "/sync-runs/31/retry",
    }
    return SyncRunPage(**(fields | changes))


def data_quality_page() -> DataQualityPage:
    return DataQualityPage(
        groups=(
            FindingGroup(
                "no_due_date",
                "Invoices without a due date",
                12,
                "Aged by their issue date.",
                "Give them a due date or payment terms in your ledger.",
                (FindingRow("INV-4101", "/invoices/4101", "Issued 1 Jun 2026", 412_000, "USD"),),
                "/data-quality?code=no_due_date",
            ),
            FindingGroup(
                "unknown_status",
                "Unknown status",
                1,
                "Counted as open.",
                "Nothing, unless it is not a receivable.",
                (FindingRow("INV-4377", "/invoices/4377", "PARKED"),),
            ),
        ),
        quarantined=(
            QuarantineRow(
                "Invoice", "inv_00912", "The amount “n/a” is not a number.", MOMENT, "QuickBooks", "/sync-runs/30"
            ),
        ),
        quarantined_count=1,
        pager=Pager(1, 1, 1),
    )


def empty_data_quality_page() -> DataQualityPage:
    return DataQualityPage(groups=(), empty=EmptyState("Nothing contradicts itself.", "Every record could be loaded."))
