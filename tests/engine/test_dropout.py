"""Dropout: what is dropped, how much, where not, and that a seed says which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.engine.resuming import (
    CORPUS,
    after_update,
    assert_same_end,
    essence,
    joined,
    live,
    stop_at,
)
from tests.engine.support import (
    CELLS,
    OWLS,
    dropout_of,
    lively_model,
    only,
    random_corpus,
    run,
    small,
)
from tui_charrnn.engine import ConfigError, Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.checkpoint_file import load, save
from tui_charrnn.engine.corpus import streams
from tui_charrnn.engine.events import GradientMemory, Sample, Step, Validation
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.engine.layer import Dropout
from tui_charrnn.engine.learner import Learner
from tui_charrnn.engine.lenses.trace import trace
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.validation import validate

V = 6


def net(cell: str = "gru", **changes: object) -> TrainConfig:
    return small(cell=cell, **{"layers": 2, "dropout": 0.5, "hidden_size": 8, **changes})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_a_mask_drops_its_share_and_scales_the_rest_up(share: float, dtype: str) -> None:
    like, n = np.zeros((50, 8, 100), dtype), 40_000
    mask = Dropout(share, np.random.default_rng(0)).mask(like)
    assert (mask.shape, mask.dtype) == (like.shape, like.dtype)
    assert set(np.unique(mask)) == {0, like.dtype.type(1 / (1 - share))}
    assert abs(np.mean(mask == 0) - share) < 5 * np.sqrt(share * (1 - share) / n)
    assert abs(mask.mean() - 1) < 5 * np.sqrt(share / (1 - share) / n)
    for axis in range(3):  # every character, stream and unit has its own
        assert np.abs(np.diff(mask, axis=axis)).max() > 0
    flat = mask.reshape(-1, 100)
    spread = 5 * np.sqrt(share * (1 - share) / len(flat))
    assert np.abs((flat == 0).mean(axis=0) - share).max() < spread


class Known(np.random.Generator):
    """A generator that says what it was asked for."""

    def __init__(self, seed: int) -> None:
        super().__init__(np.random.PCG64(seed))
        self.asked: list[tuple[int, ...]] = []

    def random(self, size: tuple[int, ...], dtype: object = float) -> Array:  # type: ignore[override]
        self.asked.append(tuple(size))
        return super().random(size, dtype)


@pytest.mark.parametrize(("batch_size", "lead"), [(1, (9,)), (3, (9, 3))])
@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_it_acts_between_layers_alone(
    cell: str, layers: int, batch_size: int, lead: tuple[int, ...]
) -> None:
    """One mask for each way up; nothing below the first layer, nothing above the last."""
    config = net(cell, layers=layers, batch_size=batch_size)
    model, rng = lively_model(config, V), Known(3)
    ids = np.random.default_rng(1).integers(0, V, (batch_size, 9)).squeeze()
    model.loss_and_gradients(ids, ids, model.initial_state(), Dropout(0.5, rng))
    assert rng.asked == [(*lead, 8)] * (layers - 1)
    dropped = [scan.hidden.copy() for scan in model.last_scans()]
    model.loss(ids, ids, model.initial_state())
    whole = [scan.hidden for scan in model.last_scans()]
    np.testing.assert_array_equal(dropped[0], whole[0])
    for one, other in zip(dropped[1:], whole[1:], strict=True):
        assert (one[1:] != other[1:]).any(axis=-1).all()


def test_what_is_dropped_reaches_no_upper_layer_and_gets_no_gradient() -> None:
    """With nearly all dropped, the weights of what a unit sends up have a gradient by chance."""
    config = net("rnn", dropout=0.9, seq_length=1)
    model, ids = lively_model(config, V), np.array([2])
    kept = np.random.default_rng(4).random((1, 8)) >= 0.9
    assert kept.sum() == 2
    _, gradients, _ = model.loss_and_gradients(
        ids, ids, model.initial_state(), dropout_of(config, seed=4)
    )
    np.testing.assert_array_equal(gradients["Wxh2"].any(axis=0), kept[0])
    np.testing.assert_array_equal(gradients["bh"] != 0, kept[0])  # of one character: no future


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_nothing_is_dropped_where_a_net_is_only_looked_at(cell: str, batch_size: int) -> None:
    """Losses, validation, single steps, traces, gradient memory."""
    config = net(cell, batch_size=batch_size, eval_length=0)
    model, plain = lively_model(config, V), lively_model(config.replace(dropout=0), V)
    ids = np.random.default_rng(1).integers(0, V, (batch_size, 30)).squeeze()
    stream, zeros = random_corpus(900, V).ids, model.initial_state()
    model.loss_and_gradients(ids, ids, zeros, dropout_of(config))  # leaves a mask behind
    for look in (
        lambda net: net.loss(ids, ids, zeros),
        lambda net: net.loss_and_gradients(ids, ids, zeros)[1:],
        lambda net: validate(net, stream, config, TrainControl()),
        lambda net: net.sample(1, 50, np.random.default_rng(2)),
        lambda net: trace(net, stream[:40]).logits,
        lambda net: measure(net, stream).norms,
    ):
        np.testing.assert_equal(look(model), look(plain))


@pytest.mark.parametrize("cell", CELLS)
def test_validations_and_samples_of_a_run_drop_nothing_and_draw_no_mask(cell: str) -> None:
    """More of them change nothing of the training."""
    config = net(cell, iterations=12, validation_fraction=0.2)
    plain = only(Step, run(config, CORPUS))
    busy = config.replace(eval_every=2, sample_every=3, sample_length=5, watch_every=4)
    events = run(busy, CORPUS)
    assert only(Step, events) == plain
    for kind in (Sample, Validation, GradientMemory):
        assert len(only(kind, events)) > 1


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_a_seed_says_what_is_dropped(cell: str, batch_size: int) -> None:
    config = net(cell, iterations=10, batch_size=batch_size, checkpoint_seconds=0)
    one, other = live(config), live(config)
    assert one.events == other.events
    assert_same_end(one, other)
    losses = [step.loss for step in only(Step, one.events)]
    assert losses != [s.loss for s in only(Step, run(config.replace(dropout=0), CORPUS))]
    for changes in ({"seed": 7}, {"dropout": 0.4}):
        model = build_model(config, CORPUS.vocab_size)  # the same weights at first
        events = run(config.replace(**changes), CORPUS, model)
        assert [step.loss for step in only(Step, events)] != losses


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_goes_on_with_the_numbers_that_come_next(dtype: str, tmp_path: Path) -> None:
    """Of float32 numbers the generator makes two at a time; here one of them is left over."""
    config = net(dtype=dtype, hidden_size=5, iterations=12, checkpoint_seconds=0)
    whole, first = live(config), live(config, stop_at(after_update(6)))
    state = first.checkpoint.generators["dropout"]
    assert state["has_uint32"] == (dtype == "float32")
    save(first.checkpoint, tmp_path / "1.npz")
    second = live(config, start=load(tmp_path / "1.npz"))
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)


@pytest.mark.parametrize("cell", CELLS)
def test_a_net_learns_with_it(cell: str) -> None:
    config = net(cell, hidden_size=24, iterations=300, dropout=0.3, initialization="scaled")
    steps = only(Step, run(config, Corpus.from_text(OWLS * 20)))
    first, last = (
        np.mean([s.bits_per_character for s in part]) for part in (steps[:9], steps[-9:])
    )
    assert last < 0.6 * first


@pytest.mark.parametrize("cell", CELLS)
def test_a_single_layer_has_nothing_between_layers(cell: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig(cell=cell, layers=1, dropout=0.25)
    assert caught.value.field == "dropout"
    assert str(caught.value) == (
        "dropout must be 0 with layers 1, since it acts between layers, not 0.25."
    )
    with pytest.raises(ConfigError, match=r"^dropout must be a number from 0 to 0.9, not 1.0\.$"):
        TrainConfig(layers=2, dropout=1)
    with pytest.raises(ConfigError, match=r"^dropout must be 0 with layers 1"):
        TrainConfig(layers=2, dropout=0.25).replace(layers=1)


def test_an_update_that_fails_draws_as_if_it_had_not_been_tried() -> None:
    """Whoever goes on from there, with another rate or none, drops what would have been dropped."""
    config = small(cell="rnn", layers=2, dropout=0.5, seq_length=5)
    corpus = Corpus.from_text(OWLS * 4, "owls")
    model = build_model(config, corpus.vocab_size)
    model.load_parameters({n: np.full_like(p, np.inf) for n, p in model.parameters().items()})
    dropped = np.random.default_rng(3)
    learner = Learner(config, streams(corpus.ids, 1), model, dropped)
    before = dropped.bit_generator.state
    assert "became" in learner.learn()
    assert dropped.bit_generator.state == before
