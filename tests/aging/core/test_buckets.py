"""R6: every number of days falls in exactly one bucket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aging.core.buckets import DEFAULT_EDGES, DEFAULT_SCHEME, BadEdges, BucketScheme


@pytest.mark.parametrize(
    ("days", "key"),
    [
        (-400, "current"),
        (0, "current"),
        (1, "current"),
        (30, "current"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-120"),
        (120, "91-120"),
        (121, "120+"),
        (4000, "120+"),
    ],
)
def test_r6_the_default_buckets_begin_and_end_on_the_agreed_days(days: int, key: str) -> None:
    assert DEFAULT_SCHEME.bucket_for(days).key == key


def test_r6_the_default_scheme_is_what_its_edges_give() -> None:
    assert BucketScheme.from_edges(DEFAULT_EDGES) == DEFAULT_SCHEME
    assert DEFAULT_SCHEME.lowers == (31, 61, 91, 121)
    assert DEFAULT_SCHEME.edges == (30, 60, 90, 120)


def test_r6_a_tenants_own_edges_name_their_buckets() -> None:
    scheme = BucketScheme.from_edges((15, 30, 60))
    assert scheme.keys == ("0-15", "16-30", "31-60", "61+")
    assert [bucket.label for bucket in scheme.buckets] == ["0–15", "16–30", "31–60", "61+"]
    assert [(bucket.lower, bucket.upper) for bucket in scheme.buckets] == [
        (None, 15),
        (16, 30),
        (31, 60),
        (61, None),
    ]


@pytest.mark.parametrize("edges", [(), (30,), (0, 30), (-5, 30), (30, 30), (60, 30), tuple(range(1, 10)), (30, 3651)])
def test_r6_edges_that_would_leave_gaps_or_overlap_are_refused(edges: tuple[int, ...]) -> None:
    with pytest.raises(BadEdges):
        BucketScheme.from_edges(edges)


@given(st.sets(st.integers(1, 400), min_size=2, max_size=8), st.integers(-1000, 1000))
def test_r6_any_day_falls_in_exactly_one_bucket_of_any_scheme(edges: set[int], days: int) -> None:
    scheme = BucketScheme.from_edges(sorted(edges))
    holding = [
        bucket
        for bucket in scheme.buckets
        if (bucket.lower is None or bucket.lower <= days) and (bucket.upper is None or days <= bucket.upper)
    ]
    assert holding == [scheme.bucket_for(days)]
    assert len(set(scheme.keys)) == len(edges) + 1
