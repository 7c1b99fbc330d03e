"""The output layer: its loss and derivatives for scores of any size, block by block."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from tests import naive
from tests.engine.support import CELLS, lively_model, small
from tui_charrnn.engine import output
from tui_charrnn.engine.output import ROWS, TAME, OutputLayer, cross_entropy
from tui_charrnn.engine.parameters import Array, FlatArrays


def plainly(logits: Array, targets: Array) -> tuple[float, Array]:
    """Loss and derivative from their definitions, row by row, in Python's own numbers."""
    loss, rows = 0.0, []
    for row, target in zip(logits.tolist(), targets.tolist(), strict=True):
        largest = max(row)
        weights = [math.exp(score - largest) for score in row]
        total = math.fsum(weights)
        loss += math.log(total) + largest - row[target]
        rows.append([weight / total - (v == target) for v, weight in enumerate(weights)])
    return loss, np.array(rows)


def layer(vocab: int, hidden: int, dtype: str = "float64") -> tuple[OutputLayer, FlatArrays]:
    shapes = {"Why": (vocab, hidden), "by": (vocab,)}
    weights, gradients = FlatArrays(shapes, dtype), FlatArrays(shapes, dtype)
    weights.flat[:] = np.random.default_rng(4).normal(size=len(weights.flat))
    return OutputLayer(weights, gradients), gradients


@pytest.mark.parametrize(
    "bounds",
    [(-1, 1), (-TAME, TAME), (TAME - 1, TAME), (TAME, TAME + 9), (-TAME - 9, -TAME), (-800, 0),
     (0, 800), (-1e5, 1e5), (1e5, 1e5 + 1)],
)  # fmt: skip
@pytest.mark.parametrize(("dtype", "error"), [("float64", 1e-12), ("float32", 2e-5)])
def test_scores_of_any_size_have_their_loss_and_derivative(
    dtype: str, error: float, bounds: tuple[float, float]
) -> None:
    rng = np.random.default_rng(1)
    logits = rng.uniform(*bounds, (20, 31)).astype(dtype)
    logits[0, :2] = bounds
    targets = rng.integers(31, size=20)
    loss, derivative = plainly(logits, targets)
    with np.errstate(all="raise", under="ignore"):
        assert cross_entropy(logits, targets) == pytest.approx(loss, rel=error)
    assert logits.dtype == dtype
    np.testing.assert_allclose(logits, derivative, rtol=error, atol=error)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_seen_in_the_loss(bad: float) -> None:
    for place in (0, 7):
        logits = np.zeros((3, 8))
        logits[1, place] = bad
        with np.errstate(invalid="ignore"):
            loss = cross_entropy(logits, np.array([0, place, 0]))
        assert not math.isfinite(loss)


@pytest.mark.parametrize("rows", [1, 7, 20, 35, 36, 1000])
@pytest.mark.parametrize("cell", CELLS)
def test_blocks_of_any_length_agree_with_the_plain_loop(
    cell: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "ROWS", rows)
    model = lively_model(small(cell=cell, batch_size=4), 6)
    ids = np.random.default_rng(2).integers(6, size=(4, 10))
    inputs, targets, state = ids[:, :-1], ids[:, 1:], model.initial_state()
    expected = naive.loss_and_gradients(cell, model.parameters(), inputs, targets, state)
    for _ in range(2):  # what was there before is not added to
        loss, gradients, after = model.loss_and_gradients(inputs, targets, state)
        assert loss == pytest.approx(expected[0], rel=1e-12)
        for name, gradient in gradients.items():
            np.testing.assert_allclose(gradient, expected[1][name], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(after, expected[2], rtol=1e-12, atol=1e-15)
    assert model.loss(inputs, targets, state)[0] == loss


@pytest.mark.parametrize("count", [1, 9, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS, 3 * ROWS + 2])
def test_blocks_are_equal_and_leave_nothing_out(count: int) -> None:
    found = list(output._blocks(np.zeros((count, 1))))
    covered = [place for rows in found for place in range(count)[rows]]
    assert covered == list(range(count))
    lengths = [len(range(count)[rows]) for rows in found]
    assert max(lengths) <= ROWS
    assert len(found) == math.ceil(count / ROWS)
    assert max(lengths) - min(lengths) <= len(found)


def test_logits_take_no_more_memory_for_more_characters() -> None:
    vocab, count = 400, 8 * ROWS
    above, _ = layer(vocab, 4, "float32")
    hidden, targets = np.zeros((count, 4), np.float32), np.zeros(count, np.intp)
    d_hidden = np.empty_like(hidden)
    tracemalloc.start()
    above.backpropagate(hidden, targets, d_hidden)
    above.loss(hidden, targets)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 4 * vocab * ROWS < peak < 1.2 * 4 * vocab * ROWS


def test_the_derivative_of_a_few_touches_no_buffer() -> None:
    above, gradients = layer(9, 5)
    rng = np.random.default_rng(3)
    hidden, targets = rng.normal(size=(12, 5)), rng.integers(9, size=12)
    d_hidden = np.empty_like(hidden)
    above.backpropagate(hidden, targets, d_hidden)
    before = above._buffer.tobytes(), gradients.flat.tobytes()
    np.testing.assert_allclose(above.d_hidden(hidden[3:5], targets[3:5]), d_hidden[3:5], rtol=1e-13)
    assert (above._buffer.tobytes(), gradients.flat.tobytes()) == before
