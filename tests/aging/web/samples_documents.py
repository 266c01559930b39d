"""Believable pages of a customer and of invoices."""

from datetime import date, timedelta

from aging.web.pages.common import HiddenField, Link, Measure, Option, Pager, SortHeader
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
from tests.aging.web.samples import AS_OF, CHIPS, FACTS, LEGEND, freshness, period


def _line(number: int, due: date | None, open_minor: int, bucket: str, swatch: str, **changes) -> StatementLine:
    fields = {
        "id": str(number),
        "kind": "Invoice",
        "number": f"INV-{number}",
        "url": f"/invoices/{number}",
        "issued": date(2026, 6, 1),
        "due": due,
        "days_past_due": (AS_OF - due).days if due else 152,
        "bucket": bucket,
        "swatch": swatch,
        "original": open_minor + 50_000,
        "open": open_minor,
    }
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
    fields = {
        "id": "1039",
        "name": "Xenia Glassworks",
        "period": period(),
        "freshness": freshness(),
        "form_url": "/customers/1039",
        "facts": FACTS,
        "statement_url": "/customers/1039",
        "history_url": "/customers/1039?tab=history",
        "source": Link("Open in QuickBooks", "https://quickbooks.example/1039"),
        "legend": LEGEND,
        "sections": (
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
        "measures": (
            Measure(
                "Average days late",
                "Paid invoices, 12 months",
                "11.0",
                change="−2.1 d",
                is_better=True,
                points=(14, 12, 15, 11),
            ),
        ),
    }
    return CustomerPage(**(fields | changes))


def customer_history_page() -> CustomerPage:
    history = (
        HistoryLine(date(2026, 6, 1), "Invoice", "INV-4101", "/invoices/4101", "Issued", "USD", 462_000, 462_000),
        HistoryLine(date(2026, 10, 2), "Payment", "PMT-88", "", "Applied to INV-4101", "USD", -50_000, 412_000),
    )
    return customer_page(tab="history", sections=(), history=history, history_pager=Pager(1, 2, 2))


def invoices_page(**changes) -> InvoicesPage:
    def row(number: int, customer: str, due: date, currency: str, *, original: int, paid: int) -> InvoiceRow:
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
    fields = {
        "period": period(),
        "freshness": freshness(),
        "form_url": "/invoices",
        "headers": tuple(
            SortHeader(key, label, f"/invoices?sort={key}", "ascending" if key == "due" else "", key in numeric)
            for key, label in (*labels, *more, *last)
        ),
        "rows": (
            row(4188, "Xenia Glassworks", date(2026, 8, 12), "USD", original=1_254_500, paid=50_000),
            row(
                4190,
                "Brightwater Utilities and Regional Water Services Ltd",
                date(2026, 8, 14),
                "JPY",
                original=1_250_000,
                paid=0,
            ),
            row(4301, "Orchard Lane Bakery", date(2026, 10, 20), "USD", original=138_150, paid=0),
        ),
        "totals": (
            InvoiceTotals("USD", 2, 1_392_650, 50_000, 0, 1_342_650),
            InvoiceTotals("JPY", 1, 1_250_000, 0, 0, 1_250_000),
        ),
        "pager": Pager(1, 3, 3),
        "filters": (
            SelectFilter("bucket", "Bucket", (Option("", "All buckets"), Option("2", "61–90", is_selected=True))),
            SelectFilter("status", "Status", (Option("", "Open and paid"), Option("open", "Open"))),
        ),
        "hidden": (HiddenField("sort", "due"),),
        "chips": CHIPS,
        "clear_url": "/invoices",
        "exports": (Link("CSV", "/invoices.csv"),),
    }
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
