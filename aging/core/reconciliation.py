"""Why does our total differ from the one that the accounting system reports itself, document by document (R12)?

Every document that is open here, or listed there, with another amount is a difference with one cause. What no document
explains is a line of its own: amounts that the report adds up to and does not list, or lists without saying for which
document. Explained and unexplained add up to the difference exactly, so that neither can hide in the other. Two
differences that cancel leave the totals equal and are listed all the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """In the order in which they are shown."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    DIFFERENT = "different"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Compared:
    """One document on both sides, minor units, credits negative. None: not open here, not listed there.

    `is_held` when our ledger has the document at all, `is_excluded` when a rule keeps it out of every figure.
    """

    source_id: str
    ours_minor: int | None
    theirs_minor: int | None
    is_held: bool
    is_excluded: bool = False

    @property
    def difference_minor(self) -> int:
        return (self.ours_minor or 0) - (self.theirs_minor or 0)


@dataclass(frozen=True, slots=True)
class Explanation:
    """`differences` holds what differs, each with its cause; `explained_minor` is their sum."""

    difference_minor: int
    explained_minor: int
    differences: tuple[tuple[Cause, Compared], ...]

    @property
    def unexplained_minor(self) -> int:
        return self.difference_minor - self.explained_minor


def explain(compared: Iterable[Compared], *, ours_minor: int, reported_minor: int) -> Explanation:
    """`ours_minor` and `reported_minor` are the totals of one currency on the compared day."""
    differing = [(_cause(one), one) for one in compared if one.difference_minor]
    order = list(Cause)
    differing.sort(key=lambda pair: (order.index(pair[0]), -abs(pair[1].difference_minor), pair[1].source_id))
    return Explanation(
        difference_minor=ours_minor - reported_minor,
        explained_minor=sum(one.difference_minor for _, one in differing),
        differences=tuple(differing),
    )


def _cause(one: Compared) -> Cause:
    if one.theirs_minor is None:
        return Cause.MISSING_THERE
    if not one.is_held:
        return Cause.MISSING_HERE
    return Cause.EXCLUDED if one.is_excluded else Cause.DIFFERENT
