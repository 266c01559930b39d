"""R9: a view in one currency, converted document by document at a dated rate."""

from datetime import date
from decimal import Decimal

from aging.core.instalments import Instalment
from aging.core.reporting import RateTable, convert_report
from tests.aging.core.builders import invoice, invoice_key, memo, report

TABLE = RateTable("USD", {"EUR": Decimal("1.1")}, date(2025, 6, 30), "ECB reference rates")


def test_r9_each_document_is_rounded_once_and_the_roundings_are_added() -> None:
    cents = [invoice(one, 35, currency="EUR") for one in ("A", "B", "C")]
    view = convert_report(report(*cents), TABLE)
    assert (view.totals.gross, view.customers["ACME"].gross) == (117, 117)


def test_r9_an_invoice_and_an_equal_credit_cancel_in_any_currency() -> None:
    view = convert_report(report(invoice(total=35, currency="EUR"), memo(total=35, currency="EUR")), TABLE)
    assert (view.totals.gross, view.totals.unapplied, view.totals.net) == (39, -39, 0)


def test_r9_the_reporting_currency_itself_needs_no_rate() -> None:
    assert convert_report(report(invoice(total=35)), TABLE).totals.net == 35


def test_r9_what_has_no_rate_is_shown_and_not_counted() -> None:
    view = convert_report(report(invoice("A", 100, currency="EUR"), invoice("B", 700, currency="JPY")), TABLE)
    assert [row.document.source_id for row in view.unconverted] == ["B"]
    assert view.totals.net == 110
    assert (view.rate_table.rates_date, view.rate_table.source) == (date(2025, 6, 30), "ECB reference rates")


def test_r9_instalments_share_the_one_rounding_of_their_document() -> None:
    parts = [Instalment(date(2025, 4, 30), 35), Instalment(date(2025, 5, 31), 35), Instalment(date(2025, 6, 30), 35)]
    aged = report(invoice(total=105, currency="EUR"), schedules={invoice_key("A"): parts}, as_of="06-30")
    totals = convert_report(aged, TABLE).totals
    assert (totals.gross, totals.buckets["61-90"], totals.buckets["current"]) == (116, 39, 77)
    assert (totals.past_due, totals.not_due) == (77, 39)
