"""Thinning a series to columns: no spike is lost, nothing is made up."""

from __future__ import annotations

import bisect
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_charrnn.runs.thinning import Axis, Band, extremes, lasts, outermost

ANY_FLOAT = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def series(draw: st.DrawFn) -> tuple[Axis, np.ndarray, np.ndarray]:
    """Rising iterations with gaps, values of any kind, and an axis that holds them all."""
    gaps = draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=60))
    iterations = np.cumsum(gaps) + draw(st.integers(-1, 10**6))
    values = draw(st.lists(ANY_FLOAT, min_size=len(gaps), max_size=len(gaps)))
    first = int(iterations[0]) - draw(st.integers(0, min(100, int(iterations[0]))))
    last = int(iterations[-1]) + draw(st.integers(0, 100))
    axis = Axis(first, last, draw(st.integers(1, 40)), draw(st.booleans()))
    return axis, iterations.astype(np.int64), np.array(values, np.float64)


def columns(axis: Axis, iterations: np.ndarray) -> list[int]:
    """The column of every point, found one by one."""
    edges = axis.edges().tolist()
    found = []
    for iteration in iterations.tolist():
        # a column begins at its edge; the first takes what rounding left outside
        found.append(max(0, bisect.bisect_right(edges, iteration) - 1))
    return found


@st.composite
def seconds(draw: st.DrawFn) -> tuple[Axis, np.ndarray, np.ndarray]:
    """Times that never fall but may be equal, some of them before a logarithmic axis begins."""
    gaps = draw(st.lists(st.sampled_from([0.0, 1e-4, 0.02, 1.0, 5e4]), min_size=1, max_size=60))
    x = np.cumsum(gaps) + draw(st.sampled_from([0.0, 1e-5, 3.0]))
    values = draw(st.lists(ANY_FLOAT, min_size=len(gaps), max_size=len(gaps)))
    log = draw(st.booleans())
    first = max(1e-3, float(x[0])) if log else 0.0
    last = max(first, float(x[-1])) + draw(st.sampled_from([0.01, 10.0]))
    axis = Axis(first, last, draw(st.integers(1, 40)), log, shift=0)
    return axis, x, np.array(values, np.float64)


@settings(deadline=None, max_examples=300)
@given(st.one_of(series(), seconds()))
def test_the_least_and_greatest_value_of_every_column_survive(
    given_series: tuple[Axis, np.ndarray, np.ndarray],
) -> None:
    axis, iterations, values = given_series
    expected: dict[int, list[float]] = {}
    for column, value in zip(columns(axis, iterations), values.tolist(), strict=True):
        if math.isfinite(value):
            expected.setdefault(column, []).append(value)
    band = extremes(axis, iterations, values, values)
    assert band.low.tolist() == [min(expected[column]) for column in sorted(expected)]
    assert band.high.tolist() == [max(expected[column]) for column in sorted(expected)]
    assert len(band.x) <= axis.columns
    assert (np.diff(band.x) > 0).all() or len(set(band.x)) == 1  # all before the axis
    assert axis.position(axis.first) - 1e-9 <= band.x.min(initial=math.inf)
    assert band.x.max(initial=-math.inf) <= axis.position(axis.last) + 1e-9


@settings(deadline=None, max_examples=300)
@given(st.one_of(series(), seconds()))
def test_the_last_value_of_every_column_survives(
    given_series: tuple[Axis, np.ndarray, np.ndarray],
) -> None:
    axis, iterations, values = given_series
    last: dict[int, int] = {}
    for index, column in enumerate(columns(axis, iterations)):
        last[column] = index
    kept = [i for _, i in sorted(last.items()) if math.isfinite(values[i])]
    band = lasts(axis, iterations, values)
    assert band.low.tolist() == band.high.tolist() == values[kept].tolist()
    np.testing.assert_array_equal(band.x, axis.positions(iterations[kept]))


@settings(deadline=None, max_examples=300)
@given(st.one_of(series(), seconds()))
def test_what_hides_the_rest_of_a_column_is_left(
    given_series: tuple[Axis, np.ndarray, np.ndarray],
) -> None:
    axis, x, values = given_series
    members: dict[int, list[int]] = {}
    for index, column in enumerate(columns(axis, x)):
        members.setdefault(column, []).append(index)
    left = outermost(axis, x, values)
    assert left.tolist() == sorted(set(left.tolist()))
    for column in members.values():
        kept = [index for index in column if index in left]
        assert len(kept) <= 3
        assert kept[-1] == column[-1]
        for pick in (min, max):
            assert pick(values[kept]) == pick(values[column])


@settings(deadline=None)
@given(series())
def test_columns_are_equally_wide_on_the_axis(
    given_series: tuple[Axis, np.ndarray, np.ndarray],
) -> None:
    axis = given_series[0]
    edges = [axis.position(axis.first)]
    edges += [np.log1p(edge) if axis.log else edge for edge in axis.edges().tolist()[1:]]
    width = (axis.position(axis.last) - axis.position(axis.first)) / axis.columns
    np.testing.assert_allclose(np.diff(edges), width, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("place", [0, 1, 500_000, 999_999])
def test_one_spike_in_a_million_is_seen(place: int, log: bool) -> None:
    values = np.full(10**6, 2.0)
    values[place] = 1e6
    band = extremes(Axis(0, 10**6 - 1, 100, log), np.arange(10**6), values, values)
    assert band.high.max() == 1e6
    assert (band.high == 1e6).sum() == 1
    assert set(band.low[band.high != 1e6].tolist()) == {2.0}


def test_a_million_points_are_thinned_within_a_frame() -> None:
    values = np.sin(np.arange(10**6))
    start = time.process_time()
    for _ in range(5):
        extremes(Axis(0, 10**6 - 1, 240), np.arange(10**6), values, values)
    assert (time.process_time() - start) / 5 < 0.05


def test_a_logarithmic_axis_gives_early_iterations_room() -> None:
    axis = Axis(0, 999, 3, log=True)
    np.testing.assert_allclose(axis.edges(), [0, 9, 99])
    band = lasts(axis, np.arange(1000), np.arange(1000.0))
    assert band.high.tolist() == [8, 98, 999]
    np.testing.assert_allclose(band.x, np.log([9, 99, 1000]))


def test_the_first_point_counts_even_where_its_edge_is_rounded_above_it() -> None:
    rounded_up = [n for n in range(100_000) if np.expm1(np.log1p(n)) > n]
    assert rounded_up
    for first in rounded_up[:20]:
        axis, iterations = Axis(first, first + 50, 3, log=True), np.arange(first, first + 51)
        values = np.where(iterations == first, 9.0, 1.0)
        band = extremes(axis, iterations, values, values)
        assert band.high[0] == 9.0


def test_points_lie_in_the_middle_of_what_they_stand_for() -> None:
    band = extremes(Axis(0, 9, 2), np.arange(10), np.arange(10.0), np.arange(10.0))
    np.testing.assert_array_equal(band.x, [2, 7])


def test_a_single_point_and_no_point() -> None:
    for log in (False, True):
        band = extremes(Axis(5, 5, 80, log), np.array([5]), np.array([3.0]), np.array([4.0]))
        assert (band.low.tolist(), band.high.tolist()) == ([3.0], [4.0])
        assert band.x.tolist() == [pytest.approx(math.log(6) if log else 5)]
    nothing = Axis(0, 1, 3), np.empty(0, np.int64), np.empty(0)
    empty: Band
    for empty in (extremes(*nothing, np.empty(0)), lasts(*nothing)):
        assert len(empty.x) == len(empty.low) == len(empty.high) == 0
    assert len(outermost(*nothing)) == 0


def test_a_logarithmic_axis_of_seconds_begins_where_it_says() -> None:
    axis = Axis(0.01, 100.0, 4, log=True, shift=0)
    np.testing.assert_allclose(axis.edges(), [0.01, 0.1, 1, 10])
    np.testing.assert_allclose(axis.positions(np.array([0.0, 0.01, 1.0])), np.log([0.01, 0.01, 1]))
