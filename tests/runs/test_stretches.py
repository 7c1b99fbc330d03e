"""A run of any length fits into little memory, and no chart can tell the difference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_charrnn.engine.events import Step
from tui_charrnn.runs.stretches import FINENESS, FIRST_ROOM, Sparse, Stretches, cell, cells
from tui_charrnn.runs.thinning import Axis, extremes, lasts

POINT = np.dtype(
    [
        ("iteration", "<i8"), ("elapsed", "<f8"), ("loss", "<f8"), ("smooth_loss", "<f8"),
        ("characters", "<i8"),
    ]
)  # fmt: skip

ALL = ("iterations", "characters", "loss", "smooth_loss", "elapsed")


def points_of(elapsed: np.ndarray, seed: int = 0, first: int = 0) -> np.ndarray:
    """Updates at these seconds, with a loss that jumps."""
    points, rng = np.zeros(len(elapsed), POINT), np.random.default_rng(seed)
    points["iteration"] = np.arange(first, first + len(elapsed))
    points["characters"] = 25 * (points["iteration"] + 1)
    points["elapsed"] = elapsed
    points["loss"] = rng.lognormal(1, 0.7, len(elapsed))
    points["smooth_loss"] = 3 + np.exp(-np.arange(len(elapsed)) / 9e4)
    return points


def steady(count: int, first: int = 0) -> np.ndarray:
    return points_of(np.linspace(first + 1, first + count, count) / 700, first=first)


def step_of(point: np.void) -> Step:
    values = {name: point[name].item() for name in POINT.names}
    return Step(
        **values, bits_per_character=0.0, smooth_bits_per_character=0.0, epoch=0.0,
        learning_rate=0.1,
    )  # fmt: skip


def extended(*blocks: np.ndarray) -> Stretches:
    stretches = Stretches()
    for block in blocks:
        stretches.extend(block)
    return stretches


def same(some: Stretches, other: Stretches) -> bool:
    return some.updates == other.updates and all(
        np.array_equal(getattr(some, name), getattr(other, name)) for name in ALL
    )


@settings(max_examples=500)
@given(st.floats(0, 1e12))
def test_a_cell_is_the_same_however_it_is_computed(x: float) -> None:
    assert cells(np.array([x])).tolist() == [cell(x)]
    assert cell(x) != cell(x + x / FINENESS) or x < 1e-300


def test_small_whole_numbers_have_a_cell_each() -> None:
    assert len({cell(x) for x in range(2 * FINENESS)}) == 2 * FINENESS
    assert cell(2 * FINENESS) == cell(2 * FINENESS + 1)
    assert len({cell(x) for x in range(2 * FINENESS, 4 * FINENESS)}) == FINENESS


@settings(deadline=None, max_examples=25)
@given(
    gaps=st.lists(st.sampled_from([0.0, 1e-4, 0.02, 5.0]), min_size=1, max_size=9),
    cuts=st.lists(st.integers(0, 9000), max_size=4),
    add_from=st.integers(7000, 9000),
)
def test_stretches_are_the_same_however_the_updates_come(gaps, cuts, add_from) -> None:
    points = points_of(np.cumsum(np.resize(gaps, 9000)), seed=len(gaps))
    whole = extended(points)
    assert same(extended(*np.split(points, sorted(cuts))), whole)
    mixed = extended(points[:add_from])
    for point in points[add_from:]:
        mixed.add(step_of(point))
    assert same(mixed, whole)


def test_no_spike_is_lost_and_every_point_is_a_last_update() -> None:
    points = steady(200_000)
    stretches = extended(points)
    assert stretches.updates == 200_000
    ends = stretches.iterations
    assert ends[-1] == 199_999
    starts = np.append(0, ends[:-1] + 1)
    least, greatest = stretches.loss
    np.testing.assert_array_equal(least, np.minimum.reduceat(points["loss"], starts))
    np.testing.assert_array_equal(greatest, np.maximum.reduceat(points["loss"], starts))
    for name in ("characters", "smooth_loss", "elapsed"):
        np.testing.assert_array_equal(getattr(stretches, name), points[name][ends])


@pytest.mark.parametrize("first", [0, 10**9])
def test_no_stretch_is_wider_than_its_share_of_the_run_before_it(first: int) -> None:
    """Nor is it in a run that went on from a checkpoint, whose iterations begin far from 0."""
    stretches = extended(steady(300_000, first))
    for x in (stretches.iterations - first, stretches.elapsed - stretches.elapsed[0]):
        assert (np.diff(x)[1:] <= np.maximum(x[1:-1] / FINENESS, 1.0)).all()


def test_updates_that_take_ever_longer_are_not_lumped_together() -> None:
    """One update in the second half of the time, and thousands in the first."""
    count = 200_000
    stretches = extended(points_of(np.append(np.arange(count), count + 500.0 * np.arange(400))))
    assert np.diff(stretches.elapsed).max() <= max(500, stretches.elapsed[-1] / FINENESS)
    assert (np.diff(stretches.iterations[-300:]) == 1).all()


def test_a_run_twice_as_long_needs_no_more_than_its_octave() -> None:
    sizes = []
    stretches = Stretches()
    for power in range(12, 22):
        stretches.extend(steady(2**power - stretches.updates, stretches.updates))
        sizes.append(len(stretches.iterations))
    assert np.diff(sizes).max() <= 2 * FINENESS + 1
    room = stretches._counts.nbytes + stretches._reals.nbytes
    assert room < 4e6


def dense(axis: Axis, positions: np.ndarray, values: np.ndarray, pick: np.ufunc) -> np.ndarray:
    """The least or greatest value of every column of an axis, found without thinning."""
    low, high = axis.position(axis.first), axis.position(axis.last)
    columns = (positions - low) / (high - low) * axis.columns + 1e-6
    found = np.full(axis.columns, np.inf if pick is np.minimum else -np.inf)
    pick.at(found, np.clip(columns.astype(int), 0, axis.columns - 1), values)
    return found


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("unit", ["iteration", "characters", "elapsed"])
@pytest.mark.parametrize("columns", [140, 600])
def test_the_picture_is_that_of_all_updates_but_for_the_edges_of_columns(
    log: bool, unit: str, columns: int
) -> None:
    """What a column shows is in it or within a third of a column of it."""
    points = steady(500_000)
    points["loss"][[77, 5_000, 345_678]] = 50.0, 0.001, 80.0
    stretches = extended(points)
    x = stretches.iterations if unit == "iteration" else getattr(stretches, unit)
    first = points[unit][0] if log or unit == "characters" else 0
    axis = Axis(first, points[unit][-1] * 1.1, columns, log, shift=int(unit == "iteration"))
    thirds = Axis(axis.first, axis.last, 3 * columns, log, axis.shift)
    band = extremes(axis, x, *stretches.loss)
    for shown, pick in ((band.low, np.minimum), (band.high, np.maximum)):
        seen = dense(axis, band.x, shown, pick)
        true = dense(thirds, axis.positions(points[unit]), points["loss"], pick)
        inner = true[1::3]
        around = pick(pick.reduce(true.reshape(-1, 3), axis=1), inner)
        around[1:] = pick(around[1:], true[2:-1:3])
        around[:-1] = pick(around[:-1], true[3::3])
        assert (pick(seen, inner) == seen).all()  # nothing inside of a column is lost
        assert (pick(around, seen) == around).all()  # and nothing is made up
        assert pick.reduce(shown) == pick.reduce(points["loss"])
    smooth = lasts(axis, x, stretches.smooth_loss)
    true_smooth = lasts(axis, points[unit], points["smooth_loss"])
    width = (axis.position(axis.last) - axis.position(axis.first)) / columns
    assert np.abs(smooth.x - true_smooth.x).max() <= width / 3


def test_views_keep_what_they_had_when_the_room_has_grown() -> None:
    stretches = extended(steady(2))
    view = stretches.smooth_loss
    before = view.tolist()
    stretches.extend(steady(3 * FIRST_ROOM, 2))
    assert view.tolist() == before


def test_no_updates_are_no_stretch() -> None:
    assert len(extended(steady(0)).iterations) == 0
    late = extended(steady(0), steady(3, 5))
    assert late.iterations.tolist() == [5, 6, 7]


def test_of_many_things_the_first_and_the_newest_are_kept() -> None:
    sparse = Sparse[int]()
    for number in range(10 * FINENESS):
        sparse.add(number)
        assert sparse.kept[-1] == number
    assert sparse.kept[: 2 * FINENESS] == list(range(2 * FINENESS))
    assert len(sparse.kept) <= 5 * FINENESS
    assert math.isclose(np.diff(sparse.kept)[-2], 8)
