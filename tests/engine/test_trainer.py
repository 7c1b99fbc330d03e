"""What a run is made of: its order, its windows, and the figures that it reports."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from tests.engine.support import (
    CELLS,
    OWLS,
    assert_same_parameters,
    only,
    random_corpus,
    run,
    small,
    stopped,
)
from tui_charrnn.engine import ConfigError, Corpus, TrainConfig, TrainControl, build_model, train
from tui_charrnn.engine.corpus import streams
from tui_charrnn.engine.events import Sample, Snapshot, Started, Step, Stopped, Validation
from tui_charrnn.engine.metrics import bits_per_character, initial_smooth_loss, smooth
from tui_charrnn.engine.optimizers import OPTIMIZERS, clip


def test_the_events_of_a_run_come_in_order() -> None:
    config = small(
        iterations=4, sample_every=2, sample_length=3, validation_fraction=0.2, eval_every=2
    )
    kinds = [type(event).__name__ for event in run(config, random_corpus(200, 5))]
    assert kinds == [
        "Started",
        "Sample", "Step",
        "Step", "Validation", "Snapshot",
        "Sample", "Step",
        "Step", "Validation",
        "Snapshot", "Stopped",
    ]  # fmt: skip


def test_the_start_says_what_is_trained_on_how_much() -> None:
    config = small(batch_size=3, validation_fraction=0.1)
    corpus = random_corpus(100, 5)
    started = run(config, corpus)[0]
    assert started == Started(
        iteration=0,
        config=config,
        corpus="noise",
        vocab_size=5,
        train_characters=90,
        validation_characters=10,
        parameter_count=build_model(config, 5).parameter_count,
        learning_rate=0.1,
    )


@pytest.mark.parametrize("cell", CELLS)
def test_the_smooth_loss_starts_at_guessing_and_moves_by_a_thousandth(cell: str) -> None:
    steps = only(Step, run(small(cell=cell, iterations=20), random_corpus(150, 6)))
    expected = -math.log(1 / 6) * 9
    for step in steps:
        expected = expected * 0.999 + step.loss * 0.001
        assert step.smooth_loss == pytest.approx(expected, rel=1e-12)
        assert step.bits_per_character == pytest.approx(step.loss / 9 / math.log(2))
        assert step.smooth_bits_per_character == pytest.approx(expected / 9 / math.log(2))
    assert steps[0].loss == pytest.approx(math.log(6) * 9, rel=1e-3)  # tiny weights only guess


def test_measures() -> None:
    assert initial_smooth_loss(121, 200) == pytest.approx(959.1581, abs=1e-4)  # the notebook's
    assert smooth(100.0, 50.0) == pytest.approx(99.95)
    assert bits_per_character(math.log(2) * 30, 10) == pytest.approx(3)
    assert bits_per_character(initial_smooth_loss(8, 7), 7) == pytest.approx(3)


def test_iterations_characters_and_epochs() -> None:
    """A stream of 20 characters read in windows of 6: at 0, 6 and 12, then anew."""
    config = small(seq_length=6, iterations=8, batch_size=2)
    steps = only(Step, run(config, random_corpus(41, 5)))
    assert [s.iteration for s in steps] == list(range(8))
    assert [s.characters for s in steps] == [12 * n for n in range(1, 9)]
    assert [s.epoch for s in steps] == pytest.approx(
        [0.3, 0.6, 0.9, 1.3, 1.6, 1.9, 2.3, 2.6], abs=1e-12
    )
    assert {s.learning_rate for s in steps} == {0.1}
    # a text with room for one window alone: each update is a pass
    steps = only(Step, run(config.replace(batch_size=1, iterations=3), random_corpus(7, 5)))
    assert [s.epoch for s in steps] == pytest.approx([6 / 7, 1 + 6 / 7, 2 + 6 / 7], abs=1e-12)
    assert all(a.elapsed <= b.elapsed for a, b in itertools.pairwise(steps))


@pytest.mark.parametrize("cell", CELLS)
def test_one_update_step_by_step(cell: str) -> None:
    """Loss, elementwise clip, Adagrad: from the window's gradients to the new parameters."""
    config = small(cell=cell, iterations=1, clip=0.05, learning_rate=0.3)
    corpus, model = random_corpus(60, 5), build_model(small(cell=cell), 5)
    parameters = model.parameters()
    ids = corpus.ids[:10]
    loss, gradients, _ = model.loss_and_gradients(ids[:-1], ids[1:], model.initial_state())
    assert max(np.abs(g).max() for g in gradients.values()) > 0.05
    for name, gradient in gradients.items():
        bounded = np.maximum(-0.05, np.minimum(0.05, gradient))
        parameters[name] -= 0.3 * bounded / np.sqrt(bounded**2 + 1e-8)
    (step,) = only(Step, run(config, corpus, model))
    assert step.loss == loss
    for name, value in model.parameters().items():
        np.testing.assert_allclose(value, parameters[name], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_update_rule_is_told_how_many_updates_were_made(optimizer: str) -> None:
    """And the rate of the schedule for that one: the training is five calls of the rule."""
    config = small(
        optimizer=optimizer, iterations=5, learning_rate=0.01, schedule="step", decay_every=2,
        warmup=2,
    )  # fmt: skip
    corpus, model, other = random_corpus(60, 5), build_model(config, 5), build_model(config, 5)
    rule = OPTIMIZERS[optimizer](other.weights.flat, other.gradients.flat, config)
    state, ids = other.initial_state(), corpus.ids.astype(int)
    for made, factor in enumerate((0.5, 1.0, 1.0, 1.0, 0.5)):
        window = ids[9 * made : 9 * made + 10]
        _, state = other.backpropagate(window[:-1], window[1:], state)
        clip(other.gradients.flat, config)
        rule.update(0.01 * factor, made)
    run(config, corpus, model)
    assert_same_parameters(model.parameters(), other.parameters())


def test_the_loss_is_said_per_stream_so_that_batches_compare() -> None:
    """Streams that hold the same text: every batch size reports the same first losses."""
    text, losses = OWLS * 4, {}
    for batch_size in (1, 4):
        corpus = Corpus.from_text(text * batch_size)
        config = small(batch_size=batch_size, iterations=3, learning_rate=1e-6)
        losses[batch_size] = [s.loss for s in only(Step, run(config, corpus))]
    np.testing.assert_allclose(losses[4], losses[1], rtol=1e-4)
    assert losses[1][0] == pytest.approx(9 * math.log(len(set(OWLS))), rel=0.01)


def test_the_gradients_of_streams_add_up() -> None:
    """Four equal streams make a gradient four times as large."""
    moved = {}
    for batch_size in (1, 4):
        corpus = Corpus.from_text(OWLS * batch_size)
        config = small(batch_size=batch_size)
        model = build_model(config, corpus.vocab_size)
        ids = streams(corpus.ids, batch_size)[:, :10].squeeze()
        state = model.initial_state()
        moved[batch_size] = model.loss_and_gradients(ids[..., :-1], ids[..., 1:], state)[1]
    for name, gradient in moved[1].items():
        np.testing.assert_allclose(moved[4][name], 4 * gradient, rtol=1e-9, atol=1e-15)


def test_streams_are_consecutive_pieces_of_equal_length() -> None:
    np.testing.assert_array_equal(streams(np.arange(11), 3), [[0, 1, 2], [3, 4, 5], [6, 7, 8]])
    np.testing.assert_array_equal(streams(np.arange(4), 1), [[0, 1, 2, 3]])
    assert np.shares_memory(streams(ids := np.arange(10), 2), ids)  # cut without a copy


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_config_and_corpus_give_the_same_run_bit_for_bit(cell: str) -> None:
    config = small(
        cell=cell, dtype="float32", iterations=30, sample_every=7, sample_length=20,
        validation_fraction=0.2, eval_every=10, batch_size=2,
    )  # fmt: skip
    corpora = [Corpus.from_text(OWLS * 20, "owls") for _ in range(2)]
    models = [build_model(config, corpora[0].vocab_size), None]
    one, other = (run(config, *pair) for pair in zip(corpora, models, strict=True))
    assert one == other  # a model built by the run is no other than one built before
    assert len(only(Sample, one)) == 5
    assert_same_parameters(stopped(one).best_parameters, stopped(other).best_parameters)
    changed = run(config.replace(seed=43), corpora[0])
    assert [s.loss for s in only(Step, changed)] != [s.loss for s in only(Step, one)]


def test_a_model_that_is_given_is_trained_in_place() -> None:
    config = small(iterations=5)
    corpus = random_corpus(60, 5)
    model = build_model(config, 5)
    before = model.parameters()
    run(config, corpus, model)
    after = model.parameters()
    assert all(not np.array_equal(before[name], after[name]) for name in before)
    # a second run goes on from there, with a new memory of the optimizer
    again = only(Step, run(config, corpus, model))
    assert again[0].loss != only(Step, run(config, corpus))[0].loss


def test_a_model_for_another_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match=r"The model is for 6 characters, noise has 5\."):
        train(small(), random_corpus(60, 5), build_model(small(), 6))


def test_a_run_may_end_before_it_begins() -> None:
    control = TrainControl()
    control.stop()
    events = run(small(sample_every=1, eval_every=1), random_corpus(60, 5), control=control)
    assert [type(event) for event in events] == [Started, Snapshot, Stopped]
    assert (stopped(events).outcome, stopped(events).iteration) == ("stopped", 0)


def test_the_end_says_what_was_reached() -> None:
    events = run(small(iterations=6), random_corpus(60, 5))
    end, last = stopped(events), only(Step, events)[-1]
    assert (end.outcome, end.iteration, end.message) == ("finished", 6, "")
    assert end.smooth_loss == last.smooth_loss
    assert (end.best_iteration, end.best_bits_per_character, end.best_parameters) == (None,) * 3
    assert not only(Validation, events)


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("fraction", [0.0, 0.25])
def test_a_text_shorter_than_a_window_is_refused_with_what_would_fit(
    batch_size: int, fraction: float
) -> None:
    corpus = random_corpus(80, 5)
    characters = 80 if fraction == 0 else 60
    longest = characters // batch_size - 1
    config = small(
        seq_length=longest + 1, batch_size=batch_size, validation_fraction=fraction, iterations=2
    )
    with pytest.raises(ConfigError) as caught:
        train(config, corpus)
    assert str(caught.value) == (
        f"noise has {characters} characters to train on, but seq_length {longest + 1} with "
        f"batch_size {batch_size} needs at least {(longest + 2) * batch_size}; "
        f"a seq_length of at most {longest} would fit."
    )
    assert caught.value.field == "seq_length"
    # what was said is true to the character: that length trains, on every window there is
    assert len(only(Step, run(config.replace(seq_length=longest), corpus))) == 2


def test_a_text_too_short_for_its_streams_is_refused_whatever_the_window() -> None:
    config = TrainConfig(batch_size=50, validation_fraction=0, seq_length=7, iterations=1)
    with pytest.raises(ConfigError, match="this batch_size, which takes 100 or more"):
        train(config, random_corpus(99, 5))
    events = run(config.replace(seq_length=1, eval_every=0), random_corpus(100, 5))
    assert len(only(Step, events)) == 1
    assert stopped(events).outcome == "finished"
