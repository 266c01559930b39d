"""Believable pages of the operators."""

from aging.web.pages.common import Fact, Link, Notice, Option, Pager, SortHeader
from tenants.operators.pages import (
    OperatorConnection,
    OperatorRunRow,
    OperatorRunsPage,
    OperatorTenantPage,
    OperatorTenantsPage,
    StateTile,
    TenantRow,
)
from tests.aging.web.samples import MOMENT
from tests.aging.web.samples_sources import STRIP


def tenants_page() -> OperatorTenantsPage:
    names = (
        ("name", "Company"),
        ("state", "State"),
        ("connections", "Connections"),
        ("age", "Data age"),
        ("records", "Records"),
        ("runs", "Last 14 runs"),
    )
    return OperatorTenantsPage(
        headers=tuple(
            SortHeader(
                key,
                label,
                f"/ops?sort={key}" if key != "runs" else "",
                "descending" if key == "age" else "",
                key in ("age", "records"),
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
                48_120,
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
                912,
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
