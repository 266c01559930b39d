"""What a group of companies owes together."""

import pytest

from aging.core.groups import roll_up, topmost
from aging.core.records import Customer
from tests.aging.core.builders import invoice, report


def test_a_group_is_everybody_under_the_same_topmost_customer() -> None:
    customers = [
        Customer(*names, parent_id=parent)
        for *names, parent in [("TOP", "", ""), ("MID", "", "TOP"), ("LEAF", "", "MID"), ("ALONE", "", "")]
    ]
    owed = [
        invoice("A", 100, customer_id="TOP"),
        invoice("B", 20, customer_id="LEAF"),
        invoice("C", 3, customer_id="ALONE"),
        invoice("D", 7, customer_id="LEAF", currency="EUR"),
    ]
    groups = roll_up(report(*owed), customers)
    assert {(top, cur): total.net for top, held in groups.items() for cur, total in held.items()} == {
        ("TOP", "USD"): 120,
        ("TOP", "EUR"): 7,
        ("ALONE", "USD"): 3,
    }


@pytest.mark.parametrize(
    ("customer", "top"),
    [
        ("A", "A"),
        ("B", "A"),
        ("X", "X"),
        ("Y", "X"),
        ("AA", "X"),
        ("SELF", "SELF"),
        ("LOST", "LOST"),
        ("UNKNOWN", "UNKNOWN"),
    ],
)
def test_circles_and_lost_parents_leave_nobody_out(customer: str, top: str) -> None:
    parents = {"A": "", "B": "A", "X": "Y", "Y": "X", "AA": "Y", "SELF": "SELF", "LOST": "GONE"}
    assert topmost(customer, parents) == top
