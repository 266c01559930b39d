"""Which bucket does a number of days past due fall in?

A scheme is a handful of edges: each is the last day of its bucket, the next bucket starts the day after,
the first takes everything earlier and the last everything later. No day can fall between two buckets or
into both (R6), because a boundary is written down once. Day 30 is the one that others get wrong; here it
is current.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

DEFAULT_EDGES = (30, 60, 90, 120)
FEWEST_EDGES, MOST_EDGES = 2, 8
LATEST_EDGE = 3650  # ten years; days past due are kept as small integers
UNAPPLIED = "unapplied"
SPLIT = "split"


class BadEdges(ValueError):
    """Edges are two to eight whole numbers of days from 1 to 3650, each larger than the one before.

    The text is a sentence for whoever typed them.
    """


@dataclass(frozen=True, slots=True)
class Bucket:
    """A closed range of days past due; None is without end."""

    key: str
    label: str
    lower: int | None
    upper: int | None


@dataclass(frozen=True)
class BucketScheme:
    buckets: tuple[Bucket, ...]

    @classmethod
    def from_edges(cls, edges: Iterable[int]) -> "BucketScheme":
        """The scheme of a tenant's own edges: 15, 30, 60 gives 0-15, 16-30, 31-60 and 61+ (R6)."""
        bounds = tuple(edges)
        _require_edges(bounds)
        middle = [_between(before + 1, edge) for before, edge in pairwise(bounds)]
        return cls((_first(bounds), *middle, _last(bounds)))

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """The last day of every bucket but the last."""
        return tuple(bucket.upper for bucket in self.buckets if bucket.upper is not None)

    @cached_property
    def lowers(self) -> tuple[int, ...]:
        """The first day of every bucket but the first: the thresholds an open amount crosses as it ages."""
        return tuple(bucket.lower for bucket in self.buckets if bucket.lower is not None)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return tuple(bucket.key for bucket in self.buckets)

    def bucket_for(self, days_past_due: int) -> Bucket:
        return self.buckets[bisect_left(self.edges, days_past_due)]


def _require_edges(edges: tuple[int, ...]) -> None:
    if not FEWEST_EDGES <= len(edges) <= MOST_EDGES:
        raise BadEdges(f"Give {FEWEST_EDGES} to {MOST_EDGES} days, not {len(edges)}.")
    if edges[0] < 1 or any(later <= earlier for earlier, later in pairwise(edges)):
        raise BadEdges(f"The days have to rise, from 1 upwards; these do not: {', '.join(map(str, edges))}.")
    if edges[-1] > LATEST_EDGE:
        raise BadEdges(f"The last day can be {LATEST_EDGE} at most, not {edges[-1]}.")


def _first(edges: tuple[int, ...]) -> Bucket:
    if edges == DEFAULT_EDGES:
        return Bucket("current", "Current", None, edges[0])
    return Bucket(f"0-{edges[0]}", f"0–{edges[0]}", None, edges[0])


def _between(lower: int, upper: int) -> Bucket:
    return Bucket(f"{lower}-{upper}", f"{lower}–{upper}", lower, upper)


def _last(edges: tuple[int, ...]) -> Bucket:
    # The default's last bucket is called 120+ by everyone who reads it, although it starts on day 121.
    name = "120+" if edges == DEFAULT_EDGES else f"{edges[-1] + 1}+"
    return Bucket(name, name, edges[-1] + 1, None)


DEFAULT_SCHEME = BucketScheme.from_edges(DEFAULT_EDGES)
