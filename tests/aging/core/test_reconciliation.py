"""R12: a difference from the source's own total is explained by documents, and the rest is said to be unexplained."""

from hypothesis import given
from hypothesis import strategies as st

from aging.core.reconciliation import Cause, Compared, explain

AMOUNTS = st.integers(-(10**12), 10**12)
LEDGERS = st.dictionaries(st.sampled_from([f"d{number}" for number in range(12)]), AMOUNTS.filter(bool))


def compared(ours: dict[str, int], theirs: dict[str, int]) -> list[Compared]:
    return [Compared(key, ours.get(key), theirs.get(key), is_held=key in ours) for key in {*ours, *theirs}]


@given(LEDGERS, LEDGERS, st.integers(-(10**6), 10**6))
def test_r12_explained_and_unexplained_are_the_difference_to_the_minor_unit(
    ours: dict[str, int], theirs: dict[str, int], not_listed: int
) -> None:
    """What the source adds up to without listing it is exactly what stays unexplained."""
    reported = sum(theirs.values()) + not_listed
    found = explain(compared(ours, theirs), ours_minor=sum(ours.values()), reported_minor=reported)
    assert found.explained_minor + found.unexplained_minor == sum(ours.values()) - reported
    assert found.unexplained_minor == -not_listed
    assert {one.source_id for _, one in found.differences} == {
        key for key in {*ours, *theirs} if ours.get(key, 0) != theirs.get(key, 0)
    }


def test_r12_each_difference_has_the_cause_that_a_bookkeeper_would_name() -> None:
    found = explain(
        [
            Compared("same", 500, 500, is_held=True),
            Compared("changed", 400, 900, is_held=True),
            Compared("settled here", None, 70, is_held=True),
            Compared("void", None, 30, is_held=True, is_excluded=True),
            Compared("unknown", None, 20, is_held=False),
            Compared("unlisted", 10, None, is_held=True),
        ],
        ours_minor=910,
        reported_minor=1520,
    )
    assert [(cause, one.source_id) for cause, one in found.differences] == [
        (Cause.MISSING_HERE, "unknown"),
        (Cause.MISSING_THERE, "unlisted"),
        (Cause.DIFFERENT, "changed"),
        (Cause.DIFFERENT, "settled here"),
        (Cause.EXCLUDED, "void"),
    ]
    assert (found.difference_minor, found.explained_minor, found.unexplained_minor) == (-610, -610, 0)


def test_r12_two_differences_that_cancel_are_still_listed() -> None:
    pair = [Compared("a", 5, 7, is_held=True), Compared("b", 7, 5, is_held=True)]
    found = explain(pair, ours_minor=12, reported_minor=12)
    assert (found.difference_minor, len(found.differences)) == (0, 2)
