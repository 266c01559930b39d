"""An address says which report is meant, says nothing that goes without saying, and never fails."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aging.core.buckets import DEFAULT_SCHEME
from aging.queries.settings import Preferences
from aging.web.building.matrix import orders
from aging.web.state import month_end_after, month_end_before, read_state

TODAY = date(2026, 11, 22)
PREFERENCES = Preferences(DEFAULT_SCHEME, "due")
KEYS = ("as_of", "ccy", "basis", "bucket", "customer", "status", "tab", "code", "settled", "q", "sort", "page", "per")
SPECIAL = ("\0", "\ud800", "9" * 400, "-1", "NaN", "٣", "2026-02-30", "0001-01-01", "9999-12-31", "b9", "usd; drop", "")


def read(**given):
    return read_state(given, today=TODAY, preferences=PREFERENCES, orders=orders(5))


@given(st.dictionaries(st.sampled_from(KEYS), st.one_of(st.text(), st.sampled_from(SPECIAL)), min_size=1))
def test_whatever_an_address_says_it_is_read_and_can_be_linked_to(given):
    state = read(**given)
    again = read(
        **{key: values[0] for key, values in parse_qs(urlsplit(state.url("/", page=state.page)).query).items()}
    )
    assert again == state


@pytest.mark.parametrize(
    ("given", "field", "default"),
    [
        ({"as_of": "2026-02-30"}, "as_of", TODAY),
        ({"as_of": "1899-12-31"}, "as_of", TODAY),
        ({"as_of": "tomorrow"}, "as_of", TODAY),
        ({"basis": "paid"}, "basis", "due"),
        ({"bucket": "5"}, "bucket", ""),
        ({"bucket": "-1"}, "bucket", ""),
        ({"sort": "b5"}, "sort", ""),
        ({"sort": "name; DROP TABLE"}, "sort", ""),
        ({"page": "0"}, "page", 1),
        ({"page": "1e3"}, "page", 1),
        ({"per": "5000"}, "size", 50),
        ({"customer": "9" * 30}, "customer", None),
        ({"ccy": "DOLLAR"}, "currency", ""),
    ],
)
def test_what_cannot_be_understood_is_as_if_it_were_not_said(given, field, default):
    state = read(**given)
    assert getattr(state, field) == default
    assert state.url("/") == "/"


def test_what_goes_without_saying_is_not_said():
    state = read(as_of="2026-11-22", basis="due", page="1", per="50", status="open", sort="-overdue")
    assert state.url("/") == "/"


def test_a_link_changes_one_thing_and_begins_at_the_first_page():
    state = read(as_of="2026-10-31", ccy="eur", bucket="2", q=" acme ", sort="-total", page="4", per="all")
    assert state.bucket == "61-90"
    expected = "/?as_of=2026-10-31&ccy=EUR&bucket=3&q=acme&sort=-total&per=all"
    assert state.url("/", bucket="91-120") == expected


def test_another_page_is_seen_on_the_same_day_and_basis_only():
    state = read(as_of="2026-10-31", basis="issue", q="acme", sort="-total", page="4")
    assert state.elsewhere("/invoices", bucket="unapplied") == "/invoices?as_of=2026-10-31&basis=issue&bucket=unapplied"


def test_months_are_stepped_by_their_ends():
    assert month_end_before(TODAY) == date(2026, 10, 31)
    assert month_end_before(date(2026, 10, 31)) == date(2026, 9, 30)
    assert month_end_after(TODAY) == date(2026, 11, 30)
    assert month_end_after(date(2026, 11, 30)) == date(2026, 12, 31)


def test_steps_stay_within_the_days_that_can_be_asked_for():
    assert month_end_before(date(1900, 1, 31)) == date(1900, 1, 31)
    assert month_end_after(date(2200, 12, 31)) == date(2200, 12, 31)
