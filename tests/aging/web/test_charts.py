import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aging.web import charts

amounts = st.lists(st.integers(0, 10**12), min_size=1, max_size=8)


@given(amounts)
def test_a_bar_fills_its_width_without_gap_or_overlap(values):
    spans = charts.stack_row(values)
    for left, right in itertools.pairwise(spans):
        assert left.x + left.width == pytest.approx(right.x, abs=0.01)
    filled = sum(span.width for span in spans)
    assert filled == pytest.approx(100 if sum(values) else 0, abs=0.01)


def test_a_small_bar_is_drawn_against_the_largest_customer():
    assert charts.stack_row((25, 25), 200) == (charts.Span(0.0, 12.5), charts.Span(12.5, 12.5))


def test_a_negative_amount_takes_no_room():
    assert [span.width for span in charts.stack_row((50, -20, 50))] == [50.0, 0.0, 50.0]


@given(st.integers(1, 10**15))
def test_the_axis_reaches_the_highest_column_in_at_most_six_steps(top):
    steps = charts.axis_steps(top)
    assert steps[0] == 0
    assert top <= steps[-1]
    assert len(steps) <= 7
    assert len({after - before for before, after in itertools.pairwise(steps)}) == 1


def test_the_axis_prefers_round_steps_with_little_room_above():
    assert charts.axis_steps(234_726_900) == tuple(range(0, 250_000_001, 50_000_000))


def test_columns_stand_on_the_base_line_and_reach_their_total():
    plot = charts.columns([(60, 40), (100, 100)], height=248)
    first, second = plot.columns
    assert plot.base == 222
    assert second.top == 22
    assert first.top == pytest.approx(122)
    assert first.blocks[0].y + first.blocks[0].height == pytest.approx(plot.base - 1)
    assert first.blocks[1].y == first.top


def test_an_empty_part_of_a_column_is_not_drawn():
    plot = charts.columns([(60, 0)], height=248)
    assert plot.columns[0].blocks[1].height == 0


def test_twelve_months_share_the_width_equally():
    plot = charts.columns([(1,)] * 12, height=248)
    assert [round(column.band.width, 2) for column in plot.columns] == [8.33] * 12
    assert plot.columns[-1].band.x + plot.columns[-1].band.width == pytest.approx(100, abs=0.01)


def test_nothing_owed_at_any_month_end_still_draws_an_axis():
    plot = charts.columns([(0, 0)] * 3, height=248)
    assert [tick.value for tick in plot.ticks] == [0, 1]


def test_a_small_line_runs_from_left_to_right_and_needs_two_points():
    assert charts.sparkline([1, 3, 2]) == "M0.0 25.0L50.0 3.0L100.0 14.0"
    assert charts.sparkline([5, 5]) == "M0.0 25.0L100.0 25.0"
    assert charts.sparkline([1]) == ""


def test_buckets_run_from_yellow_to_crimson_whatever_their_number():
    assert charts.swatches(5) == ("s1", "s3", "s5", "s7")
    assert charts.swatches(3) == ("s1", "s7")
    assert charts.swatches(2) == ("s7",)
    assert charts.swatches(1) == ()
    assert len(set(charts.swatches(8))) == 7
