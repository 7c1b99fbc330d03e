"""How far the loss of one character reaches back, against differences and against Jacobians."""

from __future__ import annotations

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import naive
from tests.engine.support import (
    CELLS,
    OWLS,
    assert_same_parameters,
    lively_model,
    only,
    random_corpus,
    run,
    small,
    stopped,
)
from tui_charrnn.engine import (
    CharModel,
    Corpus,
    TrainConfig,
    TrainControl,
    build_model,
    gradient_memory,
    train,
    trainer,
)
from tui_charrnn.engine.events import Event, GradientMemory, Sample, Step, Validation
from tui_charrnn.engine.gradient_memory import (
    MOST_LAGS,
    MOST_MEMORY,
    MOST_WINDOWS,
    gradient_norms,
    measure,
    window_count,
)
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.parts import judged_text

VOCAB = 6


def windows(count: int, length: int, hidden: int, seed: int = 3) -> tuple[Array, Array, Array]:
    """Inputs (B, T), the characters after them (B) and states before them (B, H)."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, VOCAB, (count, length + 1))
    return ids[:, :-1], ids[:, -1], rng.uniform(-0.9, 0.9, (count, hidden))


def states_of(model: CharModel, inputs: Array, state: Array) -> list[Array]:
    """The states (H,) after each of the characters (T,), by the naive algorithm."""
    states, cell, parameters = [], model.config.cell, model.parameters()
    for identifier in inputs:
        one = np.array([identifier])
        _, _, state = naive.loss_and_gradients(cell, parameters, one, one, state)
        states.append(state)
    return states


def loss_from(model: CharModel, rest: Array, target: int, state: Array) -> float:
    """The loss of the character after `rest`, read from `state` (H,) on."""
    parameters = model.parameters()
    last = states_of(model, rest, state)[-1] if len(rest) else state
    probabilities = naive.softmax(parameters["Why"] @ last + parameters["by"])
    return -math.log(probabilities[target])


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_every_element_against_central_differences(cell: str, streams: int) -> None:
    hidden, length, step = 5, 9, 1e-5
    model = lively_model(small(cell=cell, hidden_size=hidden), VOCAB)
    inputs, targets, before = windows(streams, length, hidden)
    gradients = model.state_gradients(inputs, targets, before)
    norms = gradient_norms(model, inputs, targets, before)
    assert (gradients.shape, norms.shape) == ((length, streams, hidden), (length, streams))
    for stream, lag in itertools.product(range(streams), (0, 1, 2, 5, length - 1)):
        place = length - 1 - lag
        state = states_of(model, inputs[stream], before[stream])[place]
        rest, target = inputs[stream, place + 1 :], int(targets[stream])
        differences = np.array([
            loss_from(model, rest, target, state + step * unit)
            - loss_from(model, rest, target, state - step * unit)
            for unit in np.eye(hidden)
        ]) / (2 * step)  # fmt: skip
        np.testing.assert_allclose(gradients[place, stream], differences, rtol=1e-6, atol=1e-9)
        assert norms[lag, stream] == pytest.approx(np.linalg.norm(differences), rel=1e-6, abs=1e-9)


def rnn_jacobian(p: naive.Parameters, identifier: int, before: Array) -> tuple[Array, Array]:
    after = np.tanh(p["Wxh"][:, identifier] + p["Whh"] @ before + p["bh"])
    return np.diag(1 - after**2) @ p["Whh"], after


def gru_jacobian(p: naive.Parameters, identifier: int, before: Array) -> tuple[Array, Array]:
    z = naive.sigmoid(p["Wxz"][:, identifier] + p["Whz"] @ before + p["bz"])
    r = naive.sigmoid(p["Wxr"][:, identifier] + p["Whr"] @ before + p["br"])
    c = np.tanh(p["Wxh"][:, identifier] + p["Whh"] @ (r * before) + p["bh"])
    d_reset_hidden = np.diag(r) + np.diag(before * r * (1 - r)) @ p["Whr"]
    jacobian = (
        np.diag(1 - z)
        + np.diag((c - before) * z * (1 - z)) @ p["Whz"]
        + np.diag(z * (1 - c**2)) @ p["Whh"] @ d_reset_hidden
    )
    return jacobian, (1 - z) * before + z * c


JACOBIANS = {"rnn": rnn_jacobian, "gru": gru_jacobian}


def by_jacobians(model: CharModel, inputs: Array, target: int, state: Array) -> Array:
    """The norms (T,) for one window, lag 0 first, from the product of the explicit matrices."""
    p, jacobians = model.parameters(), []
    for identifier in inputs:
        jacobian, state = JACOBIANS[model.config.cell](p, identifier, state)
        jacobians.append(jacobian)
    d_logits = naive.softmax(p["Why"] @ state + p["by"])
    d_logits[target] -= 1
    gradient = p["Why"].T @ d_logits
    norms = [np.linalg.norm(gradient)]
    for jacobian in reversed(jacobians[1:]):
        gradient = jacobian.T @ gradient
        norms.append(np.linalg.norm(gradient))
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
    inputs, targets, before = windows(streams, length, hidden, seed)
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
    zeros = np.zeros(12)
    norms = [
        by_jacobians(model, row[7:-1], row[-1], states_of(model, row[:7], zeros)[-1])
        for row in rows
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


# ------------------------------------------------------------------ in the middle of a run

CORPUS = Corpus.from_text(OWLS * 20, "owls")


def asking(
    config: TrainConfig, every: int, corpus: Corpus = CORPUS
) -> tuple[list[Event], CharModel]:
    """Run, and ask for the gradient memory at every so many updates; 0 never asks."""
    control, model = TrainControl(), build_model(config, corpus.vocab_size)
    events = []
    for event in train(config, corpus, model, control):
        events.append(event)
        if every and isinstance(event, Step) and event.iteration % every == every - 1:
            control.request_gradient_memory()
    return events, model


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", CELLS)
def test_measuring_changes_nothing_of_the_training(cell: str, dtype: str, batch_size: int) -> None:
    config = small(
        cell=cell, dtype=dtype, batch_size=batch_size, iterations=24, sample_every=5,
        sample_length=7, validation_fraction=0.2, eval_every=4,
    )  # fmt: skip
    quiet, model = asking(config, 0)
    measured, other = asking(config, 3)
    assert [event.iteration for event in only(GradientMemory, measured)] == list(range(3, 25, 3))
    for kind in (Step, Sample, Validation):
        assert only(kind, measured) == only(kind, quiet)
    assert_same_parameters(model.parameters(), other.parameters())
    last = only(GradientMemory, measured)[-1]
    assert last.norms == measure(other, judged_text(config, CORPUS)).norms


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", CELLS)
def test_weights_gradients_and_buffers_stay_as_they_are(cell: str, dtype: str) -> None:
    model = lively_model(small(cell=cell, dtype=dtype, batch_size=16), VOCAB)
    rng = np.random.default_rng(2)
    ids = rng.integers(0, VOCAB, (9, 17)).T[:16]  # windows as wide as those that are measured
    model.backpropagate(ids[:, :-1], ids[:, 1:], model.initial_state())
    buffers = dict(model._windows)
    window = next(iter(buffers.values()))
    live = [model.weights.flat, model.gradients.flat, window.logits, window.d_hidden]
    live += [window.scan.hidden]
    before = [array.tobytes() for array in live]
    measure(model, random_corpus(300, VOCAB).ids)
    assert [array.tobytes() for array in live] == before
    assert model._windows == buffers


def test_the_text_held_out_is_what_is_measured() -> None:
    config, corpus = small(iterations=3, validation_fraction=0.25), random_corpus(400, VOCAB)
    for limit in (0, 50):
        events, model = asking(config.replace(training_characters=limit), 3, corpus)
        (event,) = only(GradientMemory, events)
        assert event.norms == measure(model, corpus.ids[-100:]).norms
        assert event.norms != measure(model, corpus.ids).norms
    events, model = asking(config.replace(validation_fraction=0.0), 3, corpus)
    assert only(GradientMemory, events)[0].norms == measure(model, corpus.ids).norms


def test_where_memory_runs_out_the_training_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object, **__: object) -> GradientMemory:
        raise MemoryError

    monkeypatch.setattr(trainer, "measure", too_large)
    events, _ = asking(small(iterations=6), 2)
    assert not only(GradientMemory, events)
    assert (len(only(Step, events)), stopped(events).outcome) == (6, "finished")


# ------------------------------------------------------------------------- what it costs


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, MOST_WINDOWS),
        ({"hidden_size": 12, "seq_length": 1}, MOST_WINDOWS),
        ({"hidden_size": 4096, "seq_length": 100_000}, 1),
        ({"hidden_size": 100_000, "seq_length": 100_000}, 1),
    ],
)
@pytest.mark.parametrize("cell", CELLS)
def test_a_large_model_is_measured_at_fewer_places(
    cell: str, changes: dict[str, int], count: int
) -> None:
    config = TrainConfig(cell=cell).replace(**changes)
    assert window_count(config, 121, min(config.seq_length, MOST_LAGS)) == count


@settings(deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    hidden=st.integers(1, 10_000),
    vocab=st.integers(2, 100_000),
    lags=st.integers(1, MOST_LAGS),
)
def test_more_of_anything_is_measured_at_no_more_places(
    cell: str, hidden: int, vocab: int, lags: int
) -> None:
    config = TrainConfig(cell=cell, hidden_size=hidden)
    count = window_count(config, vocab, lags)
    assert 1 <= count <= MOST_WINDOWS
    assert window_count(config.replace(hidden_size=2 * hidden), vocab, lags) <= count
    assert window_count(config, 2 * vocab, lags) <= count
    assert window_count(config, vocab, lags + 1) <= count


@pytest.mark.parametrize("vocab", [60, 3000])
@pytest.mark.parametrize("cell", CELLS)
def test_the_buffers_stay_below_their_bound(
    cell: str, vocab: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TrainConfig(cell=cell, hidden_size=64, seq_length=MOST_LAGS, dtype="float64")
    model, ids = build_model(config, vocab), random_corpus(10_000, vocab).ids
    bound = MOST_MEMORY // 10
    monkeypatch.setattr(gradient_memory, "MOST_MEMORY", bound)
    assert window_count(config, vocab, MOST_LAGS) < MOST_WINDOWS
    measure(build_model(small(), VOCAB), ids % VOCAB)  # what loads late is no part of it
    tracemalloc.start()
    try:
        measure(model, ids)
        assert tracemalloc.get_traced_memory()[1] < bound
    finally:
        tracemalloc.stop()


def test_a_run_is_the_same_with_the_first_measure_before_its_first_update() -> None:
    control = TrainControl()
    control.request_gradient_memory()
    events = run(small(iterations=4), CORPUS, control=control)
    assert isinstance(events[1], GradientMemory)
    assert only(Step, events) == only(Step, run(small(iterations=4), CORPUS))
