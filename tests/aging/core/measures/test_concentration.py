"""How much hangs on a few customers."""

from hypothesis import given
from hypothesis import strategies as st

from aging.core.measures.concentration import herfindahl_index, top_share
from aging.core.measures.measured import not_available

OWED = st.lists(st.integers(1, 10**12), min_size=1, max_size=30)


def test_the_worked_concentration():
    assert top_share([200, 500, 300], top=1).value == 50
    assert top_share([200, 500, 300], top=2).value == 80
    assert herfindahl_index([200, 500, 300]).value == 3_800


def test_customers_in_credit_hide_no_concentration():
    assert top_share([500, -400, 500], top=1).value == 50
    assert herfindahl_index([500, -400, 0, 500]).value == 5_000


def test_where_nobody_owes_there_is_nothing_to_concentrate():
    for gross in ([], [0, -5]):
        assert top_share(gross, top=3) == herfindahl_index(gross) == not_available("Nothing was open.")


@given(OWED)
def test_all_customers_owe_everything_and_one_alone_owes_most_of_an_index(gross):
    assert top_share(gross, top=len(gross)).value == 100
    share = top_share(gross, top=1).value
    assert share * share <= herfindahl_index(gross).value <= 10_000
