"""What would the report look like under other buckets or the other basis, before anybody saves them?

Computed from the balance segments, which know of no bucket: the aging steps are summed ahead for the company's own
edges alone. One pass over what is open places every document twice, as it is and as proposed.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from aging.core.buckets import BucketScheme
from aging.queries import scripts
from aging.queries.settings import Preferences

CREDIT = -1


@dataclass(frozen=True, slots=True)
class ProposedTotals:
    """One currency: open amounts in the order of the proposed buckets, and what is owed to customers (negative)."""

    currency: str
    amounts: tuple[int, ...]
    unapplied: int

    @property
    def net(self) -> int:
        return sum(self.amounts) + self.unapplied


@dataclass(frozen=True, slots=True)
class Proposal:
    """`moved` counts the open documents that would stand under another label than now, out of `documents`."""

    totals: tuple[ProposedTotals, ...]
    documents: int
    moved: int


def try_out(present: Preferences, proposed: Preferences, *, as_of: date) -> Proposal:
    parameters = {
        "as_of": as_of,
        "basis": present.basis,
        "lowers": list(present.scheme.lowers),
        "proposed_basis": proposed.basis,
        "proposed_lowers": list(proposed.scheme.lowers),
    }
    placed: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    documents = moved = 0
    for row in scripts.rows("proposed_buckets", parameters):
        placed[row["currency"]][row["proposed_bucket"]] += int(row["open_minor"])
        documents += row["documents"]
        is_same = _label(present.scheme, row["bucket"]) == _label(proposed.scheme, row["proposed_bucket"])
        moved += 0 if is_same else row["documents"]
    count = len(proposed.scheme.buckets)
    totals = (
        ProposedTotals(code, tuple(amounts[place] for place in range(count)), amounts[CREDIT])
        for code, amounts in placed.items()
    )
    return Proposal(tuple(totals), documents, moved)


def _label(scheme: BucketScheme, bucket: int) -> str:
    return "" if bucket == CREDIT else scheme.buckets[bucket].label
