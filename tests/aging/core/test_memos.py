"""S1: a credit memo counts once, even when a source shows it in both places."""

import pytest

from aging.core.records import Door
from tests.aging.core.builders import claim, codes, invoice, ledger, memo, open_minor


def applied(memo_id: str, amount: int = 5_000, target: str = "A"):
    return claim(memo_id, target=target, amount=amount, door=Door.CREDIT_APPLICATIONS)


def credit_of(*parts) -> int:
    built = ledger(*parts)
    return sum(entry.amount_minor for group in built.entries.values() for entry in group)


def test_s1_a_memo_under_one_id_in_two_places_counts_once() -> None:
    built = ledger(memo("K", number="CN-1"), memo("K", number="CN-1", updated="05-01"))
    assert open_minor(built, "K") == -8_000
    assert codes(built) == {"memo_seen_twice": ["K"]}


def test_s1_a_memo_with_the_same_number_customer_amount_and_date_counts_once() -> None:
    built = ledger(memo("K2", number="CN-1"), memo("K1", number="CN-1"))
    assert [key.source_id for key in built.documents] == ["K1"]
    assert codes(built) == {"memo_seen_twice": ["K2"]}


@pytest.mark.parametrize(
    "other",
    [
        {"number": "CN-2"},
        {"number": "CN-1", "total": 7_999},
        {"number": "CN-1", "issued": "04-02"},
        {"number": "CN-1", "customer_id": "OTHER"},
        {"number": "CN-1", "currency": "EUR"},
    ],
)
def test_s1_memos_that_differ_in_any_of_these_are_two(other: dict) -> None:
    assert len(ledger(memo("K1", number="CN-1"), memo("K2", **other)).documents) == 2


def test_s1_memos_without_a_number_are_two() -> None:
    assert credit_of(memo("K1"), memo("K2")) == -16_000


def test_s1_a_void_memo_does_not_swallow_its_reissue() -> None:
    void = memo("K1", number="CN-1", counts=False, status="VOIDED")
    assert credit_of(void, memo("K2", number="CN-1")) == -8_000


def test_s1_the_place_that_states_a_balance_is_kept() -> None:
    twins = memo("K1", number="CN-1"), memo("K2", number="CN-1", balance_minor=3_000)
    assert credit_of(*twins) == credit_of(*reversed(twins)) == -3_000


def test_s1_of_one_memo_the_latest_statement_is_kept() -> None:
    statements = memo("K", updated="05-01", total=9_000), memo("K", updated="04-02")
    assert credit_of(*statements) == credit_of(*reversed(statements)) == -9_000


@pytest.mark.parametrize("speaking", [("K1",), ("K2",), ("K1", "K2")])
def test_s1_applications_of_both_twins_count_once(speaking: tuple[str, ...]) -> None:
    twins = memo("K1", number="CN-1"), memo("K2", number="CN-1")
    built = ledger(invoice(), *twins, *map(applied, speaking))
    assert (open_minor(built, "A"), open_minor(built, "K1")) == (5_000, -3_000)


def test_s1_the_applications_of_the_kept_twin_are_taken() -> None:
    twins = memo("K1", number="CN-1"), memo("K2", number="CN-1", balance_minor=3_000)
    built = ledger(invoice(), *twins, applied("K1", 5_000), applied("K2", 4_000))
    assert open_minor(built, "A") == 6_000


def test_s1_a_memo_that_is_void_in_one_of_its_places_is_void() -> None:
    places = memo("K"), memo("K", counts=False, status="VOIDED")
    assert credit_of(*places) == credit_of(*reversed(places)) == 0


def test_s1_other_memos_keep_their_applications() -> None:
    twins = memo("K1", number="CN-1"), memo("K2", number="CN-1")
    built = ledger(invoice(), *twins, memo("K3", number="CN-3"), applied("K2", 1_000), applied("K3", 2_000))
    assert open_minor(built, "A") == 7_000
