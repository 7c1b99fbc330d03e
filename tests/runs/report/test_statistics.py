"""Means, spreads, intervals and interpolation, against cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tui_charrnn.runs.report.statistics import (
    T_QUANTILES,
    Summary,
    difference,
    first_below,
    first_reached,
    round_levels,
    round_step,
    t_quantile,
    value_at,
)


def test_mean_and_deviation_divide_by_n_and_by_n_minus_one() -> None:
    summary = Summary((1.0, 2.0, 6.0))
    assert summary.mean == 3
    assert summary.deviation == pytest.approx(math.sqrt((4 + 1 + 9) / 2))
    assert Summary((2.5,)).deviation is None


@pytest.mark.parametrize("freedom", range(1, len(T_QUANTILES) + 1))
def test_quantiles_leave_two_and_a_half_per_cent_above(freedom) -> None:
    """The density of Student's t, summed up from 0 to the quantile, is 0.475."""
    x = np.linspace(0, T_QUANTILES[freedom - 1], 200_001)
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    density = scale / math.sqrt(freedom * math.pi) * (1 + x**2 / freedom) ** (-(freedom + 1) / 2)
    assert np.trapezoid(density, x) == pytest.approx(0.475, abs=3e-5)


def test_quantile_rounds_freedom_down_and_stays_within_the_table() -> None:
    assert t_quantile(3.99) == t_quantile(3) == 3.182
    assert t_quantile(4 - 1e-12) == 2.776
    assert t_quantile(1e9) == t_quantile(30) == 2.042


def test_welch_interval_by_hand() -> None:
    """Equal variances 1 and n 3: se = sqrt(2/3), 4 degrees of freedom, t 2.776."""
    found = difference(Summary((1.0, 2.0, 3.0)), Summary((4.0, 5.0, 6.0)))
    assert found.mean == -3
    assert found.half_width == pytest.approx(2.776 * math.sqrt(2 / 3))
    assert found.beyond_spread is True
    assert difference(Summary((1.0, 2.0, 3.0)), Summary((2.0, 3.0, 4.0))).beyond_spread is False


def test_welch_freedom_of_unequal_spreads_by_hand() -> None:
    """Variances 8 and 0.02 of n 2: the wider group alone counts, 1 degree of freedom."""
    found = difference(Summary((0.0, 4.0)), Summary((10.0, 10.2)))
    assert found.half_width == pytest.approx(12.706 * math.sqrt(8 / 2 + 0.02 / 2))
    assert found.beyond_spread is False


def test_one_seed_has_no_interval_and_equal_seeds_an_empty_one() -> None:
    assert difference(Summary((1.0,)), Summary((2.0, 3.0))).beyond_spread is None
    same = difference(Summary((1.0, 1.0)), Summary((1.0, 1.0)))
    assert (same.mean, same.half_width, same.beyond_spread) == (0, 0, False)


def test_value_between_points_and_none_outside() -> None:
    x, y = np.array([1.0, 3.0]), np.array([10.0, 20.0])
    assert value_at(x, y, 1.5) == 12.5
    assert value_at(x, y, 3.0) == 20
    assert value_at(x, y, 0.9) is None
    assert value_at(x, y, 3.1) is None
    assert value_at(x[:0], y[:0], 1.0) is None


def test_first_place_at_or_below_a_level() -> None:
    x, y = np.array([100.0, 200.0, 300.0, 400.0]), np.array([3.0, 2.0, 2.5, 1.0])
    assert first_reached(x, y, 2.0) == 200
    assert first_reached(x, y, 1.5) == 400
    assert first_reached(x, y, 0.5) is None
    assert first_below([1.0, 0.01, 0.009], 0.01) == 2
    assert first_below([1.0, 0.5], 0.01) is None


@pytest.mark.parametrize(
    ("width", "step"), [(1, 1), (0.19, 0.1), (0.2, 0.2), (0.7, 0.5), (4.9, 2), (0.05, 0.05)]
)
def test_round_step(width, step) -> None:
    assert round_step(width) == pytest.approx(step)


@pytest.mark.parametrize(
    ("ends", "start", "levels"),
    [
        ([1.7, 2.3], 6.2, [3.5, 3.0, 2.5, 2.0]),
        ([1.7, 1.7], 6.2, [2.4, 2.2, 2.0, 1.8]),
        ([2.0, 3.0], 6.0, [5.0, 4.0, 3.0, 2.0]),
        ([5.9, 6.0], 6.0, [5.9]),
        ([6.5], 6.0, []),
    ],
)
def test_round_levels_are_reached_by_the_best_and_below_the_start(ends, start, levels) -> None:
    assert round_levels(ends, start) == levels
