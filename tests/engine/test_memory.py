"""The estimate of memory against what a run really allocates."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from tests.engine.support import CELLS, OWLS, only, random_corpus, run, small
from tui_charrnn.engine import ConfigError, Corpus, TrainConfig, build_model, memory, train
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.events import Snapshot
from tui_charrnn.engine.memory import (
    check_memory,
    in_words,
    parameter_count,
    training_memory,
)

LOW, HIGH = 0.7, 1.5
"""The estimate divided by the measured peak: small things (row views, scratch) are not in it."""


def peak(config: TrainConfig, corpus: Corpus, start: Checkpoint | None = None) -> int:
    run(small(iterations=1), random_corpus(100, 5))  # modules that load late are no part of it
    tracemalloc.start()
    try:
        for _ in train(config, corpus, start=start):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("validation", [0.0, 0.5], ids=["all trained on", "half held out"])
@pytest.mark.parametrize("vocab", [60, 3000])
@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("cell", CELLS)
def test_the_estimate_is_near_what_is_allocated(
    cell: str, batch_size: int, vocab: int, validation: float
) -> None:
    config = TrainConfig(
        cell=cell, hidden_size=128, seq_length=100, batch_size=batch_size, iterations=4,
        sample_every=2, sample_length=5, validation_fraction=validation, eval_every=2,
        eval_length=4_000, learning_rate=1e-4,
    )  # fmt: skip
    measured = peak(config, random_corpus(20_000, vocab))
    assert LOW < training_memory(config, vocab) / measured < HIGH


@pytest.mark.parametrize("validation", [0.0, 0.5], ids=["all trained on", "half held out"])
def test_the_estimate_of_a_large_vocabulary(validation: float) -> None:
    """The logits are there for some characters of a window at a time."""
    config = TrainConfig(
        cell="rnn", hidden_size=64, seq_length=80, batch_size=16, iterations=2, sample_every=0,
        validation_fraction=validation, eval_every=2, eval_length=4_000, learning_rate=1e-4,
    )  # fmt: skip
    measured = peak(config, random_corpus(20_000, 10_000))
    assert 0.85 < training_memory(config, 10_000) / measured < 1.25


@pytest.mark.parametrize(("cell", "dtype"), [("rnn", "float64"), ("gru", "float32")])
def test_the_estimate_of_the_default_size(cell: str, dtype: str) -> None:
    config = TrainConfig(cell=cell, dtype=dtype, iterations=2, eval_every=1, sample_every=0)
    config = config.replace(eval_length=16_000)
    measured = peak(config, random_corpus(165_000, 121))
    assert LOW < training_memory(config, 121) / measured < HIGH


@pytest.mark.parametrize("watch_every", [0, 1], ids=["not watched", "watched"])
@pytest.mark.parametrize("checkpoint_every", [0, 2])
@pytest.mark.parametrize("validation", [0.0, 0.5], ids=["all trained on", "half held out"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_estimate_where_parameters_count_most(
    cell: str, validation: float, checkpoint_every: int, watch_every: int
) -> None:
    """The best parameters are kept beside the others, and replaced by a better copy.

    A snapshot is given away before there is another. A run that goes on needs as much, beside the
    checkpoint, which was there before.
    """
    config = TrainConfig(
        cell=cell, hidden_size=400, seq_length=10, iterations=4, sample_every=0, eval_every=1,
        validation_fraction=validation, eval_length=60, learning_rate=1e-3,
        checkpoint_every=checkpoint_every, watch_every=watch_every,
    )  # fmt: skip
    corpus = Corpus.from_text(OWLS * 10)
    estimate = training_memory(config, corpus.vocab_size)
    assert 0.75 < estimate / peak(config, corpus) < 1.25
    (*_, snapshot) = only(Snapshot, run(config.replace(iterations=2), corpus))
    assert 0.75 < estimate / peak(config, corpus, snapshot.checkpoint) < 1.25


@pytest.mark.parametrize("batch_size", [1, 16])
@pytest.mark.parametrize(("layers", "dropout"), [(2, 0.0), (3, 0.4)])
@pytest.mark.parametrize("cell", CELLS)
def test_the_estimate_of_deep_nets_and_of_adam(
    cell: str, layers: int, dropout: float, batch_size: int
) -> None:
    config = TrainConfig(
        cell=cell, layers=layers, dropout=dropout, optimizer="adam", hidden_size=100,
        seq_length=80, batch_size=batch_size, iterations=3, sample_every=0, eval_every=2,
        eval_length=4_000, learning_rate=1e-4, validation_fraction=0.5,
    )  # fmt: skip
    measured = peak(config, random_corpus(9_000, 60))
    assert LOW < training_memory(config, 60) / measured < HIGH


@pytest.mark.parametrize("initialization", SPECS["initialization"].choices)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_the_estimate_of_what_is_drawn(cell: str, layers: int, initialization: str) -> None:
    """A model that is only just built needs no more than a run is said to."""
    config = TrainConfig(
        cell=cell, layers=layers, hidden_size=300, initialization=initialization, seq_length=2,
        eval_every=0,
    )  # fmt: skip
    build_model(small(), 5)
    tracemalloc.start()
    try:
        build_model(config, 20)
        assert tracemalloc.get_traced_memory()[1] < 1.1 * training_memory(config, 20)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("cell", CELLS)
def test_the_count_of_parameters_is_that_of_the_model(cell: str) -> None:
    config = TrainConfig(cell=cell, hidden_size=11)
    model = build_model(config, 17)
    assert parameter_count(config, 17) == model.parameter_count
    parts = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    assert model.parameter_count == parts * (11 * 17 + 11 * 11 + 11) + 17 * 11 + 17
    deep = config.replace(layers=3)
    upper = 2 * parts * (11 * 11 + 11 * 11 + 11)
    assert parameter_count(deep, 17) == build_model(deep, 17).parameter_count
    assert parameter_count(deep, 17) == model.parameter_count + upper


@pytest.mark.parametrize(
    ("changes", "vocab"),
    [
        ({"hidden_size": 300}, 121),
        ({"seq_length": 300}, 121),
        ({"batch_size": 2}, 121),
        ({"dtype": "float64"}, 121),
        ({"cell": "gru"}, 121),
        ({"cell": "lstm"}, 121),
        ({"layers": 2}, 121),
        ({"optimizer": "adam"}, 121),
        ({}, 122),
        ({}, 5000),
    ],
)
def test_more_of_anything_needs_more(changes: dict[str, object], vocab: int) -> None:
    config = TrainConfig(cell="rnn")
    assert training_memory(config.replace(**changes), vocab) > training_memory(config, 121)


def test_reading_all_of_the_held_out_text_counts_as_the_widest_windows() -> None:
    config = TrainConfig()
    everything = training_memory(config.replace(eval_length=0), 121)
    assert everything >= training_memory(config.replace(eval_length=10**6), 121)
    assert training_memory(config.replace(eval_every=0), 121) < everything
    assert training_memory(config.replace(validation_fraction=0), 121) < everything


def test_a_model_is_refused_as_soon_as_it_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    config = TrainConfig(hidden_size=64)
    needed = training_memory(config, 50)
    monkeypatch.setattr(memory, "machine_memory", lambda: needed)
    assert build_model(config, 50).vocab_size == 50
    monkeypatch.setattr(memory, "machine_memory", lambda: needed - 1)
    with pytest.raises(ConfigError, match="hidden_size 64 with seq_length 200 and batch_size 1"):
        build_model(config, 50)


def test_nothing_is_allocated_for_a_refused_model() -> None:
    config, refused = TrainConfig(hidden_size=10**9), False
    tracemalloc.start()
    try:
        build_model(config, 121)
    except ConfigError:
        refused = True
    finally:
        allocated = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert refused
    assert allocated < 1e6


def test_the_machine_says_how_much_it_has() -> None:
    available = memory.machine_memory()
    assert 2**24 < available < 2**50
    assert np.zeros(10).nbytes < available


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (1_340_000_000, "1.3 GB"),
        (250_000_000, "250 MB"),
        (48 * 10**18, "48,000 PB"),
        (10**21, "over 1,000,000 PB"),
        (10**400, "over 1,000,000 PB"),
    ],
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert in_words(size) == words


def test_a_net_is_loaded_where_there_is_no_memory_to_train_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    corpus = Corpus.from_text(OWLS * 10)
    config = TrainConfig(hidden_size=50, seq_length=20, iterations=2, sample_every=0)
    (*_, snapshot) = only(Snapshot, run(config, corpus))
    weights = 2 * 4 * parameter_count(config, corpus.vocab_size)
    monkeypatch.setattr("tui_charrnn.engine.memory.machine_memory", lambda: weights)
    with pytest.raises(ConfigError, match="seq_length 20 and batch_size 1 needs"):
        check_memory(config, corpus.vocab_size)
    assert snapshot.checkpoint.model().parameter_count * 8 == weights
    monkeypatch.setattr("tui_charrnn.engine.memory.machine_memory", lambda: weights - 1)
    with pytest.raises(ConfigError, match=r"^hidden_size 50 needs .* is free\.$"):
        snapshot.checkpoint.model()
