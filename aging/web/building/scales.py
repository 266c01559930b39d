"""Which colour and which words belong to an age? The same on bars, tiles, rows and exports, from the company's
scheme.
"""

from aging.core.aging import BucketTotals
from aging.core.buckets import UNAPPLIED
from aging.queries.settings import View
from aging.web import charts
from aging.web.pages.common import LegendEntry

UNAPPLIED_LABEL = "Unapplied"
BASIS_WORDS = {"due": "due date", "issued": "issue date"}


def legend(view: View) -> tuple[LegendEntry, ...]:
    """The first bucket in its two shades (R8), then the others."""
    first, *others = view.scheme.buckets
    shades = (
        ("Not due", f"1–{first.upper} late") if view.basis == "due" else ("Issued that day", f"1–{first.upper} days")
    )
    severities = charts.swatches(len(view.scheme.buckets))
    return (
        LegendEntry("notdue", shades[0]),
        LegendEntry("late", shades[1]),
        *(LegendEntry(swatch, bucket.label) for swatch, bucket in zip(severities, others, strict=True)),
    )


def bar(totals: BucketTotals) -> tuple[int, ...]:
    """The amounts in the legend's order; they add up to gross."""
    current, *others = totals.buckets.values()
    return (totals.not_due, current - totals.not_due, *others)


def label_of(view: View, bucket: str) -> str:
    if bucket == UNAPPLIED:
        return UNAPPLIED_LABEL
    return next((one.label for one in view.scheme.buckets if one.key == bucket), "")


def swatch_of(view: View, bucket: str, days: int | None) -> str:
    """Empty for what does not age."""
    if bucket not in view.scheme.keys or days is None:
        return ""
    place = view.scheme.keys.index(bucket)
    if place == 0:
        return "late" if days >= 1 else "notdue"
    return charts.swatches(len(view.scheme.keys))[place - 1]


def swatch_of_days(view: View, days: int) -> str:
    return swatch_of(view, view.scheme.bucket_for(days).key, days)


def tile_swatch(view: View, place: int) -> str:
    return "current" if place == 0 else charts.swatches(len(view.scheme.keys))[place - 1]


def range_words(view: View, place: int) -> str:
    """A bucket's range in a sentence of its own, for titles."""
    bucket = view.scheme.buckets[place]
    since = "past due" if view.basis == "due" else "since issue"
    if bucket.lower is None:
        return (
            f"Not due, and up to {bucket.upper} days {since}"
            if view.basis == "due"
            else f"Up to {bucket.upper} days {since}"
        )
    if bucket.upper is None:
        return f"{bucket.lower} days {since} and more"
    return f"{bucket.lower} to {bucket.upper} days {since}"
