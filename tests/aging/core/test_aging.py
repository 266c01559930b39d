"""R1 to R10: what the report shows as of a day."""

from dataclasses import replace
from typing import Any

import pytest

from aging.core.aging import AgingReport, TotalsDisagree, check_identities
from aging.core.buckets import UNAPPLIED, BucketScheme
from aging.core.records import Door
from tests.aging.core.builders import claim, day, invoice, memo, payment, report


def usd(*parts: Any, **options: Any) -> Any:
    return report(*parts, **options).totals["USD"]


@pytest.mark.parametrize(("as_of", "shown"), [("1999-12-31", 0), ("02-28", 0), ("03-01", 1), ("2099-01-01", 1)])
def test_r1_r2_a_document_counts_from_its_issue_on_whatever_day_is_asked(as_of: str, shown: int) -> None:
    assert len(report(invoice(), as_of=as_of).rows) == shown


def test_r5_days_past_due_are_signed_and_count_from_the_basis() -> None:
    (by_due,) = report(invoice(issued="05-01", due="07-30"), as_of="06-30").rows
    (by_issue,) = report(invoice(issued="05-01", due="07-30"), as_of="06-30", basis="issued").rows
    assert (by_due.days_past_due, by_due.bucket) == (-30, "current")
    assert (by_issue.days_past_due, by_issue.bucket) == (60, "31-60")


def test_r5_without_due_date_the_issue_date_is_used_and_the_row_is_marked() -> None:
    dateless = invoice(issued="03-01", due=None)
    (row,) = report(dateless, as_of="06-30").rows
    assert (row.days_past_due, row.due_missing) == (121, True)
    (row,) = report(invoice(), as_of="06-30").rows
    assert not row.due_missing
    (row,) = report(dateless, as_of="06-30", basis="issued").rows
    assert not row.due_missing


def test_r6_a_tenants_own_boundaries_shape_the_report() -> None:
    totals = usd(invoice(due="06-14"), scheme=BucketScheme.from_edges((15, 30, 60)))
    assert totals.buckets == {"0-15": 0, "16-30": 10_000, "31-60": 0, "61+": 0}


CREDITS = (memo(), payment(total=500), invoice("OVER", total=100), claim("P2", "OVER", 150, Door.INVOICE_PAYMENTS))


def test_r7_credits_stand_in_their_own_column() -> None:
    totals = usd(invoice(), *CREDITS)
    assert (totals.gross, totals.unapplied, totals.net) == (10_000, -8_550, 1_450)
    rows = {row.document.source_id: row for row in report(*CREDITS).rows}
    assert {id_: (row.outstanding_minor, row.days_past_due, row.bucket) for id_, row in rows.items()} == {
        "K": (-8_000, None, UNAPPLIED),
        "P": (-500, None, UNAPPLIED),
        "OVER": (-50, None, UNAPPLIED),
    }


def test_r7_a_tenant_may_age_credits_by_their_own_date() -> None:
    """The memo of 1 April is 90 days old, the payment of 10 April 81; the invoice was due on 31 March."""
    totals = usd(invoice(), *CREDITS, credits="by_date")
    assert totals.buckets == {"current": 0, "31-60": 0, "61-90": -8_500, "91-120": 9_950, "120+": 0}
    assert (totals.gross, totals.unapplied, totals.net) == (1_450, 0, 1_450)


def test_r7_a_credit_needs_no_due_date_to_be_aged() -> None:
    assert not any(row.due_missing for row in report(*CREDITS, credits="by_date").rows)


def test_r8_past_due_is_counted_from_days_and_not_from_buckets() -> None:
    totals = usd(invoice("A", due="06-30"), invoice("B", due="06-29"), invoice("C", due="05-31"), as_of="06-30")
    assert totals.buckets["current"] == totals.gross == 30_000
    assert (totals.not_due, totals.past_due) == (10_000, 20_000)


def test_r9_currencies_are_never_added() -> None:
    built = report(invoice(), invoice("B", 700, currency="JPY"))
    assert {currency: total.net for currency, total in built.totals.items()} == {"JPY": 700, "USD": 10_000}
    assert set(built.customers["ACME"]) == {"JPY", "USD"}


def test_r10_whatever_is_not_zero_to_the_minor_unit_is_listed() -> None:
    built = report(invoice(), payment(total=9_999), claim(amount=9_999))
    assert [row.outstanding_minor for row in built.rows] == [1]


def test_r10_a_customer_whose_debt_and_credit_cancel_is_listed() -> None:
    assert usd(invoice(total=8_000), memo()).net == 0
    assert list(report(invoice(total=8_000), memo()).customers) == ["ACME"]


def test_what_is_settled_is_left_out() -> None:
    built = report(invoice(), payment(), claim())
    assert (built.rows, built.totals, built.customers) == ((), {}, {})


@pytest.mark.parametrize("figure", ["gross", "net", "past_due", "unapplied"])
def test_r8_r12_a_report_that_does_not_add_up_is_refused(figure: str) -> None:
    sound = report(invoice())
    total = sound.totals["USD"]
    bent = replace(total, **{figure: getattr(total, figure) + 1})
    for wrong in (replace(sound, totals={"USD": bent}), replace(sound, customers={"ACME": {"USD": bent}})):
        with pytest.raises(TotalsDisagree):
            check_identities(wrong)


@pytest.mark.parametrize(
    ("figure", "why"),
    [("gross", "sum of the buckets"), ("unapplied", "gross plus unapplied"), ("past_due", "not due and past due")],
)
def test_r8_figures_that_are_wrong_everywhere_alike_still_disagree(figure: str, why: str) -> None:
    sound = report(invoice())
    total = sound.totals["USD"]
    bent = replace(total, **{figure: getattr(total, figure) + 1})
    with pytest.raises(TotalsDisagree, match=why):
        check_identities(replace(sound, totals={"USD": bent}, customers={"ACME": {"USD": bent}}))


def test_r12_every_report_is_checked_before_it_is_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[AgingReport] = []
    monkeypatch.setattr("aging.core.aging.check_identities", checked.append)
    assert [report(invoice())] == checked


def test_r12_rows_and_customers_that_are_missing_from_a_total_are_noticed() -> None:
    sound = report(invoice(), invoice("B", customer_id="OTHER"))
    check_identities(sound)
    for wrong in (
        replace(sound, rows=sound.rows[1:]),
        replace(sound, customers={"ACME": sound.customers["ACME"]}),
        replace(sound, customers={}),
        replace(sound, totals={}),
    ):
        with pytest.raises(TotalsDisagree):
            check_identities(wrong)


@pytest.mark.parametrize("option", [{"basis": "posted"}, {"credits": "hidden"}])
def test_an_unknown_view_is_refused(option: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(option.values()))):
        report(invoice(), **option)


def test_the_report_remembers_what_was_asked() -> None:
    built = report(invoice(), as_of="05-05", basis="issued")
    assert (built.as_of, built.basis) == (day("05-05"), "issued")
