"""The worked cases, figure by figure."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from aging.core.groups import roll_up
from aging.core.records import DocumentKind
from aging.core.reporting import RateTable, convert_report
from tests.aging.core.cases import CASES, Case, age_case, expected_totals, read_case, told_row, told_totals


def named(case: Case) -> str:
    return str(case["id"])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_figure_of_a_worked_case_is_reproduced(case: Case) -> None:
    report, expected = age_case(case), case["expected"]
    cash = {row.document.source_id: row for row in report.rows if row.document.kind is DocumentKind.PAYMENT}
    documents = {
        row.document.source_id: told_row(row, row.document.currency)
        for row in report.rows
        if row.document.kind is not DocumentKind.PAYMENT
    }

    listed = {id_: row for id_, row in expected["per_invoice"].items() if row["bucket"] is not None}
    assert documents == listed
    assert told_totals(report.totals) == expected_totals(expected["totals"])
    assert {customer: told_totals(held) for customer, held in report.customers.items()} == {
        customer: expected_totals(held) for customer, held in expected["per_customer"].items()
    }
    if "unapplied_payments" in expected:
        outstanding = {id_: told_row(row, row.document.currency)["outstanding"] for id_, row in cash.items()}
        assert outstanding == expected["unapplied_payments"]


def with_expected(name: str) -> list[Any]:
    """The cases that state this figure; the file losing them all would be an error, not a skip."""
    stated = [case for case in CASES if name in case["expected"]]
    assert stated
    return [pytest.param(case, id=named(case)) for case in stated]


@pytest.mark.parametrize("case", with_expected("totals_base"))
def test_r9_each_document_is_converted_and_rounded_once(case: Case) -> None:
    options = case["options"]
    rates = {currency: Decimal(rate) for currency, rate in options["rates"].items()}
    table = RateTable(options["base_currency"], rates, date(2025, 6, 30), "the case file")

    view = convert_report(age_case(case), table)

    assert not view.unconverted
    assert told_totals({options["base_currency"]: view.totals}) == expected_totals(case["expected"]["totals_base"])


@pytest.mark.parametrize("case", with_expected("rollup"))
def test_a_group_owes_what_its_companies_owe(case: Case) -> None:
    groups = roll_up(age_case(case), read_case(case).customers)

    assert {top: told_totals(held) for top, held in groups.items()} == {
        top: expected_totals(held) for top, held in case["expected"]["rollup"].items()
    }


def test_all_the_worked_cases_are_here() -> None:
    assert len(CASES) == len({case["id"] for case in CASES}) == 32
