"""What the organization and its terms say about documents that leave things unsaid."""

import json
from typing import Any

import pytest

from aging.unified.decoding import decode_page
from aging.unified.objects import BY_NAME
from aging.unified.payloads import Organization, PaymentTerm
from aging.unified.reference import base_currency, days_by_term


def organizations(*records: dict[str, Any]) -> list[Organization]:
    rows = decode_page(json.dumps(list(records)).encode(), BY_NAME["organization"])
    return [row for row in rows if isinstance(row, Organization)]


def days_of(**record: Any) -> int | None:
    (term,) = decode_page(json.dumps([{"id": "t"} | record]).encode(), BY_NAME["paymentterm"])
    assert isinstance(term, PaymentTerm)
    return days_by_term([term]).get("t")


def test_s7_the_base_currency_is_the_one_that_all_organizations_name() -> None:
    assert base_currency(organizations({"id": "a", "currency": "eur"}, {"id": "b"})) == "EUR"


def test_s7_books_in_several_currencies_have_no_base_currency_to_fall_back_on() -> None:
    assert base_currency(organizations({"id": "a", "currency": "EUR"}, {"id": "b", "currency": "USD"})) is None
    assert base_currency(organizations({"id": "a"})) is None
    assert base_currency(organizations({"id": "a", "currency": "dollars"})) is None


def test_s7_an_elimination_entity_does_not_decide_the_currency() -> None:
    eliminated = {"id": "b", "currency": "USD", "is_elimination": True}
    assert base_currency(organizations({"id": "a", "currency": "EUR"}, eliminated)) == "EUR"


@pytest.mark.parametrize(
    ("term", "days"),
    [
        ({"due_days": 45}, 45),
        ({"due_days": 0}, 0),
        ({"due_days": 30.0, "type": "NET_7"}, 30),
        ({"type": "NET_15"}, 15),
        ({"type": "ON_RECEIPT"}, 0),
        ({"type": "OTHER"}, None),
        ({"due_days": 14.5}, None),
        ({"due_days": -3}, None),
        ({"due_days": 1e9}, None),
        ({"category": "DATE_DRIVEN", "due_days": 10, "day_of_month_due": 15}, None),
        ({}, None),
    ],
)
def test_s3_terms_are_days_where_they_say_days(term: dict[str, Any], days: int | None) -> None:
    assert days_of(**term) == days
