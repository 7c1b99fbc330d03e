"""Every loss of a run is kept, however many there are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tui_charrnn.engine.events import LearningRateChanged, Paused, Step, Validation
from tui_charrnn.runs.history import FIRST_ROOM, LossHistory
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
    assert len(history.loss) == len(history.thin_loss(Axis(0, 1, 5)).x) == 0
    assert len(history.thin_smooth_loss(Axis(0, 1, 5)).x) == 0


@pytest.mark.parametrize("count", [1, FIRST_ROOM - 1, FIRST_ROOM, FIRST_ROOM + 1, 5 * FIRST_ROOM])
def test_no_loss_is_dropped_while_the_room_grows(count: int) -> None:
    losses = [math.sin(i) for i in range(count)]
    history = history_of(losses)
    assert len(history) == count
    assert history.loss.tolist() == losses
    assert history.smooth_loss.tolist() == [loss / 2 for loss in losses]
    assert history.iterations.tolist() == list(range(count))
    assert history.span == (0, count - 1)


def test_views_taken_before_the_room_grows_stay_as_they_were() -> None:
    history = history_of([1.0, 2.0])
    view = history.loss
    for iteration in range(2, 3 * FIRST_ROOM):
        history.add(step(iteration, 5.0))
    assert view.tolist() == [1.0, 2.0]


def test_validations_and_rates_are_kept_beside_the_losses() -> None:
    history = history_of([3.0, 2.0])
    history.add(Validation(iteration=1, bits_per_character=2.5, characters=9, is_best=True))
    history.add(LearningRateChanged(iteration=2, old=0.1, new=0.2))
    history.add(Paused(iteration=2))
    assert history.validations == [(1, 2.5)]
    assert history.rate_changes == [(2, 0.1, 0.2)]
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
