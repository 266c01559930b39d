"""Believable pages: one company in October 2026, drawn from a seeded generator whose parts add up.

The figures of the report follow from its rows, so the identities of a page (tiles to open invoices, rows to
totals) hold here as they must hold in what the views build.
"""

import random
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from accounts.pages import CompaniesPage, FormPage, MessagePage
from aging.web import charts, formats
from aging.web.pages.common import (
    Chip,
    CurrencyTab,
    EmptyState,
    Fact,
    Freshness,
    HiddenField,
    LegendEntry,
    Link,
    Measure,
    NavItem,
    Notice,
    Option,
    Pager,
    Period,
    Shell,
    SortHeader,
    TieOut,
)
from aging.web.pages.report import (
    AgingPage,
    Balance,
    BucketTile,
    Cell,
    CurrentSplit,
    CustomersPage,
    Matrix,
    MatrixRow,
    MatrixTotals,
    TrendColumn,
)
from tenants.operators.pages import OpsShell

AS_OF = date(2026, 10, 31)
LABELS = ("Current", "31–60", "61–90", "91–120", "120+")
SWATCHES = charts.swatches(len(LABELS))
LEGEND = (
    LegendEntry("notdue", "Not due"),
    LegendEntry("late", "1–30 late"),
    *(LegendEntry(swatch, label) for swatch, label in zip(SWATCHES, LABELS[1:], strict=True)),
)
NAMES = [
    "Northwind Foods",
    "Aldergate Logistics",
    "Brightwater Utilities",
    "Calloway & Finch LLP",
    "Meridian Health Supply",
    "Okafor Textiles",
    "Pinnacle Robotics",
    "Ravensworth Hotels",
    "Sable Ridge Mining",
    "Tidewater Marine",
    "Umbra Lighting",
    "Vantage Dental Group",
    "Westbrook Academy",
    "Yarrow Organics",
    "Zephyr Aviation Services",
    "Atlas Freight Systems",
    "Bluebell Nurseries",
    "Cobalt Print Works",
    "Dunmore Estates",
    "Eastfield Clinics",
    "Fairmont Packaging",
    "Greystone Builders",
    "Harbour & Vine",
    "Ironbridge Steel",
    "Juniper Software",
    "Kestrel Security",
    "Lumen Architects",
    "Mistral Energy",
    "Nordlys Furniture",
    "Orchard Lane Bakery",
    "Pemberton Media",
    "Quayside Fisheries",
    "Redwood Analytics",
    "Silverline Transit",
    "Thornbury Pharma",
    "Upland Water Co",
    "Vireo Learning",
    "Whitcombe Auctions",
    "Xenia Glassworks",
    "Yellowstone Tools",
    "Zinnia Cosmetics",
    "Ashdown Veterinary",
    "Bexley Catering",
    "Cranford Legal",
]
PER_PAGE = 18


def shell(current: str = "Aging", **changes) -> Shell:
    def item(icon: str, label: str, url: str, shortcut: str = "", count: int | None = None) -> NavItem:
        return NavItem(icon, label, url, count, label == current, shortcut)

    fields = {
        "company_name": "Acme Holdings",
        "user_name": "Dana Whitfield",
        "role": "Finance",
        "nav": (
            item("aging", "Aging", "/", "a"),
            item("people", "Customers", "/customers", "c", 44),
            item("doc", "Invoices", "/invoices", "i", 1312),
        ),
        "data_nav": (
            item("plug", "Connections", "/connections"),
            item("sync", "Sync runs", "/sync-runs", "s"),
            item("flag", "Data quality", "/data-quality", "d", 7),
        ),
        "companies": (Link("Acme Pacific", "http://acme-pacific.localhost:8000/"),),
    }
    return Shell(**(fields | changes))


def ops_shell(current: str = "Companies", **changes) -> OpsShell:
    fields = {
        "user_name": "Operator",
        "nav": (
            NavItem("building", "Companies", "/ops", 12, current == "Companies", "c"),
            NavItem("runs", "Runs", "/ops/runs", None, current == "Runs", "r"),
        ),
    }
    return OpsShell(**(fields | changes))


def freshness(**changes) -> Freshness:
    return Freshness(**({"state": "fresh", "text": "Synced 6 min ago", "url": "/sync-runs"} | changes))


def period() -> Period:
    return Period(AS_OF, "due date", "/?as_of=2026-09-30", "/?as_of=2026-11-30", "/", is_today=False)


@lru_cache
def customer_amounts() -> tuple[tuple[str, tuple[int, ...], int, int | None], ...]:
    """Name, amounts in the order of the legend, unapplied, oldest days past due."""
    chance = random.Random(7)
    rows = []
    for name in NAMES:
        size = int(chance.lognormvariate(15.0, 0.95))
        risk = chance.random() ** 2
        weights = (
            chance.uniform(0.35, 1.2),
            chance.uniform(-0.12, 0.7),
            chance.uniform(-0.2, 0.4) * (1 + risk),
            chance.uniform(-0.2, 0.25) * (1 + 2 * risk),
            chance.uniform(-0.25, 0.25) * (1 + 3 * risk),
            chance.uniform(-0.25, 0.3) * (1 + 4 * risk),
        )
        amounts = tuple(int(size * max(weight, 0)) for weight in weights)
        unapplied = -int(size * max(0.0, chance.uniform(-0.3, 0.12)))
        rows.append((name, amounts, unapplied, _oldest(amounts, chance)))
    return tuple(rows)


def _oldest(amounts: tuple[int, ...], chance: random.Random) -> int | None:
    for part, first, last in ((5, 121, 240), (4, 91, 120), (3, 61, 90), (2, 31, 60), (1, 1, 30)):
        if amounts[part]:
            return chance.randint(first, last)
    return None


def _buckets(amounts: tuple[int, ...]) -> tuple[int, ...]:
    return (amounts[0] + amounts[1], *amounts[2:])


def _rows() -> tuple[MatrixRow, ...]:
    rows = []
    for number, (name, amounts, unapplied, oldest) in enumerate(customer_amounts(), start=1001):
        url = f"/customers/{number}"
        late = [place for place, amount in enumerate(amounts[1:]) if amount]
        rows.append(
            MatrixRow(
                id=str(number),
                name=name,
                url=url,
                cells=tuple(
                    Cell(minor, f"/invoices?customer={number}&bucket={place}")
                    for place, minor in enumerate(_buckets(amounts))
                ),
                bar=amounts,
                unapplied=unapplied,
                total=sum(amounts) + unapplied,
                past_due=sum(amounts[1:]),
                oldest_days=oldest,
                oldest_swatch=LEGEND[1 + max(late)].swatch if late else "late",
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.past_due))


def matrix(**changes) -> Matrix:
    rows = _rows()
    fields = {
        "currency": "USD",
        "legend": LEGEND,
        "headers": (
            SortHeader("name", "Customer", "/?sort=name", is_numeric=False),
            *(SortHeader(f"b{place}", label, f"/?sort=-b{place}") for place, label in enumerate(LABELS)),
            SortHeader("unapplied", "Unapplied", "/?sort=unapplied"),
            SortHeader("total", "Total", "/?sort=-total"),
            SortHeader("overdue", "Overdue", "/?sort=overdue", "descending"),
            SortHeader("oldest", "Oldest", "/?sort=-oldest"),
        ),
        "rows": rows[:PER_PAGE],
        "totals": MatrixTotals(
            customers=len(rows),
            amounts=tuple(sum(row.cells[place].minor for row in rows) for place in range(len(LABELS))),
            unapplied=sum(row.unapplied for row in rows),
            total=sum(row.total for row in rows),
            past_due=sum(row.past_due for row in rows),
        ),
        "largest": max(sum(row.bar) for row in rows),
        "pager": Pager(1, PER_PAGE, len(rows), next_url="/?page=2", all_url="/?per=all"),
        "of_customers": len(rows),
    }
    return Matrix(**(fields | changes))


def _trend() -> tuple[TrendColumn, ...]:
    chance = random.Random(3)
    amounts = [sum(row[1][part] for row in customer_amounts()) for part in range(len(LEGEND))]
    day, columns = AS_OF, []
    for _ in range(12):
        total = sum(amounts)
        columns.append(TrendColumn(day, tuple(amounts), total, sum(amounts[1:]) / total, f"/?as_of={day.isoformat()}"))
        day = day.replace(day=1) - timedelta(days=1)
        amounts = [int(amount * chance.uniform(0.93, 1.01)) for amount in amounts]
    return tuple(reversed(columns))


def _measures() -> tuple[Measure, ...]:
    return (
        Measure(
            "Days sales outstanding",
            "Countback method",
            "47.2",
            change="−1.8 d",
            is_better=True,
            points=(52, 51, 50, 51, 49, 50, 49, 48, 49, 48, 49, 47),
        ),
        Measure(
            "Average days late",
            "Paid invoices, 90 days",
            "18.4",
            change="+0.9 d",
            is_better=False,
            points=(15, 16, 15, 17, 16, 17, 18, 17, 18, 17, 17.5, 18.4),
        ),
        Measure(
            "Share over 120 days",
            "Of open invoices",
            "11.7%",
            change="+0.6 pt",
            is_better=False,
            points=(8, 8.2, 8.1, 8.6, 8.9, 9, 9.4, 9.3, 9.9, 10.4, 11.1, 11.7),
        ),
        Measure("Collected in October", "Cash applied", None, reason="QuickBooks did not grant access to payments."),
    )


def aging_page(**changes) -> AgingPage:
    table = matrix()
    bar = tuple(sum(row[1][part] for row in customer_amounts()) for part in range(len(LEGEND)))
    gross, amounts = sum(bar), table.totals.amounts
    fields = {
        "period": period(),
        "freshness": freshness(),
        "tie_out": TieOut("agrees", "Agrees with QuickBooks to the cent"),
        "form_url": "/",
        "tabs": (
            CurrencyTab("USD", gross, "/", is_current=True),
            CurrencyTab("EUR", 41_238_000, "/?ccy=EUR"),
            CurrencyTab("GBP", 9_641_000, "/?ccy=GBP"),
        ),
        "hidden": (HiddenField("bucket", "4"),),
        "sorts": (Option("-overdue", "Overdue first", is_selected=True), Option("name", "Name A–Z")),
        "exports": (Link("CSV, customers", "/export/customers.csv"), Link("CSV, all invoices", "/export/invoices.csv")),
        "announcement": f"44 of 44 customers, total {formats.money_sym(table.totals.total, 'USD', 'en_US')}",
        "balance": Balance(
            net=gross + table.totals.unapplied,
            gross=gross,
            unapplied=table.totals.unapplied,
            past_due=sum(bar[1:]),
            past_due_share=sum(bar[1:]) / gross,
            change=0.083,
            compared_with=date(2026, 9, 30),
        ),
        "current": CurrentSplit(bar[0], bar[1], bar[0] // 4, bar[0] // 2, bar[0] - bar[0] // 4 - bar[0] // 2),
        "tiles": tuple(
            BucketTile(
                key=label,
                label=label if place == 0 else f"{label} days",
                title="Not due, and up to 30 days past due" if place == 0 else f"{label} days past due",
                swatch="current" if place == 0 else SWATCHES[place - 1],
                minor=amounts[place],
                share=amounts[place] / gross,
                customers=sum(1 for row in customer_amounts() if _buckets(row[1])[place]),
                url=f"/?bucket={place}",
            )
            for place, label in enumerate(LABELS)
        ),
        "legend": LEGEND,
        "bar": bar,
        "trend": _trend(),
        "measures": _measures(),
        "matrix": table,
    }
    return AgingPage(**(fields | changes))


def empty_aging_page() -> AgingPage:
    return AgingPage(
        period=period(),
        freshness=freshness(state="never", text="Not connected yet", url=""),
        tie_out=None,
        form_url="/",
        empty=EmptyState(
            "Connect your accounting system to see who owes you what.", action=Link("Connect", "/connections")
        ),
    )


def customers_page() -> CustomersPage:
    return CustomersPage(
        period=period(),
        freshness=freshness(),
        form_url="/customers",
        tabs=(CurrencyTab("USD", 234_726_900, "/customers", is_current=True),),
        settled_url="/customers?settled=yes",
        matrix=matrix(),
        notices=(Notice("warn", "Partial: payments not loaded yet"),),
    )


def message_page() -> MessagePage:
    return MessagePage("Invitation expired", "Ask for a new one.", Link("Sign in", "/accounts/login/"), "1775d407")


def form_page() -> FormPage:
    return FormPage("Create your company", "You become its first admin.", "Create company", back=Link("Back", "/"))


def companies_page() -> CompaniesPage:
    return CompaniesPage(
        (Link("Acme Holdings", "http://acme.localhost/"), Link("Birch & Co", "http://birch.localhost/")),
        "/companies/new",
    )


MOMENT = datetime(2026, 10, 31, 14, 2, tzinfo=UTC)
FACTS = (
    Fact("E-mail", "ap@xenia.example", "mailto:ap@xenia.example"),
    Fact("Phone", "+1 555 0100"),
    Fact("Source id", "cus_88121"),
)
CHIPS = (Chip("Bucket: 61–90", "/invoices"),)
