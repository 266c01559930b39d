"""Which thresholds of days past due are summed ahead? One day late, and the first day of every bucket but the first."""

from collections.abc import Iterable

from aging.core.buckets import BucketScheme

FIRST_LATE_DAY = 1


def thresholds(edges: Iterable[int]) -> list[int]:
    return sorted({FIRST_LATE_DAY, *BucketScheme.from_edges(edges).lowers})
