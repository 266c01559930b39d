"""R11: instalments are aged one by one; reductions fill the earliest due first."""

from datetime import date

import pytest

from aging.core.aging import Basis
from aging.core.buckets import SPLIT
from aging.core.instalments import Instalment, split_by_schedule
from tests.aging.core.builders import claim, invoice, invoice_key, payment, report

THIRTY_FIFTY_TWENTY = [
    Instalment(date(2025, 6, 29), 2_000),
    Instalment(date(2025, 4, 30), 3_000),
    Instalment(date(2025, 5, 30), 5_000),
]


@pytest.mark.parametrize(
    ("open_minor", "parts"),
    [
        (10_000, [3_000, 5_000, 2_000]),
        (6_000, [0, 4_000, 2_000]),
        (1_500, [0, 0, 1_500]),
        (0, [0, 0, 0]),
        (10_700, [3_700, 5_000, 2_000]),
    ],
)
def test_r11_reductions_fill_the_earliest_due_first(open_minor: int, parts: list[int]) -> None:
    split = split_by_schedule(open_minor, THIRTY_FIFTY_TWENTY)
    assert [left for _, left in split] == parts
    assert [instalment.due_date.month for instalment, _ in split] == [4, 5, 6]


def test_r11_an_invoice_without_instalments_is_not_split() -> None:
    assert split_by_schedule(100, []) == ()


def test_r11_each_instalment_ages_by_its_own_due_date() -> None:
    schedules = {invoice_key("A"): THIRTY_FIFTY_TWENTY}
    parts = invoice(total=10_000), payment(total=4_000), claim(amount=4_000)

    (row,) = report(*parts, as_of="06-30", schedules=schedules).rows
    totals = report(*parts, as_of="06-30", schedules=schedules).totals["USD"]

    assert (row.outstanding_minor, row.days_past_due, row.bucket) == (6_000, 31, SPLIT)
    assert [(part.outstanding_minor, part.days_past_due, part.bucket) for part in row.parts] == [
        (0, 61, None),
        (4_000, 31, "31-60"),
        (2_000, 1, "current"),
    ]
    assert (totals.buckets["current"], totals.buckets["31-60"], totals.past_due) == (2_000, 4_000, 6_000)


def test_r11_by_issue_date_an_invoice_has_one_age_whatever_its_instalments() -> None:
    schedules = {invoice_key("A"): THIRTY_FIFTY_TWENTY}
    (row,) = report(invoice(issued="05-01"), schedules=schedules, basis=Basis.ISSUED).rows
    assert (row.days_past_due, row.bucket) == (60, "31-60")
