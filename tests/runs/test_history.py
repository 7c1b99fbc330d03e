"""A history has a place for every update, validation and change of the learning rate."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_charrnn.engine.events import (
    GradientMemory,
    Health,
    LearningRateChanged,
    Paused,
    Step,
    Validation,
)
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.stretches import FINENESS, FIRST_ROOM
from tui_charrnn.runs.thinning import Axis


def step(iteration: int, loss: float, smooth_loss: float = 1.0) -> Step:
    return Step(
        iteration=iteration, loss=loss, smooth_loss=smooth_loss, bits_per_character=0.0,
        smooth_bits_per_character=0.0, characters=0, epoch=0.0, learning_rate=0.1,
    )  # fmt: skip


def history_of(losses: list[float], first: int = 0) -> LossHistory:
    history = LossHistory(seq_length=10)
    for iteration, loss in enumerate(losses, first):
        history.add(step(iteration, loss, loss / 2))
    return history


def test_an_empty_history() -> None:
    history = LossHistory(10, entropy=1.5)
    assert (len(history), history.span, history.entropy) == (0, None, 1.5)
    assert history.loss.shape == (2, 0)
    assert len(history.thin_loss(Axis(0, 1, 5)).x) == 0
    assert len(history.thin_smooth_loss(Axis(0, 1, 5)).x) == 0


@pytest.mark.parametrize("count", [1, FIRST_ROOM - 1, FIRST_ROOM, FIRST_ROOM + 1, 2 * FINENESS])
def test_the_first_losses_are_all_kept_while_the_room_grows(count: int) -> None:
    losses = [math.sin(i) for i in range(count)]
    history = history_of(losses)
    assert len(history) == count
    assert history.loss.tolist() == [losses, losses]
    assert history.smooth_loss.tolist() == [loss / 2 for loss in losses]
    assert history.iterations.tolist() == list(range(count))
    assert history.span == (0, count - 1)


def health(iteration: int) -> Health:
    return Health(
        iteration=iteration, clipped_share=0.5, update_ratio=1e-3, saturated=0.25,
        gradient_norm=2.0, spectral_radii=(1.5, 0.5),
    )  # fmt: skip


def test_measured_moments_are_kept_in_order_and_none_of_the_few_is_lost_among_the_many() -> None:
    history = history_of([3.0])
    assert history.moments() == ()
    memories = [
        GradientMemory(iteration=2**power, norms=(1.0, 0.5), windows=2) for power in range(14)
    ]
    looks = [health(number) for number in range(2**14)]
    for look in looks:
        history.add(look)
        for memory in memories:
            if memory.iteration == look.iteration:
                history.add(memory)
    kept = history.moments()
    assert [event for event in kept if isinstance(event, GradientMemory)] == memories
    seen = [event for event in kept if isinstance(event, Health)]
    assert seen[:FINENESS] == looks[:FINENESS]
    assert len(seen) < len(looks)
    assert seen[-1] == looks[-1]
    assert [event.iteration for event in kept] == sorted(event.iteration for event in kept)


def test_validations_and_rates_are_kept_beside_the_losses() -> None:
    history = history_of([3.0, 2.0])
    history.add(Validation(iteration=1, bits_per_character=2.5, characters=9, is_best=True))
    history.add(LearningRateChanged(iteration=2, old=0.1, new=0.2))
    history.add(Paused(iteration=2))
    assert history.validations == [(1, 2.5)]
    assert history.rate_changes == [(2, 0.2)]
    assert len(history) == 2


def test_the_span_reaches_over_losses_and_validations() -> None:
    history = LossHistory(10)
    history.add(Validation(iteration=7, bits_per_character=2.5, characters=9, is_best=True))
    assert history.span == (7, 7)
    history.add(step(3, 1.0))
    assert history.span == (3, 7)


def test_nats_a_sequence_turn_into_bits_per_character() -> None:
    history = LossHistory(seq_length=200)
    assert 200 * math.log(8) * history.bits_per_nat == pytest.approx(3)


def test_thinned_losses_are_those_of_the_columns() -> None:
    history = history_of([5.0, 1.0, 9.0, 2.0, 4.0, 3.0], first=10)
    axis = Axis(10, 15, 2)
    raw, smoothed = history.thin_loss(axis), history.thin_smooth_loss(axis)
    np.testing.assert_array_equal([raw.low, raw.high], [[1.0, 2.0], [9.0, 4.0]])
    np.testing.assert_array_equal(smoothed.high, [9.0 / 2, 3.0 / 2])
    np.testing.assert_array_equal(smoothed.x, [12, 15])


POINT = np.dtype(
    [
        ("iteration", "<i8"), ("elapsed", "<f8"), ("loss", "<f8"), ("smooth_loss", "<f8"),
        ("characters", "<i8"), ("epoch", "<f8"), ("learning_rate", "<f8"),
    ]
)  # fmt: skip


def timed(count: int) -> list[Step]:
    """Updates of 7 characters and a quarter of a second each."""
    return [
        Step(
            iteration=i, elapsed=(i + 1) / 4, loss=9.0 - i, smooth_loss=9.5 - i,
            bits_per_character=0.0, smooth_bits_per_character=0.0, characters=7 * (i + 1),
            epoch=0.0, learning_rate=0.1,
        )
        for i in range(count)
    ]  # fmt: skip


def valid(iteration: int, elapsed: float = 0.0) -> Validation:
    return Validation(
        iteration=iteration, elapsed=elapsed, bits_per_character=2.5, characters=9, is_best=True
    )


def points_of(steps: list[Step]) -> np.ndarray:
    return np.array([tuple(getattr(s, name) for name in POINT.names) for s in steps], POINT)


def test_every_update_lies_along_iterations_characters_and_seconds() -> None:
    history = LossHistory(7)
    for event in timed(3):
        history.add(event)
    assert history.x("iterations").tolist() == [0, 1, 2]
    assert history.x("characters").tolist() == history.characters.tolist() == [7, 14, 21]
    assert history.x("seconds").tolist() == history.elapsed.tolist() == [0.25, 0.5, 0.75]
    assert history.span_of("characters") == (7, 21)
    assert history.span_of("seconds") == (0.25, 0.75)


def test_validations_come_after_their_update_and_rate_changes_before_theirs() -> None:
    history = LossHistory(7)
    history.add(LearningRateChanged(iteration=0, elapsed=0.0, old=0.1, new=0.2))
    for event in timed(3):
        history.add(event)
    history.add(valid(1, 0.6))
    history.add(LearningRateChanged(iteration=2, elapsed=0.6, old=0.2, new=0.3))
    history.add(valid(2, 0.9))
    history.add(LearningRateChanged(iteration=3, elapsed=0.9, old=0.3, new=0.4))
    assert history.validation_x("iterations").tolist() == [1, 2]
    assert history.validation_x("characters").tolist() == [14, 21]
    assert history.validation_x("seconds").tolist() == [0.6, 0.9]
    assert history.rate_change_x("iterations").tolist() == [0, 2, 3]
    assert history.rate_change_x("characters").tolist() == [0, 14, 21]
    assert history.rate_change_x("seconds").tolist() == [0.0, 0.6, 0.9]
    assert history.span_of("seconds") == (0.25, 0.9)


def test_a_validation_before_any_update_lies_at_no_character() -> None:
    history = LossHistory(7)
    history.add(valid(4, 1.5))
    assert history.validation_x("characters").tolist() == [0]
    assert history.span_of("seconds") == (1.5, 1.5)


@settings(deadline=None, max_examples=20)
@given(count=st.integers(0, 30), more=st.integers(0, 3 * FINENESS))
def test_a_history_made_at_once_is_the_one_that_grew(count: int, more: int) -> None:
    steps, others = timed(count + more), [valid(1), LearningRateChanged(iteration=2, old=1, new=2)]
    grown = LossHistory(7, 1.5)
    for event in [*steps[:count], *others, *steps[count:]]:
        grown.add(event)
    points = points_of(steps[:count])
    made = LossHistory.from_points(7, points, [*steps[:1], *others], 1.5)
    points["loss"] = -1.0  # it keeps its own copy
    for event in steps[count:]:
        made.add(event)
    for name in ("iterations", "characters", "elapsed", "loss", "smooth_loss"):
        np.testing.assert_array_equal(getattr(made, name), getattr(grown, name))
    assert made.validations == grown.validations
    assert made.rate_changes == grown.rate_changes
    assert (made.entropy, made.seq_length, len(made)) == (1.5, 7, count + more)


@pytest.mark.parametrize("count", [5, 300_000])
def test_marks_lie_where_they_belong_also_within_a_point_of_many_updates(count: int) -> None:
    history = LossHistory.from_points(7, points_of(timed(count)))
    at = [0, count // 3, count // 2 + 1, count - 1]
    for iteration in at:
        history.add(valid(iteration, (iteration + 1) / 4))
        history.add(LearningRateChanged(iteration=iteration, old=0.1, new=0.2))
    assert history.validation_x("iterations").tolist() == at
    assert history.validation_x("characters").tolist() == [7 * (i + 1) for i in at]
    assert history.rate_change_x("characters").tolist() == [7 * i for i in at]


def test_very_many_marks_are_thinned_and_the_newest_stays() -> None:
    history, count = LossHistory(7), 20 * FINENESS
    for iteration in range(count):
        history.add(valid(iteration))
        history.add(LearningRateChanged(iteration=iteration, old=0.1, new=0.1 + iteration))
        if iteration % 999 == 0:
            assert history.validations[-1][0] == history.rate_changes[-1][0] == iteration
    places = history.validation_x("iterations")
    assert len(places) == len(history.rate_changes) < 6 * FINENESS
    assert places[: 2 * FINENESS].tolist() == list(range(2 * FINENESS))
    assert np.diff(places).max() <= count / FINENESS


def test_thinning_along_seconds_where_some_are_equal() -> None:
    history = LossHistory(7)
    for event, seconds in zip(timed(5), [0.0, 0.0, 1.0, 1.0, 3.0], strict=True):
        history.add(replace(event, elapsed=seconds))
    band = history.thin_loss(Axis(0.0, 4.0, 4, shift=0), "seconds")
    np.testing.assert_array_equal(band.x, [0.0, 1.0, 3.0])
    np.testing.assert_array_equal(band.low, [8.0, 6.0, 5.0])
    np.testing.assert_array_equal(band.high, [9.0, 7.0, 5.0])
    smooth = history.thin_smooth_loss(Axis(0.0, 4.0, 2, shift=0), "seconds")
    np.testing.assert_array_equal(smooth.high, [6.5, 5.5])
