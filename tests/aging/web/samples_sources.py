"""Believable pages of documents, connections, runs and operators."""

from datetime import date, timedelta

from aging.web.pages.common import EmptyState, Fact, HiddenField, Link, Measure, Notice, Option, Pager, SortHeader
from aging.web.pages.documents import (
    CreditLine,
    CustomerPage,
    DocumentFinding,
    HistoryLine,
    InvoiceEntry,
    InvoicePage,
    InvoiceRow,
    InvoicesPage,
    InvoiceTotals,
    SelectFilter,
    StatementLine,
    StatementSection,
)
from aging.web.pages.operators import (
    OperatorConnection,
    OperatorRunRow,
    OperatorRunsPage,
    OperatorTenantPage,
    OperatorTenantsPage,
    StateTile,
    TenantRow,
)
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
    RunMark,
    RunProgress,
    RunRow,
    RunStep,
    SyncRunPage,
    SyncRunsPage,
)
from tests.aging.web.samples import AS_OF, CHIPS, FACTS, LEGEND, MOMENT, freshness, period

STRIP = tuple(
    RunMark(state, f"{state.capitalize()}, {day} Oct", f"/sync-runs/{day}")
    for day, state in enumerate(
        ("success",) * 8 + ("partial", "success", "failed", "success", "success", "running"), 18
    )
)


def _line(number: int, due: date | None, open_minor: int, bucket: str, swatch: str, **changes) -> StatementLine:
    fields = dict(
        id=str(number),
        kind="Invoice",
        number=f"INV-{number}",
        url=f"/invoices/{number}",
        issued=date(2026, 6, 1),
        due=due,
        days_past_due=(AS_OF - due).days if due else 152,
        bucket=bucket,
        swatch=swatch,
        original=open_minor + 50_000,
        open=open_minor,
    )
    return StatementLine(**(fields | changes))


def customer_page(**changes) -> CustomerPage:
    items = (
        _line(4101, None, 412_000, "120+", "s7", is_due_assumed=True),
        _line(4188, date(2026, 8, 12), 1_204_500, "61–90", "s3"),
        _line(4301, date(2026, 10, 20), 88_150, "Current", "late"),
        _line(4377, date(2026, 11, 15), 640_000, "Current", "notdue"),
    )
    total = sum(line.open for line in items)
    credit = CreditLine("p9", "Payment", "PMT-88", "", date(2026, 10, 2), -90_000, -35_000)
    fields = dict(
        id="1039",
        name="Xenia Glassworks",
        period=period(),
        freshness=freshness(),
        form_url="/customers/1039",
        facts=FACTS,
        statement_url="/customers/1039",
        history_url="/customers/1039?tab=history",
        source=Link("Open in QuickBooks", "https://quickbooks.example/1039"),
        legend=LEGEND,
        sections=(
            StatementSection(
                currency="USD",
                past_due=total - 640_000,
                oldest_days=152,
                bar=(640_000, 88_150, 0, 1_204_500, 0, 412_000),
                items=items,
                items_total=total,
                credits=(credit,),
                credits_total=-35_000,
                net=total - 35_000,
            ),
        ),
        measures=(
            Measure(
                "Average days late",
                "Paid invoices, 12 months",
                "11.0",
                change="−2.1 d",
                is_better=True,
                points=(14, 12, 15, 11),
            ),
        ),
    )
    return CustomerPage(**(fields | changes))


def customer_history_page() -> CustomerPage:
    history = (
        HistoryLine(date(2026, 6, 1), "Invoice", "INV-4101", "/invoices/4101", "Issued", "USD", 462_000, 462_000),
        HistoryLine(date(2026, 10, 2), "Payment", "PMT-88", "", "Applied to INV-4101", "USD", -50_000, 412_000),
    )
    return customer_page(tab="history", sections=(), history=history, history_pager=Pager(1, 2, 2))


def invoices_page(**changes) -> InvoicesPage:
    def row(number: int, customer: str, due: date, currency: str, original: int, paid: int) -> InvoiceRow:
        late = (AS_OF - due).days
        return InvoiceRow(
            id=str(number),
            number=f"INV-{number}",
            url=f"/invoices/{number}",
            customer=customer,
            customer_url="/customers/1039",
            issued=due - timedelta(days=30),
            due=due,
            days_past_due=late,
            bucket="61–90" if late > 60 else "Current",
            swatch="s3" if late > 60 else "late",
            currency=currency,
            original=original,
            paid=paid,
            credited=0,
            open=original - paid,
            status="Open",
            tone="info",
        )

    labels = ("number", "Number"), ("customer", "Customer"), ("issued", "Issued"), ("due", "Due"), ("days", "Days late")
    more = ("bucket", "Bucket"), ("currency", "Currency"), ("original", "Original"), ("paid", "Paid")
    last = ("credited", "Credited"), ("open", "Open"), ("status", "Status")
    numeric = {"days", "original", "paid", "credited", "open"}
    fields = dict(
        period=period(),
        freshness=freshness(),
        form_url="/invoices",
        headers=tuple(
            SortHeader(key, label, f"/invoices?sort={key}", "ascending" if key == "due" else "", key in numeric)
            for key, label in (*labels, *more, *last)
        ),
        rows=(
            row(4188, "Xenia Glassworks", date(2026, 8, 12), "USD", 1_254_500, 50_000),
            row(4190, "Brightwater Utilities and Regional Water Services Ltd", date(2026, 8, 14), "JPY", 1_250_000, 0),
            row(4301, "Orchard Lane Bakery", date(2026, 10, 20), "USD", 138_150, 0),
        ),
        totals=(
            InvoiceTotals("USD", 2, 1_392_650, 50_000, 0, 1_342_650),
            InvoiceTotals("JPY", 1, 1_250_000, 0, 0, 1_250_000),
        ),
        pager=Pager(1, 3, 3),
        filters=(
            SelectFilter("bucket", "Bucket", (Option("", "All buckets"), Option("2", "61–90", is_selected=True))),
            SelectFilter("status", "Status", (Option("", "Open and paid"), Option("open", "Open"))),
        ),
        hidden=(HiddenField("sort", "due"),),
        chips=CHIPS,
        clear_url="/invoices",
        exports=(Link("CSV", "/invoices.csv"),),
    )
    return InvoicesPage(**(fields | changes))


def invoice_page() -> InvoicePage:
    return InvoicePage(
        id="4188",
        kind="Invoice",
        number="INV-4188",
        customer="Xenia Glassworks",
        customer_url="/customers/1039",
        period=period(),
        freshness=freshness(),
        form_url="/invoices/4188",
        currency="USD",
        status="Open",
        tone="warn",
        issued=date(2026, 7, 13),
        due=date(2026, 8, 12),
        days_past_due=80,
        bucket="61–90",
        swatch="s3",
        original=1_000_000,
        paid=538_000,
        credited=50_000,
        open=412_000,
        why="Due 12 Aug 2026, 80 days before 31 Oct 2026, so it is in 61–90. "
        "Open $4,120.00 = $10,000.00 − $5,380.00 paid − $500.00 credited.",
        facts=FACTS,
        entries=(
            InvoiceEntry(date(2026, 7, 13), "Issued", "INV-4188", "", 1_000_000, 1_000_000),
            InvoiceEntry(date(2026, 8, 20), "Payment", "PMT-71", "/invoices/71", -538_000, 462_000),
            InvoiceEntry(date(2026, 9, 2), "Adjustment", "", "", -50_000, 412_000, is_inferred=True),
        ),
        findings=(
            DocumentFinding(
                "Paid, but with a balance", "QuickBooks calls it paid and keeps $4,120.00 open.", "Check it there."
            ),
        ),
        source=Link("Open in QuickBooks", "https://quickbooks.example/4188"),
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
    fields = dict(
        state="running",
        headline="Running",
        summary="Step 3 of 5, 12,400 invoices so far",
        announcement="Loading invoices, step 3 of 5",
        steps=(
            RunStep("Connect", "done", elapsed="0.4 s"),
            RunStep("Customers", "done", 1_044, elapsed="2.1 s"),
            RunStep("Invoices", "running", 12_400, note="about 900 a second"),
            RunStep("Payments", "waiting"),
            RunStep("Rebuild report", "waiting"),
        ),
        poll_url="/sync-runs/31/progress",
    )
    return RunProgress(**(fields | changes))


def failed_progress() -> RunProgress:
    failure = RunFailure(
        "Xero refused our access.", "Next try at 15:02.", (Fact("HTTP status", "401"), Fact("Message", "token expired"))
    )
    return progress(state="failed", headline="Failed", poll_url="", failure=failure)


def sync_run_page(**changes) -> SyncRunPage:
    fields = dict(
        title="QuickBooks, manual sync",
        started_at=MOMENT,
        progress=progress(),
        facts=(Fact("Asked for by", "Dana Whitfield"), Fact("Reference", "1775d407")),
        objects=(ObjectOutcome("Invoices", 12_400, 21, 10, 12_369, 0, 2),),
        quarantine_url="/data-quality",
        retry_url="/sync-runs/31/retry",
    )
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


def tenants_page() -> OperatorTenantsPage:
    names = (
        ("name", "Company"),
        ("state", "State"),
        ("connections", "Connections"),
        ("age", "Data age"),
        ("records", "Records"),
        ("members", "Members"),
        ("runs", "Last 14 runs"),
    )
    return OperatorTenantsPage(
        headers=tuple(
            SortHeader(
                key,
                label,
                f"/ops?sort={key}" if key != "runs" else "",
                "descending" if key == "age" else "",
                key in ("age", "records", "members"),
            )
            for key, label in names
        ),
        rows=(
            TenantRow(
                "1",
                "Acme Holdings",
                "/ops/acme",
                "acme.localhost",
                "healthy",
                "Healthy",
                "2 healthy",
                "6 min",
                MOMENT,
                48_120,
                6,
                run=Link("Run 7f3a", "http://dagster.localhost/runs/7f3a"),
                sync_url="/ops/acme/sync",
                strip=STRIP,
            ),
            TenantRow(
                "2",
                "Birch & Co",
                "/ops/birch",
                "birch.localhost",
                "failing",
                "Failing",
                "1 needs attention",
                "3 days",
                MOMENT,
                912,
                2,
                "401 from the source: token expired",
                Link("Run 1b20", "http://dagster.localhost/runs/1b20"),
                "/ops/birch/sync",
                STRIP[:5],
            ),
            TenantRow("3", "Cedar Ltd", "/ops/cedar", "cedar.localhost", "never", "Never synced", "none", "–"),
        ),
        pager=Pager(1, 3, 3),
        form_url="/ops",
        tiles=(
            StateTile("healthy", "Healthy", 9, "/ops?state=healthy"),
            StateTile("stale", "Stale", 1, "/ops?state=stale"),
            StateTile("failing", "Failing", 1, "/ops", is_pressed=True),
            StateTile("never", "Never synced", 1, "/ops?state=never"),
        ),
    )


def _run_row(company: str = "Acme Holdings") -> OperatorRunRow:
    return OperatorRunRow(
        "30",
        MOMENT,
        company,
        "/ops/acme",
        "QuickBooks Online",
        "Scheduled",
        "failed",
        "Failed",
        "3 s",
        120,
        0,
        0,
        "401 from the source: token expired",
        Link("7f3a", "http://dagster.localhost/runs/7f3a"),
    )


def tenant_page() -> OperatorTenantPage:
    connection = OperatorConnection(
        id="1",
        partition="conn_8f21",
        system="QuickBooks Online",
        health="attention",
        health_label="Needs attention",
        health_text="Access was refused three times.",
        data_age="3 days",
        last_success_at=MOMENT,
        schedule="hourly",
        last_error="401 token expired",
        sync_url="/ops/acme/1/sync",
        full_sync_url="/ops/acme/1/full",
        pause_url="/ops/acme/1/pause",
        run=Link("7f3a", "http://dagster.localhost/runs/7f3a"),
        strip=STRIP,
    )
    return OperatorTenantPage(
        "Acme Holdings",
        "acme.localhost",
        "failing",
        "Failing",
        Link("Companies", "/ops"),
        (Fact("Schema", "ready"), Fact("Created", "3 Jan 2024"), Fact("Members", "6")),
        (connection,),
        (_run_row(""),),
        "/ops/runs?company=acme",
    )


def runs_page() -> OperatorRunsPage:
    return OperatorRunsPage(
        rows=(_run_row(),),
        pager=Pager(1, 1, 1),
        form_url="/ops/runs",
        tiles=(Fact("Running", "2"), Fact("Queued", "0"), Fact("Failed today", "1", "/ops/runs?state=failed")),
        states=(Option("", "All states", is_selected=True), Option("failed", "Failed")),
        dagster_url="http://dagster.localhost/",
        notices=(Notice("bad", "The scheduler has not reported for 4 min."),),
    )
