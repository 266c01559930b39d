"""The accounting system's own aged receivables, which ours are reconciled with (R12)."""

import json
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from aging.unified.aged import AgedLine, AgedTotals, read_aged
from aging.unified.decoding import decode_page
from aging.unified.objects import BY_NAME
from aging.unified.payloads import AgedReceivable

UTC = ZoneInfo("UTC")


def read(*reports: dict[str, Any], base: str | None = None) -> list[AgedTotals]:
    body = json.dumps([{"id": str(number)} | report for number, report in enumerate(reports)]).encode()
    rows = decode_page(body, BY_NAME["agedreceivable"])
    return read_aged([row for row in rows if isinstance(row, AgedReceivable)], UTC, base)


def report(currency: str | None, **amounts: Any) -> dict[str, Any]:
    return {"currency": currency} | amounts


def test_totals_and_rows_are_read_per_currency() -> None:
    rows = [
        {
            "contact": {"id": "c1", "name": "Ada"},
            "transaction": {"id": "i1", "name": "INV-1"},
            "due_at": "2026-01-31T00:00:00Z",
            "total_amount": 100,
            "balance_amount": 40.5,
        },
        {"total_amount": 9.5},
    ]
    amounts = {"total_amount": 50, "total_current_amount": 9.5, "total_overdue_amount": 40.5}
    periods = [{"name": "1-30", "sub_items": rows}, {"name": "31-60"}]
    assert read(report("USD", **amounts, periods=periods)) == [
        AgedTotals("USD", 5000, 950, 4050, (AgedLine("i1", "c1", date(2026, 1, 31), 4050), AgedLine("", "", None, 950)))
    ]


def test_what_the_report_leaves_out_is_not_zero() -> None:
    assert read(report("JPY", total_amount=12)) == [AgedTotals("JPY", 12, None, None)]


def test_windows_of_one_currency_are_added_and_currencies_are_not() -> None:
    found = read(
        report("USD", total_amount=1, total_overdue_amount=1),
        report("EUR", total_amount=5),
        report("usd", total_amount=2),
    )
    assert [(one.currency, one.total_minor, one.overdue_minor) for one in found] == [
        ("EUR", 500, None),
        ("USD", 300, None),
    ]


def test_a_report_without_a_currency_is_in_the_organization_s_or_left_out() -> None:
    assert [one.currency for one in read(report(None, total_amount=1), base="GBP")] == ["GBP"]
    assert read(report(None, total_amount=1)) == []


def test_a_currency_with_an_unreadable_amount_is_no_control_at_all() -> None:
    assert read(report("USD", total_amount=1), report("USD", total_amount=1e30)) == []
