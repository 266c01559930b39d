"""Where does each mark of a chart go? Numbers in, percentages and pixels out; the markup is in the
templates.

Charts are inline SVG: horizontal places are percentages and vertical ones pixels, so a chart fills any
width without its text being scaled, and colours come from the style sheet. A charting library was refused:
under a policy that allows no inline style and no eval most of them stop working, and these few shapes are
shorter than the configuration of one. Wanting a chart one can zoom or brush would reopen that.

Money is turned into a float here and nowhere else, for a place on the screen and never for a figure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

SEVERITIES = 7
SWATCHES = ("notdue", "late", *(f"s{step}" for step in range(1, SEVERITIES + 1)))
_NICE_STEPS = (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5)
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Span:
    """A horizontal piece in percent of the width."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Block:
    """A vertical piece of a column in pixels from the top."""

    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """`band` is the whole clickable strip, `bar` the drawn part of it, `top` the upper end of the stack."""

    band: Span
    bar: Span
    centre: float
    blocks: tuple[Block, ...]
    top: float


@dataclass(frozen=True, slots=True)
class Tick:
    value: int
    y: float


@dataclass(frozen=True, slots=True)
class Plot:
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    base: float


def swatches(bucket_count: int) -> tuple[str, ...]:
    """The colour of each bucket after Current, spread evenly from yellow to crimson."""
    late_buckets = bucket_count - 1
    if late_buckets == 1:
        return (f"s{SEVERITIES}",)
    spread = (SEVERITIES - 1) / (late_buckets - 1) if late_buckets else 0
    return tuple(f"s{1 + round(index * spread)}" for index in range(late_buckets))


def stack_row(values: Sequence[int], whole: int | None = None) -> tuple[Span, ...]:
    """The values side by side, filling the width, or their part of `whole`. Negative ones take no room."""
    drawn = [max(value, 0) for value in values]
    full = (sum(drawn) if whole is None else whole) or 1
    spans, start = [], 0
    for value in drawn:
        spans.append(Span(round(100 * start / full, 3), round(100 * value / full, 3)))
        start += value
    return tuple(spans)


def axis_steps(top: int) -> tuple[int, ...]:
    """Round steps from zero to at least `top`: three to six of them, with the least room left above."""
    if top <= 0:
        return (0, 1)
    magnitude = 10 ** floor(log10(top))
    choices = []
    for factor in _NICE_STEPS:
        step = factor * magnitude
        count = ceil(top / step - _SLACK)
        if step >= 1 and step == int(step) and 3 <= count <= 6:
            choices.append((step * count, count, int(step)))
    if not choices:
        return tuple(range(top + 1))
    _, count, step = min(choices)
    return tuple(step * index for index in range(count + 1))


def columns(
    series: Sequence[Sequence[int]], *, height: int, above: int = 22, below: int = 26, gap: float = 0.34
) -> Plot:
    """Stacked columns, the first value of each at the bottom; `gap` is the empty share of a column's band."""
    steps = axis_steps(max((sum(values) for values in series), default=0))
    room = height - above - below

    def place(value: int) -> float:
        return round(above + room * (1 - value / steps[-1]), 2)

    band = 100 / len(series) if series else 100.0
    return Plot(
        columns=tuple(_column(values, index, band, gap, place) for index, values in enumerate(series)),
        ticks=tuple(Tick(value, place(value)) for value in steps),
        base=place(0),
    )


def _column(values: Sequence[int], index: int, band: float, gap: float, place: Callable[[int], float]) -> Column:
    blocks, total = [], 0
    for value in values:
        upper = place(total + value)
        # One pixel of background between neighbours keeps pale colours apart without a stroke.
        blocks.append(Block(upper, round(max(place(total) - upper - 1, 0), 2) if value else 0.0))
        total += value
    return Column(
        band=Span(round(band * index, 3), round(band, 3)),
        bar=Span(round(band * index + band * gap / 2, 3), round(band * (1 - gap), 3)),
        centre=round(band * (index + 0.5), 3),
        blocks=tuple(blocks),
        top=place(total),
    )


def sparkline(values: Sequence[float], *, width: int = 100, height: int = 28, margin: int = 3) -> str:
    """The path of a small line through the values, from the lowest to the highest of them."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    extent = (high - low) or 1
    room = height - 2 * margin
    points = (
        (index * width / (len(values) - 1), margin + room * (1 - (value - low) / extent))
        for index, value in enumerate(values)
    )
    return "M" + "L".join(f"{round(x, 2)} {round(y, 2)}" for x, y in points)
