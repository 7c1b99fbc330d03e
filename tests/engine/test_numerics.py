"""Softmax, sigmoid and sampling at finite weights of any size: no warning, no wrong number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.engine.support import CELLS, only, random_corpus, run, small, stopped
from tui_charrnn.engine import CharModel, TrainConfig, build_model
from tui_charrnn.engine.events import Sample

LARGEST = {name: float(np.finfo(name).max) for name in ("float32", "float64")}

HUGE = [
    (dtype, size)
    for dtype, sizes in {"float32": (1e3, 1e10, 1e30), "float64": (1e30, 1e300)}.items()
    for size in (*sizes, LARGEST[dtype])
]


def huge_model(config: TrainConfig, size: float, vocab: int = 7) -> CharModel:
    """All weights and biases are +size or -size."""
    model, rng = build_model(config, vocab), np.random.default_rng(0)
    model.load_parameters(
        {name: rng.choice([-size, size], p.shape) for name, p in model.parameters().items()}
    )
    return model


@pytest.mark.parametrize(("dtype", "size"), HUGE)
@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_no_finite_weight_makes_numpy_complain(
    cell: str, batch_size: int, dtype: str, size: float
) -> None:
    config = small(cell=cell, batch_size=batch_size, dtype=dtype)
    model = huge_model(config, size)
    ids = np.random.default_rng(1).integers(0, 7, (batch_size, 10)).squeeze()
    with np.errstate(all="raise"):
        loss, _, state = model.loss_and_gradients(
            ids[..., :-1], ids[..., 1:], model.initial_state()
        )
        for temperature in (0.0, 5e-324, 1e-300, 1.0, 100.0):
            drawn = model.sample(0, 20, np.random.default_rng(3), None, temperature)
            assert set(drawn) <= set(range(7))
    if size < LARGEST[dtype]:  # at the very end of the range the scores themselves overflow
        assert math.isfinite(loss)
        assert loss >= 0
        assert np.abs(state[..., :12]).max() <= 1  # beyond are the cell states of an LSTM


@pytest.mark.parametrize(("dtype", "size"), HUGE)
@pytest.mark.parametrize("cell", CELLS)
def test_a_whole_run_from_huge_weights_makes_no_warning(cell: str, dtype: str, size: float) -> None:
    config = small(
        cell=cell, dtype=dtype, iterations=3, sample_every=1, sample_length=5, learning_rate=1000,
        validation_fraction=0.2, eval_every=1,
    )  # fmt: skip
    model = huge_model(config, size)
    before = model.parameters()
    events = run(config, random_corpus(200, 7), model)
    assert len(only(Sample, events)[0].text) == 5
    if stopped(events).outcome == "failed":
        assert "at iteration" in stopped(events).message
    assert all(np.isfinite(p).all() for p in model.parameters().values())
    assert [p.shape for p in model.parameters().values()] == [p.shape for p in before.values()]


def zeros_with(cell: str, vocab: int, **values: object) -> CharModel:
    model = build_model(small(cell=cell, hidden_size=2), vocab)
    zeros = {name: np.zeros_like(p) for name, p in model.parameters().items()}
    model.load_parameters({**zeros, **values})
    return model


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("scale", [0.1, 10.0, 1000.0, 1e30, 1e300])
def test_the_loss_is_log_sum_exp_less_the_score(cell: str, scale: float) -> None:
    scores = np.array([1.0, -2.0, 0.5, 0.0]) * scale
    model = zeros_with(cell, 4, by=scores)
    for target in range(4):
        loss, _ = model.loss(np.array([0]), np.array([target]), model.initial_state())
        exact = scale + math.log(sum(math.exp(s - scale) for s in scores)) - scores[target]
        assert loss == pytest.approx(exact, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("size", [40.0, 1000.0, 1e308])
def test_saturated_gates_are_exactly_open_or_shut(size: float) -> None:
    state = np.array([0.25, -0.5])
    shut = zeros_with("gru", 3, bz=np.full(2, -size), bh=np.array([9.0, -9.0]))
    _, after = shut.loss(np.array([0, 1]), np.array([1, 2]), state)
    np.testing.assert_allclose(after, state, rtol=1e-15)
    opened = zeros_with("gru", 3, bz=np.full(2, size), bh=np.array([1.0, -1.0]))
    _, after = opened.loss(np.array([0, 1]), np.array([1, 2]), state)
    np.testing.assert_allclose(after, np.tanh([1.0, -1.0]), rtol=1e-15)


@pytest.mark.parametrize("x", [-30.0, -3.0, -0.5, 0.0, 0.5, 3.0, 30.0])
def test_a_gate_in_between_is_the_sigmoid(x: float) -> None:
    model = zeros_with("gru", 3, bz=np.full(2, x), bh=np.array([1.0, -1.0]))
    state, z = np.array([0.25, -0.5]), 1 / (1 + math.exp(-x))
    _, after = model.loss(np.array([0]), np.array([1]), state)
    np.testing.assert_allclose(after, (1 - z) * state + z * np.tanh([1.0, -1.0]), rtol=1e-14)


def test_the_reset_gate_acts_before_the_recurrent_product() -> None:
    """With Whh not diagonal, r * (Whh h) would be another number than Whh (r * h)."""
    recurrent = np.array([[0.0, 1.0], [0.0, 0.0]])
    model = zeros_with("gru", 3, bz=np.full(2, 1e3), br=np.array([1e3, -1e3]), Whh=recurrent)
    _, after = model.loss(np.array([0]), np.array([1]), np.array([0.5, 0.5]))
    np.testing.assert_array_equal(after, [0.0, 0.0])  # otherwise tanh(0.5), 0
