"""How much is owed per currency and bucket, on a day or on many?

Read from the aging steps, whose number depends on days and not on documents: the amount at least so many days past the
basis date is a running total, and a bucket is the difference of two of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from aging.core.aging import BucketTotals
from aging.core.buckets import BucketScheme
from aging.models import AgingStep
from aging.queries import scripts
from aging.queries.settings import View

FIRST_LATE_DAY = 1


def totals_by_currency(view: View) -> dict[str, BucketTotals]:
    """Every currency with anything open, in the order of their codes. Amounts are minor units."""
    reached: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row in scripts.rows("totals", view.parameters):
        reached[row["currency"]][row["threshold"]] = int(row["amount_minor"])
    totals = {currency: _totals(reached[currency], view.scheme) for currency in sorted(reached)}
    return {currency: one for currency, one in totals.items() if any(_figures(one))}


def totals_on_days(days: Sequence[date], currency: str, view: View) -> list[BucketTotals]:
    """One currency on each of the days, which must rise. `view.as_of` does not matter."""
    found = scripts.rows("trend", {"days": list(days), "currency": currency, "basis": view.basis})
    by_day: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for row in found:
        by_day[row["day_number"]][row["threshold"]] = int(row["amount_minor"])
    running: defaultdict[int, int] = defaultdict(int)
    totals = []
    for number in range(len(days)):
        for threshold, amount in by_day[number].items():
            running[threshold] += amount
        totals.append(_totals(running, view.scheme))
    return totals


def _totals(reached: Mapping[int, int], scheme: BucketScheme) -> BucketTotals:
    """`reached` maps a threshold to what is open at least that many days past the basis date."""

    def at(threshold: int) -> int:
        return reached.get(threshold, 0)

    gross = at(AgingStep.ALL)
    bounds = [gross, *(at(lower) for lower in scheme.lowers), 0]
    buckets = {key: bounds[n] - bounds[n + 1] for n, key in enumerate(scheme.keys)}
    unapplied = at(AgingStep.CREDIT)
    past_due = at(FIRST_LATE_DAY)
    return BucketTotals(
        buckets=buckets,
        gross=gross,
        unapplied=unapplied,
        net=gross + unapplied,
        not_due=gross - past_due,
        past_due=past_due,
    )


def _figures(totals: BucketTotals) -> list[Any]:
    return [totals.gross, totals.unapplied, *totals.buckets.values()]
