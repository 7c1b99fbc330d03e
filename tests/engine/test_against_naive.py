"""The engine and a plain per-character loop agree, update for update."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.support import CELLS, lively_model, only, random_corpus, run, small
from tests.naive import NaiveRun, loss_and_gradients
from tui_charrnn.engine import CharModel, Corpus, TrainConfig, build_model
from tui_charrnn.engine.events import Step
from tui_charrnn.engine.registry import state_shape


def naive_run(config: TrainConfig, corpus: Corpus, model: CharModel) -> NaiveRun:
    naive = NaiveRun(
        cell=config.cell,
        parameters={name: p.astype(np.float64) for name, p in model.parameters().items()},
        ids=corpus.ids,
        vocab_size=corpus.vocab_size,
        seq_length=config.seq_length,
        learning_rate=config.learning_rate,
        clip=config.clip,
        batch_size=config.batch_size,
    )
    for _ in range(config.iterations):
        naive.update()
    return naive


def assert_agreement(config: TrainConfig, corpus: Corpus) -> NaiveRun:
    """Train both from the same weights; compare all losses and all parameters at the end."""
    model = build_model(config, corpus.vocab_size)
    naive = naive_run(config, corpus, model)
    steps = only(Step, run(config, corpus, model))
    assert len(steps) == config.iterations
    np.testing.assert_allclose([s.loss for s in steps], naive.losses, rtol=1e-9)
    np.testing.assert_allclose([s.smooth_loss for s in steps], naive.smooth_losses, rtol=1e-9)
    for name, value in model.parameters().items():
        np.testing.assert_allclose(value, naive.parameters[name], rtol=1e-9, err_msg=name)
    return naive


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_fifty_updates_in_float64(cell: str, batch_size: int) -> None:
    naive = assert_agreement(
        small(cell=cell, batch_size=batch_size), random_corpus(batch_size * 100 + 2, 11)
    )
    assert naive.positions.count(0) == 5  # the text was read anew four times
    assert naive.losses[-1] < naive.losses[0] - 0.5


@pytest.mark.parametrize("cell", CELLS)
def test_clipping_and_a_large_vocabulary_in_float64(cell: str) -> None:
    config = small(cell=cell, clip=0.02, hidden_size=6, iterations=20)
    naive = assert_agreement(config, random_corpus(700, 300))
    # nothing moves further than a clipped gradient moves it: the bound did bite
    assert max(np.abs(m).max() for m in naive.memories.values()) <= 20 * 0.02**2 * (1 + 1e-12)


@pytest.mark.parametrize("extra", [0, 1, 2])
def test_the_text_restarts_where_the_notebook_restarts_it(extra: int) -> None:
    """At `p + T + 1 >= len(data)`: a window that would just fit is not read any more."""
    config = small(iterations=12, seq_length=5)
    naive = assert_agreement(config, random_corpus(3 * 5 + extra, 6))
    assert naive.positions[:4] == ([0, 5, 10, 0] if extra == 2 else [0, 5, 0, 5])


@pytest.mark.parametrize("cell", ["rnn", "gru"])  # the notebook has no other
def test_fifty_updates_of_the_notebooks_size(cell: str) -> None:
    config = TrainConfig(
        cell=cell, dtype="float64", iterations=50, sample_every=0, validation_fraction=0
    )
    assert (config.hidden_size, config.seq_length, config.learning_rate) == (256, 200, 1e-3)
    naive = assert_agreement(config, random_corpus(450, 121))
    assert naive.positions == [0, 200] * 25


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_float32_losses_stay_within_a_thousandth(cell: str, batch_size: int) -> None:
    config = small(cell=cell, batch_size=batch_size, dtype="float32")
    corpus = random_corpus(batch_size * 100, 11)
    model = build_model(config, 11)
    naive = naive_run(config, corpus, model)
    steps = only(Step, run(config, corpus, model))
    assert model.parameters()["Why"].dtype == np.float32
    np.testing.assert_allclose([s.loss for s in steps], naive.losses, rtol=1e-3)


@pytest.mark.parametrize("lead", [(), (2,)])
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_of_lively_weights_before_clipping(cell: str, lead: tuple[int, ...]) -> None:
    config = small(cell=cell, batch_size=lead[0] if lead else 1)
    model, rng = lively_model(config, 11, scale=2.0), np.random.default_rng(2)
    ids = rng.integers(0, 11, (*lead, 10))
    state = rng.standard_normal(state_shape(config))
    inputs, targets = ids[..., :-1], ids[..., 1:]
    loss, gradients, after = model.loss_and_gradients(inputs, targets, state)
    expected = loss_and_gradients(cell, model.parameters(), inputs, targets, state)
    assert loss == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(after, expected[2], rtol=1e-10, atol=1e-14)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected[1][name], rtol=1e-8, atol=1e-11, err_msg=name)
    assert max(np.abs(g).max() for g in gradients.values()) > config.clip
