"""The gradient memory of runs: that measuring changes nothing, and what it costs."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    measure,
    window_count,
)
from tui_charrnn.engine.parts import judged_text

VOCAB = 6

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
    live = [model.weights.flat, model.gradients.flat, model._output._buffer, window.d_hidden]
    live += [scan.hidden for scan in window.passes.scans]
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
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_the_buffers_stay_below_their_bound(
    cell: str, layers: int, vocab: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TrainConfig(
        cell=cell, layers=layers, hidden_size=64, seq_length=MOST_LAGS, dtype="float64"
    )
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
