"""Training health against plain arithmetic on the gradients, weights and states of an update."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from tests.engine.support import CELLS, lively_model, only, random_corpus, run, small
from tui_charrnn.engine import CharModel, TrainConfig, build_model
from tui_charrnn.engine.events import GradientMemory, Health, Step, Stopped
from tui_charrnn.engine.health import (
    BLOCK,
    SATURATED,
    count_saturated,
    look_after,
    look_before,
    norm,
    recurrent_matrices,
    saturation_of,
    update_ratio,
)
from tui_charrnn.engine.optimizers import OPTIMIZERS, clip

VOCAB = 6
CORPUS = random_corpus(400, VOCAB)
CANDIDATE = {"rnn": "Whh", "gru": "Whh", "lstm": "Whg"}


def learned(config: TrainConfig, scale: float = 0.5) -> CharModel:
    """A model that has read and gone back through a window, but not been updated."""
    model = lively_model(config, VOCAB, scale)
    streams = config.batch_size
    shape = (streams, config.seq_length) if streams > 1 else (config.seq_length,)
    ids = np.random.default_rng(4).integers(0, VOCAB, shape)
    model.backpropagate(ids, np.roll(ids, 1, axis=-1), model.initial_state())
    return model


def updated(model: CharModel, config: TrainConfig) -> Health:
    before = look_before(model, config, saturation_of(model))
    clip(model.gradients.flat, config)
    optimizer = OPTIMIZERS[config.optimizer](model.weights.flat, model.gradients.flat, config)
    optimizer.update(config.learning_rate, 0)
    return look_after(before, model, iteration=7, elapsed=2.5)


@pytest.mark.parametrize(
    ("cell", "layers", "streams", "dtype"),
    [
        (cell, layers, streams, dtype)
        for cell in CELLS
        for layers, streams, dtype in [(1, 1, "float32"), (3, 1, "float64"), (2, 4, "float32")]
    ],
)
def test_every_number_against_plain_arithmetic(
    cell: str, layers: int, streams: int, dtype: str
) -> None:
    config = small(cell=cell, layers=layers, batch_size=streams, dtype=dtype, clip=0.05)
    model = learned(config, scale=1.5)
    gradients = np.concatenate([g.ravel() for g in model.named(model.gradients.flat).values()])
    before = np.concatenate([p.ravel() for p in model.parameters().values()])
    hidden = [scan.hidden[1:].copy() for scan in model.last_scans()]
    found = updated(model, config)
    after = np.concatenate([p.ravel() for p in model.parameters().values()])

    over = sum(abs(float(g)) > 0.05 for g in gradients)
    assert 0 < found.clipped_share == over / len(gradients) < 1
    squares = math.fsum(float(g) ** 2 for g in gradients)
    assert found.gradient_norm == pytest.approx(math.sqrt(squares), rel=1e-12)
    change = math.fsum((float(b) - float(a)) ** 2 for a, b in zip(before, after, strict=True))
    weights = math.fsum(float(w) ** 2 for w in before)
    assert found.update_ratio == pytest.approx(math.sqrt(change / weights), rel=1e-12)
    values = [abs(float(h)) for layer in hidden for h in layer.ravel()]
    assert len(values) == layers * streams * config.seq_length * config.hidden_size
    assert found.saturated == sum(value > SATURATED for value in values) / len(values)
    assert found.saturated > 0 or cell != "rnn"
    suffixes = ["", "2", "3"][:layers]
    matrices = [model.parameters()[CANDIDATE[cell] + suffix] for suffix in suffixes]
    exact = [float(np.abs(np.linalg.eigvals(m.astype(np.float64))).max()) for m in matrices]
    assert found.spectral_radii == pytest.approx(exact, rel=0.005)
    assert (found.iteration, found.elapsed) == (7, 2.5)
    assert all(type(value) is float for value in (*found.spectral_radii, found.saturated))


@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_is_looked_at_before_it_is_clipped_by_its_norm(cell: str) -> None:
    config = small(cell=cell, clip_by="norm", clip=1e-3)
    found = updated(learned(config), config)
    assert found.clipped_share == 1
    assert found.gradient_norm > 1e-3
    loose = config.replace(clip=1e6)
    assert updated(learned(loose), loose).clipped_share == 0


@pytest.mark.parametrize("cell", CELLS)
def test_looking_changes_nothing_and_keeps_nothing_alive(cell: str) -> None:
    config = small(cell=cell, layers=2)
    model = learned(config)
    weights, gradients = model.weights.flat.copy(), model.gradients.flat.copy()
    before = look_before(model, config, saturation_of(model))
    assert not np.shares_memory(before.weights, model.weights.flat)
    look_after(before, model, iteration=0, elapsed=0.0)
    assert (model.weights.flat == weights).all()
    assert (model.gradients.flat == gradients).all()


def test_the_matrices_of_each_layer_the_one_of_the_new_state_last() -> None:
    model = build_model(small(cell="lstm", layers=2, hidden_size=6), 6)  # Why is (H, H) as well
    names = [list(layer) for layer in recurrent_matrices(model.parameters())]
    assert [set(layer) for layer in names] == [
        {"Whi", "Whf", "Who", "Whg"},
        {"Whi2", "Whf2", "Who2", "Whg2"},
    ]
    assert [layer[-1] for layer in names] == ["Whg", "Whg2"]
    gru = recurrent_matrices(build_model(small(cell="gru"), 6).parameters())
    assert [list(layer)[-1] for layer in gru] == ["Whh"]
    assert set(gru[0]) == {"Whz", "Whr", "Whh"}


def test_sums_in_float64_whatever_the_vectors_are() -> None:
    many = np.full(3 * BLOCK + 5, 0.1, np.float32)
    assert norm(many) == pytest.approx(float(np.float32(0.1)) * math.sqrt(len(many)), rel=1e-12)
    assert norm(np.full(4, 1e30, np.float32)) == pytest.approx(2e30)
    moved = many.copy()
    moved[BLOCK + 1] += np.float32(1e-3)
    change = float(moved[BLOCK + 1]) - float(many[0])
    assert update_ratio(many, moved) == pytest.approx(change / norm(many), rel=1e-12)


def test_ratios_at_the_edges() -> None:
    zeros, ones = np.zeros(3), np.ones(3)
    assert update_ratio(zeros, zeros) == 0
    assert update_ratio(zeros, ones) == math.inf
    assert update_ratio(ones, ones) == 0
    assert update_ratio(ones, zeros) == 1
    assert math.isnan(update_ratio(np.full(2, 1e300), np.zeros(2)))
    assert norm(np.full(2, 1e300)) == math.inf


def test_a_value_at_the_bound_is_not_saturated() -> None:
    values = np.array([[SATURATED, -SATURATED], [0.91, -0.95]])
    assert count_saturated([values, np.zeros((2, 2))]).share == 2 / 8
    assert count_saturated([]).share == 0


@pytest.mark.parametrize("cell", CELLS)
def test_the_trainer_looks_after_every_so_many_updates(cell: str) -> None:
    config = small(cell=cell, iterations=25, watch_every=3)
    events = run(config, CORPUS)
    looks = only(Health, events)
    assert [look.iteration for look in looks] == [2, 5, 8, 11, 14, 17, 20, 23]
    memories = only(GradientMemory, events)
    assert [memory.iteration for memory in memories] == [3, 6, 12, 24]
    for earlier, later in itertools.pairwise(events):
        if isinstance(later, Health):
            assert isinstance(earlier, Step)
            assert earlier.iteration == later.iteration
    assert all(look.update_ratio > 0 and look.gradient_norm > 0 for look in looks)


def test_time_does_not_run_backwards_in_a_watched_run() -> None:
    config = small(watch_every=2, eval_every=4, validation_fraction=0.2, sample_every=3)
    events = run(config, CORPUS)
    assert len(only(Health, events)) == 25
    assert all(one.elapsed <= two.elapsed for one, two in itertools.pairwise(events))


def test_a_watched_run_learns_the_same_as_one_that_is_not() -> None:
    def parameters(watch_every: int) -> dict[str, np.ndarray]:
        config = small(cell="gru", layers=2, dropout=0.3, iterations=12, watch_every=watch_every)
        model = build_model(config, CORPUS.vocab_size)
        assert only(Stopped, run(config, CORPUS, model))[0].outcome == "finished"
        return model.parameters()

    watched, alone = parameters(1), parameters(0)
    assert all((watched[name] == alone[name]).all() for name in alone)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("value", [math.inf, math.nan, 3e38])
def test_weights_beyond_all_bounds_are_told_and_warn_of_nothing(cell: str, value: float) -> None:
    config = small(cell=cell, dtype="float32")
    model = learned(config)
    before = look_before(model, config, saturation_of(model))
    model.weights.flat[:] = value
    found = look_after(before, model, iteration=0, elapsed=0.0)
    assert found.update_ratio > 1e30 or not math.isfinite(found.update_ratio)
    radius = found.spectral_radii[0]
    assert radius == pytest.approx(12 * 3e38, rel=0.005) if value == 3e38 else math.isnan(radius)
