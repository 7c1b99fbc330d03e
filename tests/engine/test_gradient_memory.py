"""How far the loss of one character reaches back, against differences and against Jacobians."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import naive, naive_layers
from tests.engine.support import (
    CELLS,
    lively_model,
    random_corpus,
    small,
)
from tui_charrnn.engine import (
    CharModel,
    TrainConfig,
    build_model,
    gradient_memory,
)
from tui_charrnn.engine.gradient_memory import (
    MOST_LAGS,
    MOST_WINDOWS,
    gradient_norms,
    measure,
)
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import state_size, zero_state

VOCAB = 6


def windows(count: int, length: int, size: int, seed: int = 3) -> tuple[Array, Array, Array]:
    """Inputs (B, T), the characters after them (B) and states before them (B, W)."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, VOCAB, (count, length + 1))
    return ids[:, :-1], ids[:, -1], rng.uniform(-0.9, 0.9, (count, size))


def state_after(model: CharModel, inputs: Array, state: Array) -> Array:
    """The state (W,) after some characters, by the naive algorithm."""
    cell, parameters = model.config.cell, model.parameters()
    return naive_layers.Reading(cell, parameters, inputs.tolist(), state).after


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_every_element_against_central_differences(cell: str, layers: int, streams: int) -> None:
    """Of the loss when a value of the state is nudged as the net computes it.

    So what the value does at the same character counts: to the layers above it, and, of a cell
    state, to the hidden state.
    """
    hidden, length, step = 3, 7, 1e-5
    config = small(cell=cell, layers=layers, hidden_size=hidden)
    model, size = lively_model(config, VOCAB), state_size(config)
    inputs, targets, before = windows(streams, length, size)
    gradients = model.state_gradients(inputs, targets, before)
    norms = gradient_norms(model, inputs, targets, before)
    assert (gradients.shape, norms.shape) == ((length, streams, size), (length, streams))
    parameters = model.parameters()

    def loss(stream: int, place: int, nudge: Array) -> float:
        ids, nudges = inputs[stream].tolist(), {place: nudge}
        reading = naive_layers.Reading(cell, parameters, ids, before[stream], nudges=nudges)
        return reading.loss_at(length - 1, int(targets[stream]))

    for stream, lag in itertools.product(range(streams), (0, 1, 2, length - 1)):
        place = length - 1 - lag
        differences = np.array([
            loss(stream, place, step * unit) - loss(stream, place, -step * unit)
            for unit in np.eye(size)
        ]) / (2 * step)  # fmt: skip
        np.testing.assert_allclose(gradients[place, stream], differences, rtol=1e-6, atol=1e-9)
        assert norms[lag, stream] == pytest.approx(np.linalg.norm(differences), rel=1e-6, abs=1e-9)
        if (cell, lag) != ("lstm", 0):
            assert (gradients[place, stream] != 0).all()


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_one_stream_alone_is_what_the_plain_backward_loop_carries(cell: str, layers: int) -> None:
    config = small(cell=cell, layers=layers, hidden_size=4)
    model, size = lively_model(config, VOCAB), state_size(config)
    inputs, targets, before = windows(1, 8, size)
    reading = naive_layers.Reading(cell, model.parameters(), inputs[0].tolist(), before[0])
    _, expected = reading.back({7: int(targets[0])})
    gradients = model.state_gradients(inputs[0], targets, before[0])
    np.testing.assert_allclose(gradients, expected, rtol=1e-9, atol=1e-15)


Jacobian = tuple[Array, Array, Array]
"""A step's Jacobian (W, W), the state (W,) after it, and what makes the derivative whole.

The last one, (W, W), takes the derivative by a state that is given to that by a state as the net
computes it: for an LSTM's cell state the way by the hidden state of the same character is added.
"""


def rnn_jacobian(p: naive.Parameters, identifier: int, before: Array) -> Jacobian:
    after = np.tanh(p["Wxh"][:, identifier] + p["Whh"] @ before + p["bh"])
    return np.diag(1 - after**2) @ p["Whh"], after, np.eye(len(after))


def gru_jacobian(p: naive.Parameters, identifier: int, before: Array) -> Jacobian:
    z = naive.sigmoid(p["Wxz"][:, identifier] + p["Whz"] @ before + p["bz"])
    r = naive.sigmoid(p["Wxr"][:, identifier] + p["Whr"] @ before + p["br"])
    c = np.tanh(p["Wxh"][:, identifier] + p["Whh"] @ (r * before) + p["bh"])
    d_reset_hidden = np.diag(r) + np.diag(before * r * (1 - r)) @ p["Whr"]
    jacobian = (
        np.diag(1 - z)
        + np.diag((c - before) * z * (1 - z)) @ p["Whz"]
        + np.diag(z * (1 - c**2)) @ p["Whh"] @ d_reset_hidden
    )
    return jacobian, (1 - z) * before + z * c, np.eye(len(c))


def lstm_jacobian(p: naive.Parameters, identifier: int, before: Array) -> Jacobian:
    h, c = np.split(before, 2)
    raw = {k: p[f"Wx{k}"][:, identifier] + p[f"Wh{k}"] @ h + p[f"b{k}"] for k in "ifog"}
    i, f, o, g = (naive.sigmoid(raw["i"]), naive.sigmoid(raw["f"]), naive.sigmoid(raw["o"]),
                  np.tanh(raw["g"]))  # fmt: skip
    after = f * c + i * g
    through = np.diag(o * (1 - np.tanh(after) ** 2))
    cell_by_hidden = (
        np.diag(c * f * (1 - f)) @ p["Whf"]
        + np.diag(g * i * (1 - i)) @ p["Whi"]
        + np.diag(i * (1 - g**2)) @ p["Whg"]
    )
    hidden_by_hidden = through @ cell_by_hidden
    hidden_by_hidden += np.diag(np.tanh(after) * o * (1 - o)) @ p["Who"]
    jacobian = np.block([[hidden_by_hidden, through @ np.diag(f)], [cell_by_hidden, np.diag(f)]])
    one, none = np.eye(len(h)), np.zeros((len(h), len(h)))
    whole = np.block([[one, none], [through, one]])
    return jacobian, np.concatenate([o * np.tanh(after), after]), whole


JACOBIANS = {"rnn": rnn_jacobian, "gru": gru_jacobian, "lstm": lstm_jacobian}


def by_jacobians(model: CharModel, inputs: Array, target: int, state: Array) -> Array:
    """The norms (T,) for one window, lag 0 first, from the product of the explicit matrices."""
    p, steps = model.parameters(), []
    for identifier in inputs:
        jacobian, state, whole = JACOBIANS[model.config.cell](p, identifier, state)
        steps.append((jacobian, whole))
    hidden = state[: p["Why"].shape[1]]
    d_logits = naive.softmax(p["Why"] @ hidden + p["by"])
    d_logits[target] -= 1
    gradient, norms = np.zeros_like(state), []
    gradient[: len(hidden)] = p["Why"].T @ d_logits
    for jacobian, whole in reversed(steps):
        norms.append(np.linalg.norm(whole @ gradient))
        gradient = jacobian.T @ gradient
    return np.array(norms)


@settings(deadline=None, max_examples=40)
@given(
    cell=st.sampled_from(CELLS),
    streams=st.integers(1, 4),
    length=st.integers(1, 40),
    hidden=st.integers(1, 12),
    scale=st.floats(0.01, 1.5),
    seed=st.integers(0, 99),
)
def test_the_norms_are_those_of_the_product_of_jacobians(
    cell: str, streams: int, length: int, hidden: int, scale: float, seed: int
) -> None:
    model = lively_model(small(cell=cell, hidden_size=hidden), VOCAB, scale)
    inputs, targets, before = windows(streams, length, state_size(model.config), seed)
    norms = gradient_norms(model, inputs, targets, before)
    for stream in range(streams):
        arguments = inputs[stream], targets[stream], before[stream]
        expected = by_jacobians(model, *arguments)
        np.testing.assert_allclose(norms[:, stream], expected, rtol=1e-9, atol=1e-200)
        alone = gradient_norms(model, *arguments)
        np.testing.assert_allclose(alone, expected, rtol=1e-9, atol=1e-200)


def with_parameters(config: TrainConfig, **parameters: Array) -> CharModel:
    """A model whose weights are tiny where none are given."""
    model = build_model(config, VOCAB)
    tiny = {name: value * 1e-6 for name, value in model.parameters().items()}
    model.load_parameters({**tiny, **parameters})
    return model


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1])
def test_an_orthogonal_rnn_shrinks_or_grows_by_its_factor_each_lag(factor: float) -> None:
    rng = np.random.default_rng(5)
    orthogonal, _ = np.linalg.qr(rng.standard_normal((12, 12)))
    config = small(cell="rnn", seq_length=50)
    out = rng.standard_normal((VOCAB, 12))
    model = with_parameters(config, Whh=factor * orthogonal, Why=out)
    event = measure(model, random_corpus(500, VOCAB).ids)
    assert event.norms == pytest.approx(event.norms[0] * factor ** np.arange(50), rel=1e-6)
    assert event.norms[0] > 0.1


def test_a_gru_whose_update_gate_is_shut_forgets_nothing() -> None:
    out = np.random.default_rng(5).standard_normal((VOCAB, 12))
    shut = with_parameters(small(cell="gru", seq_length=50), bz=np.full(12, -40.0), Why=out)
    event = measure(shut, random_corpus(500, VOCAB).ids)
    assert event.norms == pytest.approx([event.norms[0]] * 50, rel=1e-9)
    assert event.norms[0] > 0.1


def test_norms_too_small_for_float32_are_told_of_a_model_in_float32() -> None:
    corpus = random_corpus(500, VOCAB)
    both = [
        measure(build_model(small(cell="rnn", seq_length=60, dtype=dtype), VOCAB), corpus.ids)
        for dtype in ("float32", "float64")
    ]
    assert 0 < both[0].norms[-1] < 1e-60
    assert both[0].norms == pytest.approx(both[1].norms, rel=1e-4)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("scale", [50.0, 1e160])
def test_gradients_beyond_all_bounds_warn_of_nothing(cell: str, scale: float) -> None:
    model = lively_model(small(cell=cell, seq_length=200), VOCAB, scale)
    event = measure(model, random_corpus(500, VOCAB).ids)
    assert len(event.norms) == 200
    assert all(math.isnan(norm) or norm >= 0 for norm in event.norms)


@pytest.mark.parametrize("cell", CELLS)
def test_a_measure_is_the_mean_over_windows_reached_through_as_many_characters(cell: str) -> None:
    config, corpus = small(cell=cell, seq_length=7), random_corpus(300, VOCAB)
    model, ids = lively_model(config, VOCAB), corpus.ids.astype(np.intp)
    event = measure(model, ids, iteration=4, elapsed=2.5)
    rows = [ids[start : start + 15] for start in np.linspace(0, 285, 16).astype(int)]
    zeros = zero_state(config)
    norms = [
        by_jacobians(model, row[7:-1], row[-1], state_after(model, row[:7], zeros)) for row in rows
    ]
    assert event.norms == pytest.approx(np.mean(norms, axis=0), rel=1e-9)
    assert (event.iteration, event.elapsed, event.windows) == (4, 2.5, 16)


@pytest.mark.parametrize("cell", CELLS)
def test_a_single_window_is_measured_as_one_of_several(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, ids = lively_model(small(cell=cell), VOCAB), random_corpus(300, VOCAB).ids
    monkeypatch.setattr(gradient_memory, "MOST_WINDOWS", 1)
    alone = measure(model, ids)
    monkeypatch.setattr(gradient_memory, "MOST_WINDOWS", 2)
    first, last = measure(model, ids[:19]), measure(model, ids[-19:])
    both = measure(model, ids)
    assert [event.windows for event in (alone, first, both)] == [1, 1, 2]
    assert alone.norms == pytest.approx(first.norms, rel=1e-12)
    assert both.norms == pytest.approx(np.add(first.norms, last.norms) / 2, rel=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    ("seq_length", "characters", "lags", "count"),
    [
        (9, 1000, 9, MOST_WINDOWS),
        (1, 1000, 1, MOST_WINDOWS),
        (9, 19, 9, 1),
        (9, 20, 9, 2),
        (9, 18, 8, 2),
        (9, 5, 2, 1),
        (9, 4, 1, 2),
        (9, 3, 1, 1),
        (9, 2, 1, 1),
        (2000, 100, 49, 2),
        (2000, 3000, MOST_LAGS, MOST_WINDOWS),
    ],
)
def test_lags_and_windows(
    cell: str, seq_length: int, characters: int, lags: int, count: int
) -> None:
    model = build_model(small(cell=cell, seq_length=seq_length), VOCAB)
    event = measure(model, random_corpus(characters + VOCAB, VOCAB).ids[:characters])
    assert (len(event.norms), event.windows) == (lags, count)
    assert event.norms[0] > 0


@settings(deadline=None, max_examples=60)
@given(
    characters=st.integers(2, 200),
    seq_length=st.integers(1, 60),
    cell=st.sampled_from(CELLS),
    vocab=st.sampled_from([2, 300]),
)
def test_any_text_can_be_measured(characters: int, seq_length: int, cell: str, vocab: int) -> None:
    config = small(cell=cell, seq_length=seq_length, hidden_size=2)
    ids = np.random.default_rng(characters).integers(0, vocab, characters)
    event = measure(build_model(config, vocab), ids.astype(np.uint16))
    assert len(event.norms) == max(1, min(seq_length, (characters - 1) // 2))
    assert 1 <= event.windows <= MOST_WINDOWS
    assert all(norm >= 0 for norm in event.norms)
